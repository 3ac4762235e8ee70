/**
 * A map that never changes: an update makes a new one that holds most of the old. Frozen, so checkpoints hold it instead of copying it, and a
 * change among tens of thousands of chains or elements costs a bucket.
 */
import { share } from '../../../engine/share.ts';

export interface Buckets<T> {
  readonly size: number;
  /** Fixed number of records, by hash of the key; order inside means nothing. */
  readonly rows: readonly Readonly<Record<string, T>>[];
}

const rowCount = 1024;
/** Without a prototype an object is a plain hash table from the start: with one it would go through a hidden class for every key. */
const newRow = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;
const emptyRow = share(newRow<never>());
// What is inside a shared value is never written to; freezing the list as well would only make it slow to copy.
export const emptyBuckets: Buckets<never> = share({ size: 0, rows: new Array(rowCount).fill(emptyRow) });

/** Keys that an object cannot hold as its own by assignment. */
export const forbiddenKey = (key: string): boolean => key === '__proto__';

function hash(key: string): number {
  let h = 0;
  for (let i = 0; i < key.length; i += 1) h = (Math.imul(h, 31) + key.charCodeAt(i)) | 0;
  return (h ^ (h >>> 8) ^ (h >>> 16)) & (rowCount - 1);
}

export function lookUp<T>(map: Buckets<T>, key: string): T | undefined {
  const row = map.rows[hash(key)] as Record<string, T>;
  return Object.hasOwn(row, key) ? row[key] : undefined;
}

/** `changes`: key → new value, or undefined to take it out. */
export function update<T>(map: Buckets<T>, changes: ReadonlyMap<string, T | undefined>): Buckets<T> {
  if (changes.size === 0) return map;
  const rows = map.rows.slice() as Record<string, T>[];
  const copied = new Set<number>();
  let { size } = map;
  for (const [key, value] of changes) {
    if (forbiddenKey(key)) continue;
    const at = hash(key);
    if (!copied.has(at)) {
      rows[at] = Object.assign(newRow<T>(), rows[at]);
      copied.add(at);
    }
    const row = rows[at] as Record<string, T>;
    const had = Object.hasOwn(row, key);
    if (value === undefined) {
      delete row[key];
      if (had) size -= 1;
    } else {
      row[key] = value;
      if (!had) size += 1;
    }
  }
  for (const at of copied) share(rows[at]);
  return share({ size, rows });
}

export const put = <T>(map: Buckets<T>, key: string, value: T | undefined): Buckets<T> => update(map, new Map([[key, value]]));

/** Every entry; in no particular order (callers sort). */
export function entriesOf<T>(map: Buckets<T>): [string, T][] {
  const out: [string, T][] = [];
  if (map.size === 0) return out;
  for (const row of map.rows) {
    if (row === emptyRow) continue;
    for (const key in row) out.push([key, row[key] as T]);
  }
  return out;
}
