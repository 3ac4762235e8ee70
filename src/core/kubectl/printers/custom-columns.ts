/** -o custom-columns. Models k8s.io/kubectl/pkg/cmd/get/customcolumn.go, v1.36.2. */
import { plainError } from '../errors.ts';
import { findValues, printedValue } from './jsonpath.ts';
import { type JsonPath, parseJsonPath, relaxed } from './jsonpath-parse.ts';
import { tableTabs, tabulate } from './tabwriter.ts';

export const maxColumns = 200;

export function customColumns(spec: string, items: readonly unknown[], noHeaders: boolean): string {
  const columns: { header: string; path: JsonPath }[] = [];
  for (const part of spec.split(',')) {
    const at = part.indexOf(':');
    if (at < 0) throw plainError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    columns.push({ header: part.slice(0, at), path: parseJsonPath(relaxed(part.slice(at + 1))) });
    if (columns.length > maxColumns) throw plainError(`more than ${maxColumns} custom columns`);
  }
  const lines = noHeaders ? [] : [columns.map((c) => c.header).join('\t')];
  for (const item of items)
    lines.push(
      columns
        .map(({ path }) => {
          const values = findValues(path, item);
          return values.length === 0 ? '<none>' : values.map((v) => (v === null || v === undefined ? '<none>' : cell(v))).join(',');
        })
        .join('\t'),
    );
  return tabulate(`${lines.join('\n')}\n`, tableTabs);
}

/** Go's %v. */
function cell(value: unknown): string {
  if (typeof value !== 'object' || value === null) return printedValue(value);
  if (Array.isArray(value)) return `[${value.map(cell).join(' ')}]`;
  return `map[${Object.keys(value)
    .sort()
    .map((k) => `${k}:${cell((value as Record<string, unknown>)[k])}`)
    .join(' ')}]`;
}

export { cell as goValue };
