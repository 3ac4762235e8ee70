/** A reasonable part of Go's text/template: fields, pipelines, if, range, with, variables, common functions. Models text/template (go 1.25) as kubectl offers it. */
import { plainError } from '../errors.ts';
import { goValue } from './custom-columns.ts';
import { goJson, goString, sortedKeys } from './json.ts';

type Term = { kind: 'value'; value: unknown } | { kind: 'field'; names: string[]; variable?: string; inner?: Pipeline } | { kind: 'call'; name: string };
type Command = Term[];
interface Pipeline {
  declares: string[];
  assigns: boolean;
  commands: Command[];
}
type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] };

export const maxTemplateLength = 50_000;
const maxSteps = 300_000;
const maxOutput = 4_000_000;
const maxNesting = 60;

export interface Template {
  text: string;
  nodes: Node[];
}

const parseFail = (text: string, message: string): never => {
  throw plainError(`error parsing template ${text.slice(0, 2000)}, template: output:1: ${message}`);
};

export function parseTemplate(text: string): Template {
  if (text.length > maxTemplateLength) parseFail(text, `longer than ${maxTemplateLength} characters`);
  const pieces = split(text);
  const state = { at: 0 };
  const nodes = block(text, pieces, state, 0, false).nodes;
  return { text, nodes };
}

type Piece = { action: boolean; text: string };

function split(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    let plain = open < 0 ? text.slice(at) : text.slice(at, open);
    if (trimNext) plain = plain.trimStart();
    trimNext = false;
    if (open < 0) {
      out.push({ action: false, text: plain });
      break;
    }
    let close = open + 2;
    let quote = '';
    for (; close < text.length; close += 1) {
      const c = text[close] as string;
      if (quote) {
        if (c === '\\' && quote === '"') close += 1;
        else if (c === quote) quote = '';
      } else if (c === '"' || c === '`') quote = c;
      else if (c === '}' && text[close + 1] === '}') break;
    }
    if (close >= text.length) return parseFail(text, 'unclosed action');
    let inside = text.slice(open + 2, close);
    if (/^-\s/.test(inside)) {
      plain = plain.trimEnd();
      inside = inside.slice(1);
    }
    if (/\s-$/.test(inside)) {
      trimNext = true;
      inside = inside.slice(0, -1);
    }
    if (plain !== '') out.push({ action: false, text: plain });
    if (!inside.trim().startsWith('/*')) out.push({ action: true, text: inside.trim() });
    at = close + 2;
  }
  return out;
}

