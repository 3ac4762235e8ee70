/** Sharing instead of copying: a frozen value is immutable, so checkpoints and rooms may all hold the same one. */

/**
 * Marks `value` as never changing again and returns it. Only the outermost object is frozen, as that is what `copyUnfrozen` looks at;
 * whoever shares a value must not change anything inside it either (tests freeze deeply, see `strictSharing`).
 */
export function share<T>(value: T): T {
  if (strict.on) return deepFreeze(value);
  return Object.freeze(value);
}

const strict = { on: false };
/** Tests only: freeze shared values all the way down, so that a write to one throws. */
export function strictSharing(on: boolean): void {
  strict.on = on;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** A copy of plain JSON in which frozen values are the same ones, and everything else is new. */
export function copyUnfrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    const out = new Array(value.length);
    for (let i = 0; i < value.length; i += 1) out[i] = copyUnfrozen(value[i]);
    return out as T;
  }
  const out: Record<string, unknown> = {};
  for (const key in value) out[key] = copyUnfrozen((value as Record<string, unknown>)[key]);
  return out as T;
}

/** Values that `copySharing` has looked at since the start of the process: what checkpoints cost. */
export const looked = { values: 0 };

/**
 * Like `copyUnfrozen`, but hands back the parts of `previous` (an earlier checkpoint of the same state) that are equal, so that a row of
 * checkpoints holds what did not change once.
 */
export function copySharing<T>(value: T, previous: unknown): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const was = typeof previous === 'object' && previous !== null && !Object.isFrozen(previous) ? previous : undefined;
  if (Array.isArray(value)) return copyArray(value, Array.isArray(was) ? was : undefined) as T;
  return copyRecord(value as Record<string, unknown>, was === undefined || Array.isArray(was) ? undefined : (was as Record<string, unknown>)) as T;
}

function copyArray(value: unknown[], old: unknown[] | undefined): unknown[] {
  const { length } = value;
  looked.values += length;
  // Nothing is allocated as long as all is as it was.
  let out: unknown[] | undefined = old !== undefined && old.length === length ? undefined : new Array(length);
  for (let i = 0; i < length; i += 1) {
    const inner = copySharing(value[i], old?.[i]);
    if (out === undefined) {
      if (inner === (old as unknown[])[i]) continue;
      out = (old as unknown[]).slice();
    }
    out[i] = inner;
  }
  return out ?? (old as unknown[]);
}

function copyRecord(value: Record<string, unknown>, old: Record<string, unknown> | undefined): Record<string, unknown> {
  const keys = Object.keys(value);
  looked.values += keys.length;
  let out: Record<string, unknown> | undefined;
  // Key order is state too (records are iterated): equal parts whose keys were inserted in another order are not the same.
  if (old === undefined || !sameKeys(keys, Object.keys(old))) out = {};
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] as string;
    const inner = copySharing(value[key], old?.[key]);
    if (out === undefined) {
      if (inner === (old as Record<string, unknown>)[key]) continue;
      out = {};
      for (let k = 0; k < i; k += 1) out[keys[k] as string] = (old as Record<string, unknown>)[keys[k] as string];
    }
    out[key] = inner;
  }
  return out ?? (old as Record<string, unknown>);
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
