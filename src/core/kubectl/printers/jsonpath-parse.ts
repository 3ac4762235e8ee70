/** Reading kubectl's JSONPath templates. Models k8s.io/client-go/util/jsonpath/{parser,jsonpath}.go, v1.36.2. */
import { plainError } from '../errors.ts';

export type Node =
  | { type: 'text'; text: string }
  | { type: 'list'; nodes: Node[] }
  | { type: 'field'; name: string }
  | { type: 'identifier'; name: string }
  | { type: 'array'; params: { value: number; known: boolean }[] }
  | { type: 'filter'; left: Node; right: Node; operator: string }
  | { type: 'value'; value: unknown }
  | { type: 'wildcard' }
  | { type: 'recursive' }
  | { type: 'union'; nodes: Node[] };

export interface JsonPath {
  text: string;
  nodes: Node[];
}

export const maxPathLength = 20_000;
const maxDepth = 60;

const fail = (text: string, message: string): never => {
  throw plainError(`error parsing jsonpath ${text.slice(0, 2000)}, ${message}`);
};

/** Throws in kubectl's words. */
export function parseJsonPath(text: string): JsonPath {
  if (text.length > maxPathLength) fail(text, `longer than ${maxPathLength} characters`);
  return { text, nodes: new Parser(text, 0).parse() };
}

