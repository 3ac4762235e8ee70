/**
 * Manifests of static pods that somebody wrote on the node: JSON and the YAML that people write (block and flow collections, quotes, `|` and `>`).
 * Simplified: anchors, aliases, tags and `? ` keys are refused; of several documents the first counts.
 */

export type YamlAnswer = { value: unknown } | { error: string };

const maxBytes = 262_144;
const maxDepth = 64;

interface Line {
  indent: number;
  text: string;
  number: number;
}
interface Reader {
  lines: Line[];
  /** As they were, for block scalars. */
  raw: string[];
  at: number;
}

class YamlError extends Error {}

const fail = (line: number, words: string): never => {
  throw new YamlError(`yaml: line ${line}: ${words}`);
};

/** Words of an error as go-yaml has them: `yaml: line 3: did not find expected key`. */
export function parseManifest(text: string): YamlAnswer {
  if (text.length > maxBytes) return { error: `manifest is larger than ${maxBytes} bytes` };
  if (text.trimStart().startsWith('{')) {
    try {
      return { value: JSON.parse(text) };
    } catch {
      // Flow style may still be YAML.
    }
  }
  const raw = firstDocument(text.split('\n').map((line) => line.replace(/\r$/, '')));
  const lines: Line[] = raw.map((line, i) => {
    const body = line.trimStart();
    return { indent: line.length - body.length, text: body.trimEnd(), number: i + 1 };
  });
  try {
    const reader: Reader = { lines, raw, at: 0 };
    const first = peek(reader);
    if (!first) return { value: null };
    const value = parseBlock(reader, first.indent, 0);
    const rest = peek(reader);
    if (rest) fail(rest.number, 'did not find expected <document start>');
    return { value };
  } catch (error) {
    if (error instanceof YamlError) return { error: error.message };
    throw error;
  }
}

/** Lines outside it become empty, so that numbers stay true. */
function firstDocument(lines: string[]): string[] {
  let started = false;
  let ended = false;
  return lines.map((line) => {
    if (/^---(\s|$)/.test(line)) {
      if (started) ended = true;
      return ended ? '' : line.slice(3).replace(/^\s*#.*$/, '');
    }
    if (/^\.\.\.(\s|$)/.test(line)) ended = true;
    if (line.trim() !== '' && !line.trimStart().startsWith('#')) started = true;
    return ended ? '' : line;
  });
}

/** The next line that says something. */
function peek(r: Reader): Line | undefined {
  for (; r.at < r.lines.length; r.at += 1) {
    const line = r.lines[r.at] as Line;
    if (line.text === '' || line.text.startsWith('#')) continue;
    if (/^ *\t/.test(r.raw[line.number - 1] ?? '')) fail(line.number, 'found character that cannot start any token');
    return line;
  }
  return undefined;
}

function parseBlock(r: Reader, indent: number, depth: number): unknown {
  const line = peek(r) as Line;
  if (depth > maxDepth) fail(line.number, 'exceeded max depth');
  if (isItem(line.text)) return parseSequence(r, indent, depth);
  if (keyEnd(line.text) >= 0) return parseMapping(r, indent, depth);
  r.at += 1;
  return parseInline(r, line.text, indent - 1, line.number, depth);
}

const isItem = (text: string): boolean => text === '-' || text.startsWith('- ');

function parseSequence(r: Reader, indent: number, depth: number): unknown[] {
  const out: unknown[] = [];
  for (let line = peek(r); line && line.indent === indent && isItem(line.text); line = peek(r)) {
    const rest = line.text.slice(1).trimStart();
    if (rest === '' || rest.startsWith('#')) {
      r.at += 1;
      out.push(parseNested(r, indent, false, depth));
    } else if (isItem(rest) || keyEnd(rest) >= 0) {
      // `- key: value`: the rest of the line is the first line of what is nested.
      r.lines[r.at] = { indent: indent + line.text.length - rest.length, text: rest, number: line.number };
      out.push(parseBlock(r, indent + line.text.length - rest.length, depth + 1));
    } else {
      r.at += 1;
      out.push(parseInline(r, rest, indent, line.number, depth));
    }
  }
  const next = peek(r);
  if (next && next.indent > indent) fail(next.number, "did not find expected '-' indicator");
  return out;
}

function parseMapping(r: Reader, indent: number, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (let line = peek(r); line && line.indent === indent && !isItem(line.text); line = peek(r)) {
    const end = keyEnd(line.text);
    if (end < 0) fail(line.number, "could not find expected ':'");
    const key = keyOf(line.text.slice(0, end), line.number);
    if (Object.hasOwn(out, key)) fail(line.number, `key ${JSON.stringify(key)} already set in map`);
    const rest = line.text.slice(end + 1).trimStart();
    r.at += 1;
    const value = rest === '' || rest.startsWith('#') ? parseNested(r, indent, true, depth) : parseInline(r, rest, indent, line.number, depth);
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  }
  const next = peek(r);
  if (next && next.indent > indent) fail(next.number, 'did not find expected key');
  return out;
}

/** What stands on the lines below; a sequence may stand as far left as its key. */
function parseNested(r: Reader, indent: number, ofKey: boolean, depth: number): unknown {
  const next = peek(r);
  if (!next) return null;
  if (next.indent > indent || (ofKey && next.indent === indent && isItem(next.text))) return parseBlock(r, next.indent, depth + 1);
  return null;
}

/** Where the colon of `key: …` is, or −1. */
function keyEnd(text: string): number {
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    const end = quoteEnd(text, 0);
    if (end < 0) return -1;
    const rest = text.slice(end + 1);
    const colon = rest.search(/\S/);
    return colon >= 0 && rest[colon] === ':' && (rest.length === colon + 1 || /\s/.test(rest[colon + 1] as string)) ? end + 1 + colon : -1;
  }
  if (quote === '[' || quote === '{' || quote === '|' || quote === '>') return -1;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '#' && i > 0 && text[i - 1] === ' ') return -1;
    if (text[i] === ':' && (i + 1 === text.length || text[i + 1] === ' ')) return i;
  }
  return -1;
}

