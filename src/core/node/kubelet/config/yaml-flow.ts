/** Flow collections, quoted strings and plain words of YAML; see manifest-yaml.ts. */

export const maxDepth = 64;

export class YamlError extends Error {}

export const fail = (line: number, words: string): never => {
  throw new YamlError(`yaml: line ${line}: ${words}`);
};

export interface FlowText {
  text: string;
  at: number;
  number: number;
}

/** Index of the last character of the value at the begin of `text`, or −1 when it is unfinished. */
export function flowEnd(text: string): number {
  if (text[0] === '"' || text[0] === "'") return quoteEnd(text, 0);
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if ((char === '"' || char === "'") && /[\s,[{:]/.test(text[i - 1] ?? ' ')) {
      i = quoteEnd(text, i);
      if (i < 0) return -1;
    } else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return -1;
}

export function flowValue(f: FlowText, depth: number): unknown {
  if (depth > maxDepth) fail(f.number, 'exceeded max depth');
  skipSpace(f);
  const char = f.text[f.at];
  if (char === '[') return flowSequence(f, depth);
  if (char === '{') return flowMapping(f, depth);
  if (char === '"' || char === "'") {
    const end = quoteEnd(f.text, f.at);
    const value = unquote(f.text.slice(f.at, end + 1), f.number);
    f.at = end + 1;
    return value;
  }
  return scalar(flowPlain(f));
}

function flowSequence(f: FlowText, depth: number): unknown[] {
  const out: unknown[] = [];
  f.at += 1;
  for (;;) {
    skipSpace(f);
    if (f.text[f.at] === ']') break;
    out.push(flowValue(f, depth + 1));
    skipSpace(f);
    if (f.text[f.at] === ',') f.at += 1;
    else if (f.text[f.at] !== ']') fail(f.number, "did not find expected ',' or ']'");
  }
  f.at += 1;
  return out;
}

function flowMapping(f: FlowText, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  f.at += 1;
  for (;;) {
    skipSpace(f);
    if (f.text[f.at] === '}') break;
    const quoted = f.text[f.at] === '"' || f.text[f.at] === "'";
    const key = quoted ? String(flowValue(f, depth + 1)) : flowPlain(f);
    skipSpace(f);
    let value: unknown = null;
    if (f.text[f.at] === ':') {
      f.at += 1;
      skipSpace(f);
      if (f.text[f.at] !== ',' && f.text[f.at] !== '}') value = flowValue(f, depth + 1);
    }
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
    skipSpace(f);
    if (f.text[f.at] === ',') f.at += 1;
    else if (f.text[f.at] !== '}') fail(f.number, "did not find expected ',' or '}'");
  }
  f.at += 1;
  return out;
}

const skipSpace = (f: FlowText): void => {
  while (f.at < f.text.length && /\s/.test(f.text[f.at] as string)) f.at += 1;
};

/** Up to `,`, a bracket, or a colon that ends a key. */
function flowPlain(f: FlowText): string {
  const start = f.at;
  while (f.at < f.text.length) {
    const char = f.text[f.at] as string;
    if (char === ',' || char === ']' || char === '}' || char === '[' || char === '{') break;
    if (char === ':' && /[\s,\]}]/.test(f.text[f.at + 1] ?? ' ')) break;
    f.at += 1;
  }
  if (f.at === start) fail(f.number, 'did not find expected node content');
  return f.text.slice(start, f.at).trim();
}

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
  '"': '"',
  '/': '/',
  '\\': '\\',
  ' ': ' ',
  N: '\x85',
  _: '\xa0',
};
const escapeWidths: Record<string, number> = { x: 2, u: 4, U: 8 };

export function unquote(text: string, line: number): string {
  const body = text.slice(1, -1);
  if (text[0] === "'") return body.replaceAll("''", "'");
  let out = '';
  for (let i = 0; i < body.length; i += 1) {
    if (body[i] !== '\\') {
      out += body[i];
      continue;
    }
    i += 1;
    const char = body[i] ?? '';
    const width = escapeWidths[char];
    if (width !== undefined) {
      const digits = body.slice(i + 1, i + 1 + width);
      const point = /^[0-9a-fA-F]+$/.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : -1;
      if (point < 0 || point > 0x10ffff) fail(line, 'did not find expected hexdecimal number');
      out += String.fromCodePoint(point);
      i += width;
    } else if (Object.hasOwn(escapes, char)) out += escapes[char];
    else fail(line, 'found unknown escape character');
  }
  return out;
}

/** As sigs.k8s.io/yaml resolves plain words (YAML 1.1). */
export function scalar(text: string): unknown {
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(true|True|TRUE|yes|Yes|YES|on|On|ON)$/.test(text)) return true;
  if (/^(false|False|FALSE|no|No|NO|off|Off|OFF)$/.test(text)) return false;
  if (/^[-+]?(0|[1-9][0-9]{0,15})$/.test(text)) return Number(text);
  if (/^0o?[0-7]{1,15}$/.test(text)) return Number.parseInt(text.replace('o', ''), 8);
  if (/^0x[0-9a-fA-F]{1,12}$/.test(text)) return Number.parseInt(text, 16);
  if (/^[-+]?(\.[0-9]{1,20}|[0-9]{1,20}(\.[0-9]{0,20})?)([eE][-+]?[0-9]{1,3})?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  return text;
}

/** Index of the closing quote of the string that begins at `start`, or −1. */
export function quoteEnd(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i += 1) {
    if (quote === '"' && text[i] === '\\') i += 1;
    else if (text[i] === quote) {
      if (quote === "'" && text[i + 1] === "'") i += 1;
      else return i;
    }
  }
  return -1;
}

export function withoutComment(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    if ((text[i] === '"' || text[i] === "'") && /[\s,[{:]/.test(text[i - 1] ?? ' ')) {
      const end = quoteEnd(text, i);
      if (end < 0) return text;
      i = end;
    } else if (text[i] === '#' && (i === 0 || text[i - 1] === ' ')) return text.slice(0, i).trimEnd();
  }
  return text;
}
