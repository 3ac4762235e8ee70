/** JSON merge patch, RFC 7386. */

type Fields = Record<string, unknown>;

/** Keys that would reach a prototype are no fields of any object here: they are dropped. */
export const isUnsafeKey = (key: string): boolean => key === '__proto__';

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const base: Fields = isMap(target) ? target : {};
  let out: Fields | undefined = isMap(target) ? undefined : {};
  for (const key of Object.keys(patch)) {
    if (isUnsafeKey(key)) continue;
    const value = patch[key];
    if (value === null) {
      if (!Object.hasOwn(base, key)) continue;
      out ??= { ...base };
      delete out[key];
      continue;
    }
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    const merged = mergePatch(before, value);
    if (merged === before) continue;
    out ??= { ...base };
    out[key] = merged;
  }
  return out ?? target;
}