function keyOf(text: string, line: number): string {
  const key = text.trimEnd();
  if (key.startsWith('"') || key.startsWith("'")) return unquote(key, line);
  if (/^[&*!?]/.test(key)) fail(line, 'anchors, aliases, tags and complex keys are not supported');
  return key;
}

/** Index of the closing quote of the string that begins at `start`, or −1. */
function quoteEnd(text: string, start: number): number {
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

function parseInline(r: Reader, text: string, indent: number, number: number, depth: number): unknown {
  const first = text[0] as string;
  if (first === '|' || first === '>') return blockScalar(r, text, indent, number);
  if (/^[&*!]/.test(text)) fail(number, 'anchors, aliases and tags are not supported');
  if (/^[@`%]/.test(text)) fail(number, 'found character that cannot start any token');
  if (first === '"' || first === "'" || first === '[' || first === '{') return flow(r, text, number, depth);
  const words = [plain(text)];
  for (let next = peek(r); next && next.indent > indent; next = peek(r)) {
    if (keyEnd(next.text) >= 0) fail(next.number, 'mapping values are not allowed in this context');
    words.push(plain(next.text));
    r.at += 1;
  }
  if (keyEnd(text) >= 0) fail(number, 'mapping values are not allowed in this context');
  return words.length === 1 ? scalar(words[0] as string) : words.join(' ');
}

/** Without a comment. */
function plain(text: string): string {
  const comment = text.search(/\s#/);
  return (comment < 0 ? text : text.slice(0, comment)).trimEnd();
}

function blockScalar(r: Reader, header: string, indent: number, number: number): string {
  const parts = /^([|>])([-+]?)([1-9]?)([-+]?)\s*(?:#.*)?$/.exec(header);
  if (!parts) return fail(number, 'did not find expected comment or line break');
  const chomp = parts[2] || parts[4];
  let width = parts[3] ? Math.max(indent, 0) + Number(parts[3]) : -1;
  const lines: string[] = [];
  for (; r.at < r.raw.length; r.at += 1) {
    const line = r.raw[r.at] as string;
    const blank = line.trim() === '';
    const own = line.length - line.trimStart().length;
    if (!blank && width < 0) width = own;
    if (!blank && (own <= indent || own < width)) break;
    lines.push(blank ? line.slice(Math.max(width, 0)) : line.slice(width));
  }
  let trailing = 0;
  while (lines.length > 0 && (lines.at(-1) as string).trim() === '') {
    lines.pop();
    trailing += 1;
  }
  const body = parts[1] === '|' ? lines.join('\n') : fold(lines);
  if (body === '' && lines.length === 0) return chomp === '+' ? '\n'.repeat(trailing) : '';
  return chomp === '-' ? body : chomp === '+' ? body + '\n'.repeat(trailing + (r.at >= r.raw.length ? 0 : 1)) : `${body}\n`;
}

/** Single line breaks become spaces; empty and deeper lines keep theirs. */
function fold(lines: string[]): string {
  let out = '';
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1];
    if (i === 0) out = line;
    else if (line === '') out += '\n';
    else if (before === '') out += line;
    else out += before?.startsWith(' ') || line.startsWith(' ') ? `\n${line}` : ` ${line}`;
  }
  return out;
}

interface FlowText {
  text: string;
  at: number;
  number: number;
}

/** A quoted scalar or a flow collection, which may go on over lines. */
function flow(r: Reader, text: string, number: number, depth: number): unknown {
  let whole = text;
  let end = flowEnd(whole);
  while (end < 0 && r.at < r.lines.length) {
    const next = r.lines[r.at] as Line;
    r.at += 1;
    if (next.text.startsWith('#') && text[0] !== '"' && text[0] !== "'") continue;
    whole += next.text === '' ? '\n' : `${whole.endsWith('\n') ? '' : ' '}${next.text}`;
    end = flowEnd(whole);
  }
  if (end < 0)
    fail(number, text[0] === '[' || text[0] === '{' ? `did not find expected ',' or '${text[0] === '[' ? ']' : '}'}'` : 'found unexpected end of stream');
  const rest = whole.slice(end + 1).trim();
  if (rest !== '' && !rest.startsWith('#')) fail(number, 'did not find expected key');
  return flowValue({ text: whole.slice(0, end + 1), at: 0, number }, depth);
}

/** Index of the last character of the value at the begin of `text`, or −1 when it is unfinished. */
function flowEnd(text: string): number {
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

function flowValue(f: FlowText, depth: number): unknown {
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

function unquote(text: string, line: number): string {
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
function scalar(text: string): unknown {
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(true|True|TRUE|yes|Yes|YES|on|On|ON)$/.test(text)) return true;
  if (/^(false|False|FALSE|no|No|NO|off|Off|OFF)$/.test(text)) return false;
  if (/^[-+]?(0|[1-9][0-9]{0,15})$/.test(text)) return Number(text);
  if (/^0o?[0-7]{1,15}$/.test(text)) return Number.parseInt(text.replace('o', ''), 8);
  if (/^0x[0-9a-fA-F]{1,12}$/.test(text)) return Number.parseInt(text, 16);
  if (/^[-+]?(\.[0-9]{1,20}|[0-9]{1,20}(\.[0-9]{0,20})?)([eE][-+]?[0-9]{1,3})?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  return text;
}
