/** kubectl get. Models k8s.io/kubectl/pkg/cmd/get/get.go, v1.36.2. */

import { compareQuantity, parseQuantity } from '../../api/quantity.ts';
import { type Resource, resourceById } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { WatchEvent } from '../../contracts/watch.ts';
import { type Found, find, type Info, report } from '../builder.ts';
import { CommandError, plainError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import { byCodePoint } from '../printers/json.ts';
import { findValues } from '../printers/jsonpath.ts';
import { type JsonPath, parseJsonPath, relaxed } from '../printers/jsonpath-parse.ts';
import { type Format, formatOf, getFormats, listOf, printValue } from '../printers/print.ts';
import { columnsOf, rowOf, tableOf } from '../printers/tables.ts';
import { formatLabels } from '../printers/tables-services.ts';
import { tableTabs, tabulate } from '../printers/tabwriter.ts';
import { type Phase, printedName, type Run } from '../run.ts';

/** How rows are to look: plain data, as a watch keeps it. */
export interface TableOptions {
  wide: boolean;
  namespaces: boolean;
  noHeaders: boolean;
  showLabels: boolean;
  labelColumns: string[];
  showKind: boolean;
}

export function get(run: Run): void {
  const format = formatOf(run, getFormats);
  if (run.args.length === 0 && run.all('filename').length === 0 && !run.has('raw')) throw noResource();
  if (run.has('raw')) throw plainError('--raw is not simulated');
  // A template that cannot be read is refused before anything is asked.
  if (format.kind === 'jsonpath' || format.kind === 'jsonpath-as-json') parseJsonPath(format.argument);
  const found = find(run, {
    args: run.args,
    ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
    ...(run.has('field-selector') ? { fieldSelector: run.flag('field-selector') } : {}),
    selectAll: true,
    ignoreNotFound: run.on('ignore-not-found'),
  });
  if (run.on('watch') || run.on('watch-only')) {
    watch(run, found, format);
    return;
  }
  if (run.has('sort-by')) sortBy(found.infos, run.flag('sort-by'));
  if (format.kind === '' || format.kind === 'wide') printTables(run, found, format.kind === 'wide');
  else printObjects(run, found, format);
  report(run, found.failures);
}

const noResource = (): CommandError =>
  new CommandError(
    `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
  );

function printObjects(run: Run, found: Found, format: Format): void {
  if (format.kind === 'name') {
    for (const info of found.infos) run.line(printedName(info.resource, info.name));
    return;
  }
  const objects = found.infos.map((info) => info.object as KubeObject);
  if (found.single && objects.length === 1) run.out(printValue(run, format, objects[0]));
  else if (objects.length === 0 && (found.named || found.failures.length > 0)) return;
  else run.out(printValue(run, format, listOf(objects)));
}

export const tableOptions = (run: Run, wide: boolean): TableOptions => ({
  wide,
  namespaces: run.allNamespaces,
  noHeaders: run.on('no-headers'),
  showLabels: run.on('show-labels'),
  labelColumns: run.list('label-columns'),
  showKind: run.on('show-kind'),
});

/** A table for each kind, an empty line between. */
function printTables(run: Run, found: Found, wide: boolean): void {
  if (found.infos.length === 0) {
    if (found.failures.length > 0 || run.on('ignore-not-found')) return;
    const namespaced = !run.allNamespaces && found.resources.some((r) => r.namespaced);
    run.err(namespaced ? `No resources found in ${run.namespace} namespace.\n` : 'No resources found\n');
    return;
  }
  const options = tableOptions(run, wide);
  const groups: Info[][] = [];
  for (const info of found.infos) {
    const last = groups.at(-1);
    if (last && last[0]?.resource === info.resource) last.push(info);
    else groups.push([info]);
  }
  // Names tell their kind where several kinds were asked for.
  const kinds = new Set(found.infos.map((i) => i.resource.id));
  const several = (found.resources.length > 1 && run.args[0]?.split(',').some((w) => w === 'all')) || found.resources.length > 1 || kinds.size > 1;
  for (const [i, group] of groups.entries()) {
    if (i > 0) run.out('\n');
    const resource = (group[0] as Info).resource;
    run.out(
      table(
        resource,
        group.map((info) => info.object as KubeObject),
        { ...options, showKind: options.showKind || several },
        run.epochMs,
      ),
    );
  }
}

export function table(
  resource: Resource,
  objects: readonly KubeObject[],
  options: TableOptions,
  epochMs: number,
  remembered?: number[],
  header = true,
): string {
  const lines: string[] = [];
  if (header && !options.noHeaders) lines.push(headerOf(resource, options));
  for (const object of objects) lines.push(rowText(resource, object, options, epochMs));
  return tabulate(`${lines.join('\n')}\n`, tableTabs, remembered);
}

function headerOf(resource: Resource, options: TableOptions): string {
  const columns = columnsOf(tableOf(resource), options.wide);
  return [
    ...(options.namespaces && resource.namespaced ? ['NAMESPACE'] : []),
    ...columns,
    ...options.labelColumns.map((l) => l.slice(l.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ].join('\t');
}

function rowText(resource: Resource, object: KubeObject, options: TableOptions, epochMs: number): string {
  const cells = rowOf(tableOf(resource), object, options.wide, epochMs);
  // Events are named by what they are about.
  if (options.showKind && resource.id !== 'events') cells[0] = printedName(resource, cells[0] as string);
  const labels = object.metadata.labels ?? {};
  return [
    ...(options.namespaces && resource.namespaced ? [object.metadata.namespace ?? ''] : []),
    ...cells.map(oneLine),
    ...options.labelColumns.map((l) => (Object.hasOwn(labels, l) ? (labels[l] as string) : '')),
    ...(options.showLabels ? [formatLabels(object.metadata.labels)] : []),
  ].join('\t');
}

function oneLine(cell: string): string {
  const cut = cell.search(/[\f\n\r]/);
  const text = cut < 0 ? cell : `${cell.slice(0, cut)}...`;
  return text.includes('\t') ? text.replaceAll('\t', '    ') : text;
}

/** --sort-by: numbers, quantities, times and text, stable. */
export function sortBy(infos: Info[], field: string): void {
  const path: JsonPath = parseJsonPath(relaxed(field));
  const keyed = infos.map((info, i) => ({ info, i, key: findValues(path, info.object)[0] }));
  if (keyed.length > 0 && keyed.every((k) => k.key === undefined)) throw plainError(`couldn't find any field with path "${path.text}" in the list of objects`);
  keyed.sort((a, b) => compare(a.key, b.key) || a.i - b.i);
  for (const [i, k] of keyed.entries()) infos[i] = k.info;
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || a === null) return b === undefined || b === null ? 0 : -1;
  if (b === undefined || b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  if (parseQuantity(x) && parseQuantity(y)) return compareQuantity(x, y);
  return byCodePoint(x, y);
}

interface GetWatchPhase extends Phase {
  kind: 'getWatch';
  resource: string;
  options: TableOptions;
  format: Format;
  /** Widths so far. */
  widths: number[];
  /** Objects that were shown at the start, by key → resourceVersion. */
  shown: Record<string, string>;
  synced: boolean;
  headed: boolean;
  events: boolean;
  noHeaders: boolean;
}

/** get -w: the list, then a row for each change, until the run or the command's timeout ends. */
function watch(run: Run, found: Found, format: Format): void {
  const kinds = new Set([...found.resources.map((r) => r.id), ...found.infos.map((i) => i.resource.id)]);
  if (kinds.size > 1 || (found.named && found.infos.length > 1)) throw plainError('you may only specify a single resource type');
  if (found.failures.length > 0) {
    report(run, found.failures);
    return;
  }
  const id = [...kinds][0] as string;
  const resource = resourceById(id) as Resource;
  const wide = format.kind === 'wide';
  const options = tableOptions(run, wide);
  const eventsToo = run.on('output-watch-events');
  const phase: GetWatchPhase = {
    kind: 'getWatch',
    resource: id,
    options,
    format,
    widths: [],
    shown: {},
    synced: false,
    headed: false,
    events: eventsToo,
    noHeaders: options.noHeaders,
  };
  const named = found.named ? found.infos[0] : undefined;
  const fieldSelector = [run.flag('field-selector'), named ? `metadata.name=${named.name}` : ''].filter((s) => s !== '').join(',');
  phase.watches = [
    {
      resource: id,
      ...(resource.namespaced && !run.allNamespaces ? { namespace: named?.namespace || run.namespace } : {}),
      ...(run.has('selector') ? { labelSelector: run.flag('selector') } : {}),
      ...(fieldSelector ? { fieldSelector } : {}),
    },
  ];
  for (const info of found.infos) {
    const object = info.object as KubeObject;
    phase.shown[keyOf(object)] = object.metadata.resourceVersion;
    if (!run.on('watch-only')) show(run, phase, resource, object, 'ADDED');
  }
  const timeout = run.has('request-timeout') ? run.flag('request-timeout') : '';
  const m = /^(\d{1,7})(s|m|h)?$/.exec(timeout);
  if (m && Number(m[1]) > 0) phase.timers = { end: Number(m[1]) * (m[2] === 'm' ? 60_000 : m[2] === 'h' ? 3_600_000 : 1000) };
  run.state.phase = phase;
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function show(run: Run, phase: GetWatchPhase, resource: Resource, object: KubeObject, event: string): void {
  const { format, options } = phase;
  if (format.kind !== '' && format.kind !== 'wide') {
    const value = phase.events ? { object, type: event } : object;
    run.out(`${format.kind === 'yaml' && phase.headed ? '---\n' : ''}${printValue(run, format, value, resource)}`);
    phase.headed = true;
    return;
  }
  const header = phase.headed || options.noHeaders ? [] : [`${phase.events ? 'EVENT\t' : ''}${headerOf(resource, options)}`];
  const line = `${phase.events ? `${event}\t` : ''}${rowText(resource, object, options, run.epochMs)}`;
  run.out(tabulate(`${[...header, line].join('\n')}\n`, tableTabs, phase.widths));
  phase.headed = true;
}

export const getWatch: PhaseCode = {
  event(run, phase, event: WatchEvent) {
    const p = phase as GetWatchPhase;
    const object = event.object;
    if (event.event === 'SYNCED' || !object) {
      p.synced = true;
      p.shown = {};
      return;
    }
    if (!p.synced && p.shown[keyOf(object)] === object.metadata.resourceVersion) return;
    const resource = resourceById(p.resource);
    if (resource) show(run, p, resource, object, event.event);
  },
  timer(run) {
    delete run.state.phase;
  },
};
