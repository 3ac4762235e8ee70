/** A small part of YAML, enough for patches and for what kubectl itself prints: block maps and lists, flow style, quotes, literal and folded text. */

export const maxYamlLength = 2_000_000;
const maxDepth = 100;
const maxLines = 100_000;

export type ParsedYaml = { documents: unknown[]; error?: undefined } | { documents: unknown[]; error: string };

class YamlError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

interface Line {
  indent: number;
  text: string;
  number: number;
}

/** Never throws. Anchors, tags and complex keys are refused by name. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > maxYamlLength) return { documents: [], error: `longer than ${maxYamlLength} characters` };
  try {
    const documents: unknown[] = [];
    for (const part of text.replace(/\r\n/g, '\n').split(/^---(?:[ \t].*)?$/m)) {
      const parser = new Parser(part);
      const value = parser.document();
      if (value !== undefined) documents.push(value);
    }
    return { documents };
  } catch (error) {
    if (error instanceof YamlError) return { documents: [], error: error.message };
    if (error instanceof RangeError) return { documents: [], error: 'nested too deeply' };
    throw error;
  }
}

class Parser {
  private readonly raw: string[];
  private lines: Line[] = [];
  private at = 0;

  constructor(text: string) {
    this.raw = text.split('\n');
    if (this.raw.length > maxLines) throw new YamlError(`more than ${maxLines} lines`);
    for (const [i, line] of this.raw.entries()) {
      const bare = line.trimEnd();
      const content = bare.trimStart();
      if (content === '' || content.startsWith('#') || content === '...') continue;
      if (/^ *\t/.test(line)) throw new YamlError(`line ${i + 1}: found character that cannot start any token`);
      this.lines.push({ indent: bare.length - content.length, text: content, number: i });
    }
  }

  document(): unknown {
    const first = this.lines[0];
    if (!first) return undefined;
    const value = this.block(first.indent, 0);
    const left = this.lines[this.at];
    if (left) throw new YamlError(`line ${left.number + 1}: did not find expected <document start>`);
    return value;
  }

  private block(indent: number, depth: number): unknown {
    if (depth > maxDepth) throw new YamlError(`nested more than ${maxDepth} levels deep`);
    const line = this.lines[this.at] as Line;
    if (line.text === '-' || line.text.startsWith('- ')) return this.list(indent, depth);
    if (keyEnd(line.text) >= 0) return this.map(indent, depth);
    this.at += 1;
    return this.inline(line.text, line, indent - 1);
  }

  private list(indent: number, depth: number): unknown[] {
    const out: unknown[] = [];
    for (let line = this.lines[this.at]; line && line.indent === indent && (line.text === '-' || line.text.startsWith('- ')); line = this.lines[this.at]) {
      const rest = line.text.slice(1).trimStart();
      if (rest === '' || rest.startsWith('#')) {
        this.at += 1;
        const next = this.lines[this.at];
        out.push(next && next.indent > indent ? this.block(next.indent, depth + 1) : null);
        continue;
      }
      const inner = indent + (line.text.length - rest.length);
      if (rest === '-' || rest.startsWith('- ') || keyEnd(rest) >= 0) {
        this.lines[this.at] = { indent: inner, text: rest, number: line.number };
        out.push(this.block(inner, depth + 1));
      } else {
        this.at += 1;
        out.push(this.inline(rest, line, indent));
      }
    }
    return out;
  }

  private map(indent: number, depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (let line = this.lines[this.at]; line && line.indent === indent; line = this.lines[this.at]) {
      const end = keyEnd(line.text);
      if (end < 0) throw new YamlError(`line ${line.number + 1}: could not find expected ':'`);
      const key = unquote(line.text.slice(0, end).trim());
      const rest = line.text.slice(end + 1).trimStart();
      this.at += 1;
      let value: unknown;
      if (rest === '' || rest.startsWith('#')) {
        const next = this.lines[this.at];
        const isList = next !== undefined && next.indent === indent && (next.text === '-' || next.text.startsWith('- '));
        value = next && (next.indent > indent || isList) ? this.block(next.indent, depth + 1) : null;
      } else value = this.inline(rest, line, indent);
      if (Object.hasOwn(out, key)) throw new YamlError(`line ${line.number + 1}: key ${JSON.stringify(key)} already set in map`);
      Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
    }
    const next = this.lines[this.at];
    if (next && next.indent > indent) throw new YamlError(`line ${next.number + 1}: mapping values are not allowed in this context`);
    return out;
  }

  /** A value that begins on its key's line. */
  private inline(text: string, line: Line, indent: number): unknown {
    const block = /^([|>])([+-]?)(\d?)([+-]?)\s*(#.*)?$/.exec(text);
    if (block) return this.literal(block[1] === '>', (block[2] || block[4]) ?? '', Number(block[3] || 0), line, indent);
    if (/^[&*!]/.test(text)) throw new YamlError(`line ${line.number + 1}: anchors, aliases and tags are not read here`);
    let whole = text;
    const open = text[0];
    if (open === '"' || open === "'" || open === '{' || open === '[') {
      while (!closed(whole)) {
        const next = this.lines[this.at];
        if (!next) throw new YamlError(`line ${line.number + 1}: found unexpected end of stream`);
        this.at += 1;
        whole += ` ${next.text}`;
      }
    } else
      for (let next = this.lines[this.at]; next && next.indent > indent && keyEnd(next.text) < 0; next = this.lines[this.at]) {
        whole += ` ${next.text}`;
        this.at += 1;
      }
    const flow = new Flow(whole, line.number);
    const value = flow.value(0, false);
    flow.end();
    return value;
  }

  private literal(fold: boolean, chomp: string, given: number, line: Line, indent: number): string {
    const body: string[] = [];
    let own = given > 0 ? indent + given : -1;
    let i = line.number + 1;
    for (; i < this.raw.length; i += 1) {
      const raw = this.raw[i] as string;
      const depth = raw.length - raw.trimStart().length;
      if (raw.trim() !== '') {
        if (own < 0) own = depth;
        if (depth < own || depth <= indent) break;
      }
      body.push(raw.slice(Math.max(0, own)));
    }
    while (this.lines[this.at] && (this.lines[this.at] as Line).number < i) this.at += 1;
    let text = body.join('\n');
    const trailing = /\n*$/.exec(text)?.[0] ?? '';
    text = text.slice(0, text.length - trailing.length);
    if (fold) text = text.replace(/([^\n])\n(?=[^\n ])/g, '$1 ').replace(/\n\n/g, '\n');
    return chomp === '-' ? text : chomp === '+' ? `${text}\n${trailing}` : text === '' ? '' : `${text}\n`;
  }
}

