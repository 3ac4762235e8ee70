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

/**
 * Like `copyUnfrozen`, but hands back the parts of `previous` (an earlier checkpoint of the same state) that are equal, so that a row of
 * checkpoints holds what did not change once.
 */
export function copySharing<T>(value: T, previous: unknown): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const was = typeof previous === 'object' && previous !== null && !Object.isFrozen(previous) ? (previous as Record<string, unknown>) : undefined;
  if (Array.isArray(value)) {
    const old = Array.isArray(was) ? (was as unknown[]) : undefined;
    let same = old !== undefined && old.length === value.length;
    const out = new Array(value.length);
    for (let i = 0; i < value.length; i += 1) {
      out[i] = copySharing(value[i], old?.[i]);
      if (same && out[i] !== (old as unknown[])[i]) same = false;
    }
    return (same ? old : out) as T;
  }
  const old = was !== undefined && !Array.isArray(was) ? was : undefined;
  let same = old !== undefined;
  let count = 0;
  const out: Record<string, unknown> = {};
  for (const key in value) {
    const inner = copySharing((value as Record<string, unknown>)[key], old?.[key]);
    out[key] = inner;
    count += 1;
    if (same && inner !== (old as Record<string, unknown>)[key]) same = false;
  }
  if (same) for (const _ in old) count -= 1;
  // Key order is state too (records are iterated): equal parts whose keys were inserted in another order are not the same.
  return (same && count === 0 && sameOrder(value as object, old as object) ? old : out) as T;
}

function sameOrder(a: object, b: object): boolean {
  const [x, y] = [Object.keys(a), Object.keys(b)];
  return x.length === y.length && x.every((key, i) => key === y[i]);
}