function block(text: string, pieces: Piece[], state: { at: number }, depth: number, inner: boolean): { nodes: Node[]; end: string } {
  if (depth > maxNesting) parseFail(text, `nested more than ${maxNesting} levels deep`);
  const nodes: Node[] = [];
  while (state.at < pieces.length) {
    const piece = pieces[state.at] as Piece;
    state.at += 1;
    if (!piece.action) {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    const [word, ...rest] = piece.text.split(/\s+/);
    if (word === 'end' || word === 'else') {
      if (!inner) parseFail(text, `unexpected {{${word}}}`);
      return { nodes, end: word === 'else' && rest.length > 0 ? `else ${piece.text.slice(4).trim()}` : word };
    }
    if (word === 'if' || word === 'with' || word === 'range') {
      nodes.push(control(text, word, piece.text.slice(word.length).trim(), pieces, state, depth));
      continue;
    }
    nodes.push({ kind: 'print', pipeline: pipelineOf(text, piece.text) });
  }
  if (inner) parseFail(text, 'unexpected EOF');
  return { nodes, end: '' };
}

function control(text: string, kind: 'if' | 'with' | 'range', condition: string, pieces: Piece[], state: { at: number }, depth: number): Node {
  const node: Node = { kind, pipeline: pipelineOf(text, condition), body: [], otherwise: [] };
  const body = block(text, pieces, state, depth + 1, true);
  node.body = body.nodes;
  if (body.end === 'else') node.otherwise = block(text, pieces, state, depth + 1, true).nodes;
  else if (body.end.startsWith('else if ')) node.otherwise = [control(text, 'if', body.end.slice(8), pieces, state, depth + 1)];
  return node;
}

function pipelineOf(text: string, source: string): Pipeline {
  const tokens = tokenize(text, source);
  const state = { at: 0 };
  const pipeline = parsePipeline(text, tokens, state, 0);
  if (state.at < tokens.length) parseFail(text, `unexpected ${JSON.stringify(tokens[state.at])} in operand`);
  return pipeline;
}

function tokenize(text: string, source: string): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < source.length; ) {
    const c = source[i] as string;
    if (/\s/.test(c)) {
      i += 1;
      continue;
    }
    if (c === '"' || c === '`') {
      let end = i + 1;
      while (end < source.length && source[end] !== c) end += source[end] === '\\' && c === '"' ? 2 : 1;
      if (end >= source.length) parseFail(text, 'unterminated quoted string');
      tokens.push(source.slice(i, end + 1));
      i = end + 1;
    } else if ('()|,'.includes(c)) {
      tokens.push(c);
      i += 1;
    } else if (source.startsWith(':=', i)) {
      tokens.push(':=');
      i += 2;
    } else if (c === '=') {
      tokens.push('=');
      i += 1;
    } else {
      let end = i;
      while (end < source.length && !/[\s()|,"`=]/.test(source[end] as string) && !source.startsWith(':=', end)) end += 1;
      tokens.push(source.slice(i, end));
      i = end;
    }
  }
  return tokens;
}

function parsePipeline(text: string, tokens: string[], state: { at: number }, depth: number): Pipeline {
  if (depth > maxNesting) parseFail(text, `nested more than ${maxNesting} levels deep`);
  const pipeline: Pipeline = { declares: [], assigns: false, commands: [] };
  if (/^\$\w*$/.test(tokens[state.at] ?? '')) {
    const names: string[] = [];
    let at = state.at;
    while (/^\$\w*$/.test(tokens[at] ?? '')) {
      names.push(tokens[at] as string);
      at += 1;
      if (tokens[at] !== ',') break;
      at += 1;
    }
    if (tokens[at] === ':=' || tokens[at] === '=') {
      pipeline.declares = names;
      pipeline.assigns = tokens[at] === '=';
      state.at = at + 1;
    }
  }
  let command: Command = [];
  for (; state.at < tokens.length; ) {
    const token = tokens[state.at] as string;
    if (token === ')') break;
    state.at += 1;
    if (token === '|') {
      pipeline.commands.push(command);
      command = [];
    } else if (token === '(') {
      const inner = parsePipeline(text, tokens, state, depth + 1);
      if (tokens[state.at] !== ')') parseFail(text, 'unclosed left paren');
      state.at += 1;
      const next = tokens[state.at];
      const names = next?.startsWith('.') && next.length > 1 ? next.slice(1).split('.') : [];
      if (names.length > 0) state.at += 1;
      command.push({ kind: 'field', names, inner });
    } else command.push(term(text, token));
  }
  if (command.length > 0) pipeline.commands.push(command);
  if (pipeline.commands.length === 0) parseFail(text, 'missing value for command');
  return pipeline;
}

function term(text: string, token: string): Term {
  if (token[0] === '"') {
    try {
      return { kind: 'value', value: JSON.parse(token) };
    } catch {
      return { kind: 'value', value: token.slice(1, -1) };
    }
  }
  if (token[0] === '`') return { kind: 'value', value: token.slice(1, -1) };
  if (/^[+-]?\d+(\.\d+)?$/.test(token)) return { kind: 'value', value: Number(token) };
  if (token === 'true' || token === 'false') return { kind: 'value', value: token === 'true' };
  if (token === 'nil') return { kind: 'value', value: null };
  if (token === '.') return { kind: 'field', names: [] };
  if (token[0] === '.') return { kind: 'field', names: token.slice(1).split('.') };
  if (token[0] === '$') {
    const [variable, ...names] = token.split('.');
    return { kind: 'field', names, variable: variable as string };
  }
  if (!Object.hasOwn(functions, token)) parseFail(text, `function ${JSON.stringify(token)} not defined`);
  return { kind: 'call', name: token };
}

const truth = (v: unknown): boolean =>
  !(
    v === null ||
    v === undefined ||
    v === false ||
    v === 0 ||
    v === '' ||
    (typeof v === 'object' && (Array.isArray(v) ? v.length === 0 : Object.keys(v as object).length === 0))
  );

const functions: Record<string, (args: unknown[]) => unknown> = {
  and: (args) => args.find((a) => !truth(a)) ?? args.at(-1),
  or: (args) => args.find(truth) ?? args.at(-1),
  not: ([a]) => !truth(a),
  eq: ([a, ...rest]) => rest.some((b) => a === b),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => (a as number) < (b as number),
  le: ([a, b]) => (a as number) <= (b as number),
  gt: ([a, b]) => (a as number) > (b as number),
  ge: ([a, b]) => (a as number) >= (b as number),
  len: ([a]) => (typeof a === 'string' || Array.isArray(a) ? a.length : Object.keys((a as object) ?? {}).length),
  index: ([a, ...keys]) =>
    keys.reduce((v: unknown, key) => {
      if (Array.isArray(v)) {
        if (typeof key !== 'number' || key < 0 || key >= v.length)
          throw plainError(`error executing template: error calling index: index out of range: ${String(key)}`);
        return v[key];
      }
      return typeof v === 'object' && v !== null && Object.hasOwn(v, String(key)) ? (v as Record<string, unknown>)[String(key)] : undefined;
    }, a),
  slice: ([a, from, to]) => (a as string | unknown[]).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  print: (args) => args.map(printed).join(''),
  println: (args) => `${args.map(printed).join(' ')}\n`,
  printf: ([format, ...args]) => sprintf(String(format), args),
  exists: ([a, ...keys]) => {
    let v = a;
    for (const key of keys) {
      if (Array.isArray(v) ? !(typeof key === 'number' && key >= 0 && key < v.length) : typeof v !== 'object' || v === null || !Object.hasOwn(v, String(key)))
        return false;
      v = (v as Record<string, unknown>)[String(key)];
    }
    return true;
  },
  base64decode: ([a]) => base64(String(a)),
  js: ([a]) => goString(printed(a)).slice(1, -1),
  html: ([a]) => printed(a).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  urlquery: ([a]) => encodeURIComponent(printed(a)),
};

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function base64(text: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let have = 0;
  for (const c of text.replace(/=+$/, '')) {
    const value = letters.indexOf(c);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes.push((bits >> have) & 0xff);
    }
  }
  try {
    return decodeURIComponent(bytes.map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return bytes.map((b) => String.fromCharCode(b)).join('');
  }
}

function sprintf(format: string, args: unknown[]): string {
  let at = 0;
  return format.slice(0, 10_000).replace(/%([-0]?)(\d{0,3})([vsdqfxt%])/g, (_, flag: string, width: string, verb: string) => {
    if (verb === '%') return '%';
    const value = args[at];
    at += 1;
    const text = verb === 'q' ? JSON.stringify(printed(value)) : verb === 'x' ? Number(value).toString(16) : printed(value);
    return flag === '-' ? text.padEnd(Number(width || 0)) : text.padStart(Number(width || 0), flag === '0' ? '0' : ' ');
  });
}

const printed = (value: unknown): string => (value === undefined || value === null ? '<no value>' : typeof value === 'object' ? goValue(value) : String(value));

class Frame {
  steps = 0;
  out = '';
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  run(nodes: Node[], dot: unknown, variables: Record<string, unknown>): void {
    const scope = variables;
    for (const node of nodes) {
      this.count();
      if (node.kind === 'text') this.write(node.text);
      else if (node.kind === 'print') {
        const value = this.pipeline(node.pipeline, dot, scope);
        if (node.pipeline.declares.length > 0) this.assign(node.pipeline, value, scope);
        else this.write(printed(value));
      } else this.control(node, dot, scope);
    }
  }

  private control(node: Extract<Node, { kind: 'if' | 'with' | 'range' }>, dot: unknown, variables: Record<string, unknown>): void {
    const value = this.pipeline(node.pipeline, dot, variables);
    const inner = Object.assign(Object.create(null), variables) as Record<string, unknown>;
    if (node.kind === 'range') {
      const entries: [unknown, unknown][] = Array.isArray(value)
        ? value.map((v, i) => [i, v])
        : typeof value === 'object' && value !== null
          ? sortedKeys(value).map((k) => [k, (value as Record<string, unknown>)[k]])
          : [];
      if (entries.length === 0) {
        this.run(node.otherwise, dot, inner);
        return;
      }
      const [a, b] = node.pipeline.declares;
      for (const [k, v] of entries) {
        if (b !== undefined) inner[a as string] = k;
        if (a !== undefined) inner[b ?? a] = v;
        this.run(node.body, v, inner);
      }
      return;
    }
    if (node.pipeline.declares[0] !== undefined) inner[node.pipeline.declares[0]] = value;
    if (truth(value)) this.run(node.body, node.kind === 'with' ? value : dot, inner);
    else this.run(node.otherwise, dot, inner);
  }

  private assign(pipeline: Pipeline, value: unknown, variables: Record<string, unknown>): void {
    variables[pipeline.declares[0] as string] = value;
  }

  private pipeline(pipeline: Pipeline, dot: unknown, variables: Record<string, unknown>): unknown {
    let value: unknown;
    for (const [i, command] of pipeline.commands.entries()) value = this.command(command, dot, variables, i > 0 ? [value] : []);
    return value;
  }

  private command(command: Command, dot: unknown, variables: Record<string, unknown>, last: unknown[]): unknown {
    this.count();
    const [first, ...rest] = command as [Term, ...Term[]];
    if (first.kind === 'call') return functions[first.name]?.([...rest.map((t) => this.term(t, dot, variables)), ...last]);
    return this.term(first, dot, variables);
  }

  private term(t: Term, dot: unknown, variables: Record<string, unknown>): unknown {
    if (t.kind === 'value') return t.value;
    if (t.kind === 'call') return functions[t.name]?.([]);
    let value = t.inner ? this.pipeline(t.inner, dot, variables) : t.variable !== undefined ? variables[t.variable] : dot;
    for (const name of t.names) {
      if (value === null || value === undefined) return undefined;
      if (typeof value !== 'object' || Array.isArray(value))
        throw plainError(
          `error executing template ${JSON.stringify(this.text)}: template: output:1: can't evaluate field ${name} in type ${Array.isArray(value) ? '[]interface {}' : typeof value}`,
        );
      value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    }
    return value;
  }

  private count(): void {
    this.steps += 1;
    if (this.steps > maxSteps) throw plainError(`error executing template: more than ${maxSteps} steps`);
  }
  private write(text: string): void {
    this.out += text;
    if (this.out.length > maxOutput) throw plainError(`error executing template: output is longer than ${maxOutput} characters`);
  }
}

export function executeTemplate(template: Template, value: unknown): string {
  const frame = new Frame(template.text);
  const variables = Object.create(null) as Record<string, unknown>;
  variables.$ = value;
  frame.run(template.nodes, value, variables);
  return frame.out;
}

void goJson;
