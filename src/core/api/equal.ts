/** Equality and copies of plain JSON. */

/** Deep equality; `undefined` fields count as absent, the order of keys does not count. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i += 1) if (!equal(a[i], b[i])) return false;
    return true;
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in x) if (x[key] !== undefined && !(Object.hasOwn(y, key) && equal(x[key], y[key]))) return false;
  for (const key in y) if (y[key] !== undefined && !(Object.hasOwn(x, key) && x[key] !== undefined)) return false;
  return true;
}

/** A deep, unfrozen copy. `__proto__` keys stay plain keys. */
export function clone<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => clone(inner)) as T;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = clone((value as Record<string, unknown>)[key]);
    if (key === '__proto__') Object.defineProperty(out, key, { value: inner, enumerable: true, configurable: true, writable: true });
    else out[key] = inner;
  }
  return out as T;
}
