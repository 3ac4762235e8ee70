/** The tables of `kubectl get`: columns of every kind. Models pkg/printers/internalversion/printers.go, v1.36.2. */
import { ageOf } from '../../api/print/human-duration.ts';
import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { basicTables } from './tables-basic.ts';
import { podTable } from './tables-pods.ts';
import { serviceTables } from './tables-services.ts';
import { storageTables } from './tables-storage.ts';
import { workloadTables } from './tables-workloads.ts';

export interface Table {
  columns: string[];
  /** Columns that -o wide adds. */
  wide?: string[];
  /** Columns that only --show-labels and the like would; where wide columns stand in between, the whole row. */
  row(object: KubeObject, epochMs: number): string[];
  /** The row with -o wide; absent: as `row`. */
  wideRow?(object: KubeObject, epochMs: number): string[];
  /** -o wide has other columns altogether. */
  wideColumns?: string[];
}

const tables: Record<string, Table> = { pods: podTable, ...serviceTables, ...workloadTables, ...storageTables, ...basicTables };

/** What every other kind shows. */
const plain: Table = { columns: ['NAME', 'AGE'], row: (o, epochMs) => [o.metadata.name, ageOf(o.metadata.creationTimestamp, epochMs)] };
const createdAt: Table = { columns: ['NAME', 'CREATED AT'], row: (o) => [o.metadata.name, o.metadata.creationTimestamp] };

export function tableOf(resource: Resource): Table {
  if (resource.id === 'limitranges') return createdAt;
  return Object.hasOwn(tables, resource.id) ? (tables[resource.id] as Table) : plain;
}

export function columnsOf(table: Table, wide: boolean): string[] {
  if (!wide) return table.columns;
  return table.wideColumns ?? [...table.columns, ...(table.wide ?? [])];
}

export const rowOf = (table: Table, object: KubeObject, wide: boolean, epochMs: number): string[] =>
  wide && table.wideRow ? table.wideRow(object, epochMs) : table.row(object, epochMs);
