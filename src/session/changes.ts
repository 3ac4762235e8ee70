/** What differs between two manifests, field by field. */
import { loadYaml } from './yaml/load.ts';

export interface FieldChange {
  /** `Deployment web`. */
  object: string;
  /** `spec.template.spec.containers[nginx].readinessProbe`; '' for the whole object. */
  path: string;
  kind: 'added' | 'removed' | 'changed';
  /** Plain values as text; '' for maps and lists. */
  before: string;
  after: string;
}

export const maxChanges = 40;
const maxDepth = 40;

type Fields = Record<string, unknown>;

export function manifestChanges(before: string, after: string): FieldChange[] {
  if (before === after) return [];
  const [a, b] = [objectsOf(before), objectsOf(after)];
  const out: FieldChange[] = [];
  for (const [key, object] of a) {
    const other = b.get(key);
    if (other === undefined) put(out, key, '', 'removed', object, undefined);
    else differ(out, key, '', object, other, 0);
  }
  for (const [key, object] of b) if (!a.has(key)) put(out, key, '', 'added', undefined, object);
  return out;
}

function objectsOf(text: string): Map<string, unknown> {
  const out = new Map<string, unknown>();
  for (const { object } of loadYaml(text).documents) {
    const o = object as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } } | null;
    if (typeof o !== 'object' || o === null) continue;
    const namespace = typeof o.metadata?.namespace === 'string' && o.metadata.namespace !== 'default' ? `${o.metadata.namespace}/` : '';
    out.set(`${String(o.kind ?? '')} ${namespace}${String(o.metadata?.name ?? '')}`, o);
  }
  return out;
}

function differ(out: FieldChange[], object: string, path: string, a: unknown, b: unknown, depth: number): void {
  if (out.length >= maxChanges || depth > maxDepth || a === b) return;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  if (!left || !right || Array.isArray(a) !== Array.isArray(b)) {
    put(out, object, path, 'changed', a, b);
    return;
  }
  for (const [key, value] of left) {
    if (right.has(key)) differ(out, object, path + key, value, right.get(key), depth + 1);
    else put(out, object, path + key, 'removed', value, undefined);
  }
  for (const [key, value] of right) if (!left.has(key)) put(out, object, path + key, 'added', undefined, value);
}

/** Items that have names go by them: a container put in front does not change the others. */
function entriesOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value).map(([key, v]) => [`.${key}`, v]));
  const named = value.length > 0 && value.every((item) => typeof (item as Fields | null)?.name === 'string');
  return new Map(value.map((item, i) => [`[${named ? (item as Fields).name : i}]`, item]));
}

function put(out: FieldChange[], object: string, path: string, kind: FieldChange['kind'], a: unknown, b: unknown): void {
  if (out.length < maxChanges) out.push({ object, path: path.replace(/^\./, ''), kind, before: plain(a), after: plain(b) });
}

const plain = (value: unknown): string => (value === undefined || (typeof value === 'object' && value !== null) ? '' : String(value).slice(0, 80));
