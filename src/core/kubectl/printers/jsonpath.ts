/** kubectl's JSONPath templates. Models k8s.io/client-go/util/jsonpath/{parser,jsonpath}.go, v1.36.2. */
import { plainError } from '../errors.ts';
import { goJson, goJsonIndent, sortedKeys } from './json.ts';

type Node =
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
/** Values that one template may look at: filters inside of recursive descents could look at each many times. */
export const maxSteps = 500_000;
export const maxPrinted = 4_000_000;

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

class Execution {
  private steps = 0;
  private readonly text: string;
  private readonly lax: boolean;
  constructor(text: string, lax: boolean) {
    this.text = text;
    this.lax = lax;
  }

  private step(): void {
    this.steps += 1;
    if (this.steps > maxSteps) throw plainError(`error executing jsonpath ${JSON.stringify(this.text.slice(0, 200))}: more than ${maxSteps} values looked at`);
  }

  /** [results of the action]: one list for each action or text. */
  find(nodes: Node[], root: unknown): { text?: string; values?: unknown[] }[] {
    const out: { text?: string; values?: unknown[] }[] = [];
    for (let i = 0; i < nodes.length; i += 1) {
      const node = nodes[i] as Node;
      if (node.type === 'text') {
        out.push({ text: node.text });
        continue;
      }
      if (node.type !== 'list') continue;
      const first = node.nodes[0];
      if (first?.type === 'identifier' && first.name === 'end') continue;
      if (first?.type === 'identifier' && first.name === 'range') {
        let level = 1;
        let end = i + 1;
        for (; end < nodes.length; end += 1) {
          const n = nodes[end] as Node;
          const head = n.type === 'list' ? n.nodes[0] : undefined;
          if (head?.type !== 'identifier') continue;
          level += head.name === 'range' ? 1 : -1;
          if (level === 0) break;
        }
        if (level > 0) throw plainError(`error parsing jsonpath ${this.text}, unterminated range`);
        const body = nodes.slice(i + 1, end);
        for (const value of this.evaluate(node.nodes.slice(1), [root])) out.push(...this.find(body, value));
        i = end;
        continue;
      }
      if (node.nodes.length === 1 && first?.type === 'text') out.push({ text: first.text });
      else out.push({ values: this.evaluate(node.nodes, [root]) });
    }
    return out;
  }

  evaluate(nodes: Node[], start: unknown[]): unknown[] {
    let values = start;
    for (const node of nodes) values = this.apply(node, values);
    return values;
  }

