/** A map as Go's %v prints it. */
export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return value === null || value === undefined ? '<nil>' : String(value);
  const map = value as Record<string, unknown>;
  const keys = Object.keys(map).sort();
  return `map[${keys.map((key) => `${key}:${goMap(map[key])}`).join(' ')}]`;
}
