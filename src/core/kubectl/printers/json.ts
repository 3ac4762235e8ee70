/** JSON as Go's encoding/json writes it: keys sorted, `<`, `>`, `&` escaped. */

export function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (const key of keys) {
    if ((value as Record<string, unknown>)[key] === undefined) return sortedKeys(Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)));
  }
  // UTF-16 sorts as UTF-8 does where there are no surrogates.
  return keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(byCodePoint) : keys.sort();
}

/** Order of Go strings (bytes of UTF-8). */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i += 1) {
    let [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Surrogates sort after the rest of the plane, as their UTF-8 does.
    if (x >= 0xd800 && y >= 0xd800) {
      if (x >= 0xe000) x -= 0x800;
      else x += 0x2000;
      if (y >= 0xe000) y -= 0x800;
      else y += 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}

const special = /[<>&\u2028\u2029]/;

export function goString(text: string, html = true): string {
  const json = JSON.stringify(text);
  if (!special.test(json)) return json;
  const lines = json.replace(/[\u2028\u2029]/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'));
  return html ? lines.replace(/[<>&]/g, (c) => (c === '<' ? '\\u003c' : c === '>' ? '\\u003e' : '\\u0026')) : lines;
}

/** json.Marshal. */
export function goJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return goString(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  return `{${sortedKeys(value)
    .map((key) => `${goString(key)}:${goJson((value as Record<string, unknown>)[key])}`)
    .join(',')}}`;
}

/** json.MarshalIndent(value, "", "    "). */
export function goJsonIndent(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return goJson(value);
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + goJsonIndent(item, inner)).join(',\n')}\n${indent}]`;
  }
  const keys = sortedKeys(value);
  if (keys.length === 0) return '{}';
  return `{\n${keys.map((key) => `${inner}${goString(key)}: ${goJsonIndent((value as Record<string, unknown>)[key], inner)}`).join(',\n')}\n${indent}}`;
}
