/** Reading a reasonable part of Go's text/template: fields, pipelines, if, range, with, variables, common functions. Models text/template (go 1.25) as kubectl offers it. */
import { plainError } from '../errors.ts';
import { functions } from './go-template-functions.ts';

export type Term = { kind: 'value'; value: unknown } | { kind: 'field'; names: string[]; variable?: string; inner?: Pipeline } | { kind: 'call'; name: string };
export type Command = Term[];
export interface Pipeline {
  declares: string[];
  assigns: boolean;
  commands: Command[];
}
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] };

export const maxTemplateLength = 50_000;
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
