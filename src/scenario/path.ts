/** Values within a plain value: `status.conditions[type=Ready].status`, `spec.containers[*].image`, `metadata.labels["a.b/c"]`, `items[-1]`. */

export const maxValues = 1000;
const maxParts = 40;

type Part = { key: string } | { index: number } | { all: true } | { where: [string, string] };

/** Own properties only; what is not there gives no value. */
export function valuesAt(value: unknown, path: string): unknown[] {
  let found: unknown[] = [value];
  for (const part of partsOf(path)) found = found.flatMap((one) => below(one, part)).slice(0, maxValues);
  return found.filter((one) => one !== undefined && one !== null);
}

function below(value: unknown, part: Part): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('key' in part) return Object.hasOwn(value, part.key) ? [(value as Record<string, unknown>)[part.key]] : [];
  if ('index' in part) return Array.isArray(value) && value.length > 0 ? [value.at(part.index)] : [];
  const all = Array.isArray(value) ? value : Object.values(value);
  if ('all' in part) return all;
  const [key, wanted] = part.where;
  return all.filter((one) => valuesAt(one, key).some((v) => String(v) === wanted));
}

function partsOf(path: string): Part[] {
  const parts: Part[] = [];
  for (const m of path.replace(/^\$?\.?/, '').matchAll(/\["([^"]*)"\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (parts.length >= maxParts) break;
    const [, quoted, inner, key] = m;
    if (quoted !== undefined) parts.push({ key: quoted });
    else if (key !== undefined) parts.push({ key });
    else if (inner === '*') parts.push({ all: true });
    else if (inner !== undefined && /^-?\d+$/.test(inner)) parts.push({ index: Number(inner) });
    else if (inner?.includes('=')) parts.push({ where: [inner.slice(0, inner.indexOf('=')), inner.slice(inner.indexOf('=') + 1)] });
    else parts.push({ key: inner ?? '' });
  }
  return parts;
}
