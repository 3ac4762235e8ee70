import type { KubeObject } from '../../api/types.ts';
import { byCodePoint } from '../printers/json.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { annotations, labels, Writer } from './writer.ts';

const maxDepth = 40;

/** GenericDescriber: every field, words of the keys parted. */
export function describeGeneric(run: Run, object: KubeObject): string {
  const w = new Writer();
  const { metadata } = object;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace ?? '');
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  fields(
    w,
    0,
    object as unknown as Record<string, unknown>,
    new Set(['metadata.managedFields', 'metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations']),
    '',
    0,
  );
  describeEvents(run, w, object);
  return w.toString();
}

function fields(w: Writer, level: number, map: Record<string, unknown>, skip: Set<string>, path: string, depth: number): void {
  const entries = Object.keys(map)
    .filter((key) => map[key] !== undefined && !skip.has(path === '' ? key : `${path}.${key}`))
    .map((key) => [title(key), key] as const)
    .sort((a, b) => byCodePoint(a[0], b[0]));
  for (const [name, key] of entries) {
    const value = map[key];
    if (Array.isArray(value)) {
      w.write(level, `${name}:\n`);
      for (const item of value) {
        if (typeof item === 'object' && item !== null && !Array.isArray(item) && depth < maxDepth)
          fields(w, level + 1, item as Record<string, unknown>, skip, '*', depth + 1);
        else w.write(level + 1, `${shown(item)}\n`);
      }
    } else if (typeof value === 'object' && value !== null && depth < maxDepth) {
      w.write(level, `${name}:\n`);
      fields(w, level + 1, value as Record<string, unknown>, skip, path === '' ? key : `${path}.${key}`, depth + 1);
    } else w.field(level, name, shown(value));
  }
}

const shown = (value: unknown): string => (value === null || value === undefined ? '<nil>' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** smartLabelFor: `apiVersion` → `API Version`. */
function title(key: string): string {
  if (/[^A-Za-z0-9]/.test(key)) return key;
  const parts: string[] = [];
  for (const part of key.split(/(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])/))
    parts.push(
      ['id', 'api', 'url', 'uid', 'os', 'gui', 'ip', 'tls'].includes(part.toLowerCase()) ? part.toUpperCase() : part[0]?.toUpperCase() + part.slice(1),
    );
  return parts.join(' ');
}