/** RelaxedJSONPathExpression: `metadata.name`, `.metadata.name`, `{metadata.name}`, all as `{.metadata.name}`. */
export function relaxed(text: string): string {
  if (text === '') return '';
  const m = /^(?:\{\.?([^{}]+)\}|\.?([^{}]+))$/.exec(text);
  if (!m) throw plainError(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`);
  return `{.${m[1] ?? m[2]}}`;
}

class Parser {
  private readonly input: string;
  private readonly depth: number;
  private pos = 0;

  constructor(input: string, depth: number) {
    this.input = input;
    this.depth = depth;
    if (depth > maxDepth) fail(input, `nested more than ${maxDepth} levels deep`);
  }

  parse(): Node[] {
    const nodes: Node[] = [];
    while (this.pos < this.input.length) {
      const open = this.input.indexOf('{', this.pos);
      if (open < 0) {
        nodes.push({ type: 'text', text: this.input.slice(this.pos) });
        break;
      }
      if (open > this.pos) nodes.push({ type: 'text', text: this.input.slice(this.pos, open) });
      this.pos = open + 1;
      nodes.push({ type: 'list', nodes: this.action() });
    }
    return nodes;
  }

  /** Inside braces. */
  private action(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const c = this.input[this.pos];
      if (c === undefined) return fail(this.input, 'unclosed action');
      if (c === '}') {
        this.pos += 1;
        return nodes;
      }
      if (c === ' ' || c === '@' || c === '$') this.pos += 1;
      else if (c === '"' || c === "'") nodes.push({ type: 'text', text: this.quoted(c) });
      else if (c === '.') this.dot(nodes);
      else if (c === '[') this.bracket(nodes);
      else if (c === '+' || c === '-' || (c >= '0' && c <= '9')) nodes.push(this.number());
      else if (/[\p{L}_]/u.test(c)) {
        const name = this.word();
        if (name === 'true' || name === 'false') nodes.push({ type: 'value', value: name === 'true' });
        else if (name === 'range' || name === 'end') nodes.push({ type: 'identifier', name });
        else fail(this.input, `unrecognized identifier ${name}`);
      } else fail(this.input, `unrecognized character in action: U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} '${c}'`);
    }
  }

  private word(): string {
    const from = this.pos;
    while (this.pos < this.input.length && /[\p{L}\p{N}_-]/u.test(this.input[this.pos] as string)) this.pos += 1;
    return this.input.slice(from, this.pos);
  }

  private number(): Node {
    const from = this.pos;
    if (this.input[this.pos] === '+' || this.input[this.pos] === '-') this.pos += 1;
    while (/[0-9.eE]/.test(this.input[this.pos] ?? '')) this.pos += 1;
    const text = this.input.slice(from, this.pos);
    const value = Number(text);
    if (!Number.isFinite(value)) fail(this.input, `cannot parse number ${text}`);
    return { type: 'value', value };
  }

  private quoted(quote: string): string {
    let out = '';
    for (let i = this.pos + 1; i < this.input.length; i += 1) {
      const c = this.input[i] as string;
      if (c === quote) {
        this.pos = i + 1;
        return out;
      }
      if (c === '\\' && i + 1 < this.input.length) {
        i += 1;
        const next = this.input[i] as string;
        out += ({ n: '\n', t: '\t', r: '\r' } as Record<string, string>)[next] ?? next;
      } else out += c;
    }
    return fail(this.input, 'unterminated quoted string');
  }

  private dot(nodes: Node[]): void {
    this.pos += 1;
    if (this.input[this.pos] === '.') {
      this.pos += 1;
      nodes.push({ type: 'recursive' });
      const next = this.input[this.pos];
      if (next !== undefined && next !== '[' && next !== '.' && next !== '}' && next !== ' ') this.field(nodes);
      return;
    }
    if (this.input[this.pos] === '[') return;
    this.field(nodes);
  }

  private field(nodes: Node[]): void {
    if (this.input[this.pos] === '*') {
      this.pos += 1;
      nodes.push({ type: 'wildcard' });
      return;
    }
    let name = '';
    while (this.pos < this.input.length) {
      const c = this.input[this.pos] as string;
      if (c === '\\' && this.pos + 1 < this.input.length) {
        name += this.input[this.pos + 1];
        this.pos += 2;
      } else if (' }].[,:=<>!|&()\'"\n\t'.includes(c) && c !== ':') break;
      else if (c === ':') break;
      else {
        name += c;
        this.pos += 1;
      }
    }
    if (name !== '') nodes.push({ type: 'field', name });
    else if (this.input[this.pos] !== undefined && !' }]'.includes(this.input[this.pos] as string))
      fail(this.input, `invalid array index ${this.input[this.pos]}`);
  }

  private bracket(nodes: Node[]): void {
    const from = this.pos + 1;
    let level = 1;
    let quote = '';
    let i = from;
    for (; i < this.input.length && level > 0; i += 1) {
      const c = this.input[i] as string;
      if (quote) {
        if (c === '\\') i += 1;
        else if (c === quote) quote = '';
      } else if (c === '"' || c === "'") quote = c;
      else if (c === '[') level += 1;
      else if (c === ']') level -= 1;
    }
    if (level > 0) fail(this.input, 'unterminated array');
    const inside = this.input.slice(from, i - 1).trim();
    this.pos = i;
    if (inside.startsWith('?(') && inside.endsWith(')')) nodes.push(this.filter(inside.slice(2, -1)));
    else if (inside === '*') nodes.push({ type: 'wildcard' });
    else if (/^-?\d+$/.test(inside)) nodes.push(slice([inside]));
    else if (/^(-?\d*):(-?\d*)(:(-?\d*))?$/.test(inside)) nodes.push(slice(inside.split(':'), true));
    else if (/^'([^'\\]|\\.)*'$|^"([^"\\]|\\.)*"$/.test(inside))
      nodes.push({ type: 'field', name: new Parser(inside, this.depth + 1).quoted(inside[0] as string) });
    else if (inside.includes(',')) {
      const parts = inside.split(',').map((part) => part.trim());
      nodes.push({ type: 'union', nodes: parts.map((part) => ({ type: 'list', nodes: new Parser(`[${part}]}`, this.depth + 1).action() }) as Node) });
    } else fail(this.input, `invalid array index ${inside.slice(0, 200)}`);
  }

  private filter(text: string): Node {
    let quote = '';
    for (let i = 0; i < text.length; i += 1) {
      const c = text[i] as string;
      if (quote) {
        if (c === '\\') i += 1;
        else if (c === quote) quote = '';
        continue;
      }
      if (c === '"' || c === "'") quote = c;
      else if ('=!<>'.includes(c)) {
        const operator = text[i + 1] === '=' ? `${c}=` : c;
        if (operator === '=' || operator === '!') return fail(this.input, `unrecognized filter operator ${operator}`);
        const right = text.slice(i + operator.length).trim();
        return { type: 'filter', operator, left: this.side(text.slice(0, i).trim()), right: this.side(right) };
      }
    }
    return { type: 'filter', operator: 'exists', left: this.side(text.trim()), right: { type: 'value', value: null } };
  }

  private side(text: string): Node {
    return { type: 'list', nodes: new Parser(`${text}}`, this.depth + 1).action() };
  }
}

function slice(parts: string[], isSlice = false): Node {
  const number = (text: string | undefined, otherwise: number): { value: number; known: boolean } =>
    text === undefined || text === '' ? { value: otherwise, known: false } : { value: Number(text), known: true };
  if (!isSlice) {
    const at = number(parts[0], 0);
    return { type: 'array', params: [at, { value: at.value + 1, known: false }, { value: 1, known: false }] };
  }
  return { type: 'array', params: [number(parts[0], 0), { ...number(parts[1], 0) }, number(parts[2], 1)] };
}