  private apply(node: Node, values: unknown[]): unknown[] {
    const out: unknown[] = [];
    switch (node.type) {
      case 'text':
        return [node.text];
      case 'value':
        return [node.value];
      case 'list':
        return this.evaluate(node.nodes, values);
      case 'field':
        for (const value of values) {
          this.step();
          if (value === null || value === undefined) continue;
          if (typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, node.name)) out.push((value as Record<string, unknown>)[node.name]);
        }
        if (out.length === 0 && !this.lax && !node.name.startsWith('\0'))
          throw plainError(`error executing jsonpath ${JSON.stringify(this.text)}: ${node.name} is not found`);
        return out;
      case 'array':
        for (const value of values) {
          this.step();
          if (!Array.isArray(value)) {
            if (value === null || value === undefined) continue;
            throw plainError(`error executing jsonpath ${JSON.stringify(this.text)}: Error executing template: ${goType(value)} is not array or slice`);
          }
          out.push(...this.slice(node.params, value));
        }
        return out;
      case 'wildcard':
        for (const value of values) {
          if (typeof value !== 'object' || value === null) continue;
          const inner = Array.isArray(value) ? value : sortedKeys(value).map((k) => (value as Record<string, unknown>)[k]);
          for (const v of inner) {
            this.step();
            out.push(v);
          }
        }
        return out;
      case 'recursive':
        for (const value of values) this.descend(value, out, 0);
        return out;
      case 'union':
        for (const inner of node.nodes) out.push(...this.apply(inner, values));
        return out;
      case 'filter':
        for (const value of values) {
          if (!Array.isArray(value)) continue;
          for (const item of value) {
            this.step();
            if (this.passes(node, item)) out.push(item);
          }
        }
        return out;
      default:
        return values;
    }
  }

  private slice(params: { value: number; known: boolean }[], list: unknown[]): unknown[] {
    const [a, b, c] = params as [{ value: number; known: boolean }, { value: number; known: boolean }, { value: number; known: boolean }];
    let from = a.value;
    if (a.known && from < 0) from += list.length;
    const isIndex = a.known && !b.known && b.value === a.value + 1;
    let to = b.known ? b.value : isIndex ? from + 1 : list.length;
    if (b.known && to < 0) to += list.length;
    const step = c.known ? c.value : 1;
    if (isIndex && (from < 0 || from >= list.length))
      throw plainError(
        `error executing jsonpath ${JSON.stringify(this.text)}: Error executing template: array index out of bounds: index ${from}, length ${list.length}`,
      );
    if (step <= 0) throw plainError(`error executing jsonpath ${JSON.stringify(this.text)}: step must be > 0`);
    const out: unknown[] = [];
    for (let i = Math.max(0, from); i < Math.min(to, list.length); i += step) out.push(list[i]);
    return out;
  }

  private descend(value: unknown, out: unknown[], depth: number): void {
    this.step();
    if (typeof value !== 'object' || value === null || depth > 200) return;
    out.push(value);
    const inner = Array.isArray(value) ? value : sortedKeys(value).map((k) => (value as Record<string, unknown>)[k]);
    for (const v of inner) this.descend(v, out, depth + 1);
  }

  private passes(node: Extract<Node, { type: 'filter' }>, item: unknown): boolean {
    const left = this.quiet(node.left, item);
    if (node.operator === 'exists') return left.length > 0;
    const right = this.quiet(node.right, item);
    const [x, y] = [left[0], right[0]];
    if (left.length === 0 || right.length === 0) return false;
    switch (node.operator) {
      case '==':
        return x === y;
      case '!=':
        return x !== y;
      default:
        if (typeof x !== typeof y || (typeof x !== 'number' && typeof x !== 'string')) return false;
        if (node.operator === '<') return (x as number) < (y as number);
        if (node.operator === '<=') return (x as number) <= (y as number);
        if (node.operator === '>') return (x as number) > (y as number);
        return (x as number) >= (y as number);
    }
  }

  private quiet(node: Node, item: unknown): unknown[] {
    return new Lax(this.text, this).run(node, item);
  }
  runLax(node: Node, item: unknown): unknown[] {
    const inner = new Execution(this.text, true);
    inner.steps = this.steps;
    const out = inner.apply(node, [item]);
    this.steps = inner.steps;
    return out;
  }
}

/** Filters look for what may be absent. */
class Lax {
  private readonly outer: Execution;
  constructor(_text: string, outer: Execution) {
    this.outer = outer;
  }
  run(node: Node, item: unknown): unknown[] {
    return this.outer.runLax(node, item);
  }
}

const goType = (value: unknown): string =>
  typeof value === 'object' ? 'map[string]interface {}' : typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : 'string';

/** The text of the template; `asJson`: every value in one JSON list. */
export function executeJsonPath(path: JsonPath, value: unknown, lax = true, asJson = false): string {
  const results = new Execution(path.text, lax).find(path.nodes, value);
  if (asJson) return `${goJsonIndent(results.flatMap((r) => r.values ?? []))}\n`;
  let out = '';
  for (const r of results) {
    out += r.text ?? (r.values ?? []).map(printedValue).join(' ');
    if (out.length > maxPrinted) throw plainError(`jsonpath output is longer than ${maxPrinted} characters`);
  }
  return out;
}

export const printedValue = (value: unknown): string => (typeof value === 'string' ? value : value === null || value === undefined ? '' : goJson(value));

/** Values that a single path finds, for sorting, columns and waiting. */
export function findValues(path: JsonPath, value: unknown): unknown[] {
  return new Execution(path.text, true).find(path.nodes, value).flatMap((r) => r.values ?? (r.text === undefined ? [] : [r.text]));
}
