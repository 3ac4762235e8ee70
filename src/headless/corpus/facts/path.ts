/** `.status.conditions[?type==Ready].status`, `.metadata.annotations['a/b']` in an object. */
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const m of path.matchAll(/\.([A-Za-z0-9_-]+)|\[\?([A-Za-z]+)==([^\]]+)\]|\[(\d+)\]|\['([^']+)'\]/g)) {
    if (value === undefined || value === null) return undefined;
    if (m[2] !== undefined) value = (value as Record<string, unknown>[]).find((item) => String(item[m[2] as string]) === m[3]);
    else if (m[4] !== undefined) value = (value as unknown[])[Number(m[4])];
    else value = (value as Record<string, unknown>)[(m[1] ?? m[5]) as string];
  }
  return value;
}
