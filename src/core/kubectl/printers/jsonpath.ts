/** Finding what a JSONPath template names. Models k8s.io/client-go/util/jsonpath/jsonpath.go, v1.36.2. */
import { plainError } from '../errors.ts';
import { goJson, goJsonIndent, sortedKeys } from './json.ts';
import type { JsonPath, Node } from './jsonpath-parse.ts';

/** Values that one template may look at: filters inside of recursive descents could look at each many times. */
export const maxSteps = 500_000;
export const maxPrinted = 4_000_000;

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

  /** Filters look for what may be absent. */
  private quiet(node: Node, item: unknown): unknown[] {
    const inner = new Execution(this.text, true);
    inner.steps = this.steps;
    const out = inner.apply(node, [item]);
    this.steps = inner.steps;
    return out;
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
