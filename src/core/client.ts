/** What a client outside the model needs of the server's words: tables as the server prints them, and selectors. */
import type { Resource } from './api/resources.ts';
import { matchesFieldSelector, matchesRequirements } from './api/selector.ts';
import type { KubeObject } from './api/types.ts';
import { selectors } from './control-plane/api-server/fields.ts';
import { columnsOf, rowOf, tableOf } from './kubectl/printers/tables.ts';

export interface PrintedTable {
  /** `wide`: shown with -o wide only. */
  columns: { name: string; wide: boolean }[];
  rows: string[][];
}

/** The rows of `kubectl get`, all columns. Models k8s.io/apiserver registry/rest TableConvertor, v1.36.2. */
export function printedTable(resource: Resource, objects: readonly KubeObject[], epochMs: number): PrintedTable {
  const table = tableOf(resource);
  const all = columnsOf(table, true);
  const rows = objects.map((object) => rowOf(table, object, all.length > table.columns.length, epochMs));
  return { columns: all.map((name) => ({ name, wide: !table.columns.includes(name) })), rows };
}

/** Tells whether an object is chosen; or the server's words for a selector that it does not take. */
export function objectSelector(resource: Resource, labels: string | undefined, fields: string | undefined): ((object: KubeObject) => boolean) | string {
  const chosen = selectors(resource, labels, fields);
  if (chosen.error !== undefined) return chosen.error;
  return (object) => matchesFieldSelector(chosen.fields, object) && matchesRequirements(chosen.labels, object.metadata.labels);
}