/** Where a line's key ends, or -1. */
function keyEnd(text: string): number {
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    for (let i = 1; i < text.length; i += 1) {
      if (text[i] === '\\' && quote === '"') i += 1;
      else if (text[i] === quote) {
        const rest = text.slice(i + 1).trimStart();
        return rest.startsWith(':') && (rest.length === 1 || rest[1] === ' ') ? text.indexOf(':', i) : -1;
      }
    }
    return -1;
  }
  if (quote === '{' || quote === '[' || quote === '#') return -1;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === ':' && (i + 1 === text.length || text[i + 1] === ' ')) return i;
    if (text[i] === '#' && text[i - 1] === ' ') return -1;
  }
  return -1;
}

/** Quotes and brackets of a flow value are all closed. */
function closed(text: string): boolean {
  let level = 0;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    if (quote) {
      if (c === '\\' && quote === '"') i += 1;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{' || c === '[') level += 1;
    else if (c === '}' || c === ']') level -= 1;
  }
  return quote === '' && level <= 0;
}

class Flow {
  private readonly text: string;
  private readonly line: number;
  private at = 0;
  constructor(text: string, line: number) {
    this.text = text;
    this.line = line;
  }

  value(depth: number, inside: boolean): unknown {
    if (depth > maxDepth) throw new YamlError(`nested more than ${maxDepth} levels deep`);
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.map(depth);
    if (c === '[') return this.list(depth);
    if (c === '"' || c === "'") return this.quoted(c);
    return this.plain(inside);
  }

  end(): void {
    this.space();
    if (this.at < this.text.length && this.text[this.at] !== '#') throw new YamlError(`line ${this.line + 1}: did not find expected key`);
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  private map(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    this.at += 1;
    for (;;) {
      this.space();
      const c = this.text[this.at];
      if (c === undefined) throw new YamlError(`line ${this.line + 1}: did not find expected ',' or '}'`);
      if (c === '}') {
        this.at += 1;
        return out;
      }
      if (c === ',') {
        this.at += 1;
        continue;
      }
      const key = c === '"' || c === "'" ? this.quoted(c) : this.key();
      this.space();
      let value: unknown = null;
      if (this.text[this.at] === ':') {
        this.at += 1;
        this.space();
        value = this.text[this.at] === ',' || this.text[this.at] === '}' ? null : this.value(depth + 1, true);
      }
      Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
    }
  }

  private key(): string {
    const from = this.at;
    while (this.at < this.text.length && !',}:'.includes(this.text[this.at] as string)) this.at += 1;
    if (this.at === from) throw new YamlError(`line ${this.line + 1}: did not find expected node content`);
    return this.text.slice(from, this.at).trim();
  }

  private list(depth: number): unknown[] {
    const out: unknown[] = [];
    this.at += 1;
    for (;;) {
      this.space();
      const c = this.text[this.at];
      if (c === undefined) throw new YamlError(`line ${this.line + 1}: did not find expected ',' or ']'`);
      if (c === ']') {
        this.at += 1;
        return out;
      }
      if (c === ',') this.at += 1;
      else out.push(this.value(depth + 1, true));
    }
  }

  private quoted(quote: string): string {
    const from = this.at;
    for (let i = from + 1; i < this.text.length; i += 1) {
      if (quote === '"' && this.text[i] === '\\') i += 1;
      else if (this.text[i] === quote) {
        if (quote === "'" && this.text[i + 1] === "'") i += 1;
        else {
          this.at = i + 1;
          return unquote(this.text.slice(from, i + 1));
        }
      }
    }
    throw new YamlError(`line ${this.line + 1}: found unexpected end of stream`);
  }

  private plain(inside: boolean): unknown {
    const from = this.at;
    for (; this.at < this.text.length; this.at += 1) {
      const c = this.text[this.at] as string;
      if (inside && (c === ',' || c === '}' || c === ']')) break;
      if (c === '#' && this.text[this.at - 1] === ' ') break;
    }
    return scalar(this.text.slice(from, this.at).trim());
  }
}

function unquote(text: string): string {
  if (text[0] === "'" && text.at(-1) === "'" && text.length > 1) return text.slice(1, -1).replaceAll("''", "'");
  if (text[0] !== '"' || text.at(-1) !== '"' || text.length < 2) return text;
  const escapes: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '0': '\0',
    a: '\x07',
    b: '\b',
    v: '\v',
    f: '\f',
    e: '\x1b',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  };
  return text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/g, (_, e: string) => {
    if (e.length > 1) {
      const code = Number.parseInt(e.slice(1), 16);
      return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
    }
    return escapes[e] ?? e;
  });
}

/** YAML 1.2 core. */
function scalar(text: string): unknown {
  if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (text.length < 40 && /^[-+]?(\d+|0x[0-9a-fA-F]+|0o[0-7]+|(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?)$/.test(text)) {
    const n = Number(text);
    if (Number.isFinite(n)) return n;
  }
  return text;
}
