/** Shell text → `Node`, through the parser of the package unbash. Bounded in size and depth; what the machine does not run is named. */
import * as U from 'unbash';
import { share } from '../../engine/share.ts';
import type { Arith, Assign, Node, Part, Redir, Test, Word } from './ast.ts';

/** Longest script that is read, in UTF-16 units. */
export const maxScriptLength = 128 * 1024;
const maxDepth = 120;

export type Parsed = { node: Node } | { error: string; line: number };

class Unrunnable extends Error {}

/** Parses `text`. An error carries what is unexpected and the line, for the dialect's own words. */
export function parseScript(text: string): Parsed {
  if (text.length > maxScriptLength) return { error: `script longer than ${maxScriptLength} characters`, line: 1 };
  let script: U.ParsedScript;
  try {
    script = U.parse(text) as U.ParsedScript;
  } catch {
    return { error: 'syntax error', line: 1 };
  }
  const first = script.errors?.[0];
  if (first) return { error: first.message, line: lineAt(text, first.pos) };
  try {
    return { node: share(statements(script.commands, { text, depth: 0 })) };
  } catch (error) {
    if (error instanceof Unrunnable) return { error: error.message, line: 1 };
    throw error;
  }
}

interface At {
  text: string;
  depth: number;
}

function lineAt(text: string, pos: number): number {
  let line = 1;
  for (let i = 0; i < pos && i < text.length; i += 1) if (text.charCodeAt(i) === 10) line += 1;
  return line;
}

const deeper = (at: At): At => {
  if (at.depth >= maxDepth) throw new Unrunnable(`nested deeper than ${maxDepth}`);
  return { text: at.text, depth: at.depth + 1 };
};

function statements(list: readonly U.Statement[], at: At): Node {
  const inner = deeper(at);
  const items = list.map((s) => ({ n: node(s.command, inner), bg: s.background === true }));
  return items.length === 1 && items[0] && !items[0].bg ? items[0].n : { k: 'seq', items };
}

function scriptOf(script: U.ParsedScript | undefined, at: At): Node {
  if (!script) return { k: 'seq', items: [] };
  return statements(script.commands, script.source === undefined ? at : { text: script.source, depth: at.depth });
}

function node(n: U.PipelineNode | U.AndOr | U.CompoundList, outer: At): Node {
  const at = deeper(outer);
  switch (n.type) {
    case 'CompoundList':
      return statements(n.commands, at);
    case 'AndOr':
      return { k: 'andor', items: n.commands.map((c) => node(c, at)), ops: [...n.operators] };
    case 'Pipeline': {
      const bang = n.prefixes.filter((p) => p.type === 'Negation').length % 2 === 1;
      const items = n.commands.map((c) => node(c, at));
      return { k: 'pipe', items, bang, both: n.operators.map((o) => o === '|&') };
    }
    case 'Command': {
      const assigns: Assign[] = [];
      const words: Word[] = [];
      const redirs: Redir[] = [];
      for (const p of n.prefix) {
        if (p.type === 'Assignment') assigns.push(assign(p, at));
        else redirs.push(redir(p, at));
      }
      if (n.name) words.push(word(n.name, at));
      for (const s of n.suffix) {
        if (s.type === 'Word') words.push(word(s, at));
        else if (s.type === 'Assignment') words.push(assignmentWord(s, at));
        else redirs.push(redir(s, at));
      }
      return { k: 'cmd', assigns, words, redirs, line: lineAt(at.text, n.pos) };
    }
    case 'Redirected':
      return { k: 'redir', body: node(n.command, at), redirs: n.redirects.map((r) => redir(r, at)) };
    case 'If': {
      const arms = [{ test: node(n.clause, at), body: node(n.then, at) }, ...n.elif.map((e) => ({ test: node(e.clause, at), body: node(e.then, at) }))];
      return n.else ? { k: 'if', arms, else: node(n.else, at) } : { k: 'if', arms };
    }
    case 'For':
      return { k: 'for', name: n.name.value, ...(n.wordlist ? { words: n.wordlist.map((w) => word(w, at)) } : {}), body: node(n.body, at) };
    case 'ArithmeticFor':
      return {
        k: 'cfor',
        ...(n.initialize ? { init: arith(n.initialize, at) } : {}),
        ...(n.test ? { test: arith(n.test, at) } : {}),
        ...(n.update ? { update: arith(n.update, at) } : {}),
        body: node(n.body, at),
      };
    case 'While':
      return { k: 'while', until: n.kind === 'until', test: node(n.clause, at), body: node(n.body, at) };
    case 'Case':
      return {
        k: 'case',
        word: word(n.word, at),
        items: n.items.map((i) => ({ patterns: i.pattern.map((p) => word(p, at)), body: node(i.body, at), end: i.terminator ?? ';;' })),
      };
    case 'Subshell':
      return { k: 'sub', body: node(n.body, at) };
    case 'BraceGroup':
      return node(n.body, at);
    case 'Function':
      return { k: 'func', name: n.name.value, body: node(n.body, at) };
    case 'TestCommand':
      return { k: 'test', x: test(n.expression, at) };
    case 'ArithmeticCommand':
      return n.expression ? { k: 'arith', x: arith(n.expression, at) } : { k: 'arith', x: { a: 'num', v: 0 } };
    default:
      return { k: 'unsupported', what: n.type === 'Select' ? 'select' : 'coproc' };
  }
}

function assign(a: U.Assignment, at: At): Assign {
  const base = { name: a.name, append: a.append === true, ...(a.index ? { index: word(a.index, at) } : {}) };
  if (a.value.type === 'ArrayValue') return { ...base, array: a.value.elements.map((w) => word(w, at)) };
  return { ...base, value: word(a.value, at) };
}

/** `export x=$y`, `local a=b`: the word keeps its form, and the value does not split. */
function assignmentWord(a: U.Assignment, at: At): Word {
  if (a.value.type === 'ArrayValue') return [{ t: 'lit', s: a.text, q: true }];
  const value = word(a.value, at).map((p) => (p.t === 'lit' || p.t === 'param' || p.t === 'cmd' || p.t === 'arith' ? { ...p, q: true } : p));
  return [{ t: 'lit', s: `${a.name}${a.append ? '+' : ''}=`, q: true }, ...value];
}

function redir(r: U.Redirection, at: At): Redir {
  const fd = r.descriptor?.type === 'FileDescriptor' ? r.descriptor.value : -1;
  if (r.type === 'HereDoc') {
    const body = r.body;
    const strip = (s: string): string => (r.operator === '<<-' ? s.replace(/^\t+/gm, '') : s);
    const target: Word =
      r.delimiter?.quoted || !body.parts
        ? [{ t: 'lit', s: strip(body.text), q: true }]
        : quoted(parts(body.parts, deeper(at), true).map((p) => (p.t === 'lit' ? { ...p, s: strip(p.s) } : p)));
    return { fd: Math.max(fd, 0), op: 'here', target };
  }
  const target = r.target ? word(r.target, at) : [];
  if (r.type === 'HereString') return { fd: Math.max(fd, 0), op: 'here', target: [...quoted(target), { t: 'lit', s: '\n', q: true }] };
  const op = r.operator === '>|' ? '>' : r.operator;
  return { fd: fd < 0 ? (op.startsWith('<') ? 0 : 1) : fd, op, target };
}

const quoted = (w: Word): Word => w.map((p) => (p.t === 'tilde' || p.t === 'brace' ? p : { ...p, q: true }));

export function word(w: U.Word, outer: At): Word {
  const at = deeper(outer);
  if (w.parts) return parts(w.parts, at, false);
  return literal(w.text, true);
}

function parts(list: readonly U.WordPart[], at: At, inQuotes: boolean): Word {
  const out: Word = [];
  for (const [i, p] of list.entries()) {
    switch (p.type) {
      case 'Literal':
        if (inQuotes) out.push({ t: 'lit', s: p.value, q: true });
        else out.push(...literal(p.text, i === 0));
        break;
      case 'Glob':
      case 'ExtendedGlob':
        out.push({ t: 'lit', s: p.text, q: inQuotes });
        break;
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        out.push({ t: 'lit', s: p.value, q: true });
        break;
      case 'DoubleQuoted':
      case 'LocaleString':
        if (p.parts.length === 0) out.push({ t: 'lit', s: '', q: true });
        out.push(...parts(p.parts, at, true));
        break;
      case 'SimpleExpansion':
        out.push({ t: 'param', name: p.text.slice(1), q: inQuotes });
        break;
      case 'ParameterExpansion':
        out.push(parameter(p, at, inQuotes));
        break;
      case 'CommandExpansion':
        out.push({ t: 'cmd', body: scriptOf(p.script, at), q: inQuotes });
        break;
      case 'ArithmeticExpansion':
        out.push({ t: 'arith', x: p.expression ? arith(p.expression, at) : { a: 'num', v: 0 }, q: inQuotes });
        break;
      case 'BraceExpansion':
        out.push({ t: 'brace', s: p.text });
        break;
      default:
        throw new Unrunnable('process substitution is not simulated');
    }
  }
  return out;
}

function parameter(p: U.ParameterExpansionPart, at: At, q: boolean): Part {
  const base = {
    t: 'param' as const,
    name: p.parameter,
    q,
    ...(p.prefix === '#' ? { length: true as const } : {}),
    ...(p.prefix === '!' ? { indirect: true as const } : {}),
    ...(p.index ? { index: word(p.index, at) } : {}),
  };
  const o = p.operation;
  if (!o) return base;
  switch (o.type) {
    case 'Default':
    case 'Remove':
      return { ...base, op: o.operator, arg: q && o.type === 'Default' ? quoted(word(o.operand, at)) : word(o.operand, at) };
    case 'Replace':
      return { ...base, op: o.operator, arg: word(o.pattern, at), arg2: word(o.replacement, at) };
    case 'Slice':
      return { ...base, op: ':', arg: word(o.offset, at), ...(o.length ? { arg2: word(o.length, at) } : {}) };
    case 'CaseModification':
      return { ...base, op: o.operator };
    default:
      return { ...base, op: 'bad' };
  }
}

/** Unquoted text with backslash escapes: escaped characters are quoted. */
function literal(text: string, first: boolean): Word {
  const out: Word = [];
  let rest = text;
  if (first && rest.startsWith('~')) {
    const m = /^~([A-Za-z0-9_-]*)(?=\/|$)/.exec(rest);
    if (m) {
      out.push({ t: 'tilde', user: m[1] ?? '' });
      rest = rest.slice(m[0].length);
    }
  }
  if (!rest.includes('\\')) {
    if (rest !== '' || out.length === 0) out.push({ t: 'lit', s: rest, q: false });
    return out;
  }
  let plain = '';
  for (let i = 0; i < rest.length; i += 1) {
    if (rest[i] !== '\\') {
      plain += rest[i];
      continue;
    }
    i += 1;
    const c = rest[i];
    if (c === '\n') continue;
    if (plain) out.push({ t: 'lit', s: plain, q: false });
    plain = '';
    out.push({ t: 'lit', s: c ?? '\\', q: true });
  }
  if (plain) out.push({ t: 'lit', s: plain, q: false });
  return out;
}

function arith(x: U.ArithmeticExpression, outer: At): Arith {
  const at = deeper(outer);
  switch (x.type) {
    case 'ArithmeticBinary':
      return { a: 'bin', op: x.operator, l: arith(x.left, at), r: arith(x.right, at) };
    case 'ArithmeticUnary':
      return { a: 'un', op: x.operator, x: arith(x.operand, at), prefix: x.prefix };
    case 'ArithmeticTernary':
      return { a: 'if', test: arith(x.test, at), yes: arith(x.consequent, at), no: arith(x.alternate, at) };
    case 'ArithmeticGroup':
      return arith(x.expression, at);
    case 'ArithmeticCommandExpansion':
      return { a: 'word', w: [{ t: 'cmd', body: scriptOf(x.script, at), q: true }] };
    default:
      if (x.parts) return { a: 'word', w: quoted(parts(x.parts, at, false)) };
      return arithWord(x.value, at);
  }
}

function arithWord(value: string, at: At): Arith {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return { a: 'var', name: value };
  if (/^[0-9]+$/.test(value) && (value === '0' || !value.startsWith('0'))) return { a: 'num', v: Number(value) };
  const indexed = /^([A-Za-z_][A-Za-z0-9_]*)\[([^\]]*)\]$/.exec(value);
  if (indexed) {
    const index = parseArith(indexed[2] ?? '');
    if (index && at.depth < maxDepth) return { a: 'var', name: indexed[1] ?? '', index };
  }
  if (/[$`]/.test(value)) {
    const command = (U.parse(`: "${value.replaceAll('"', '')}"`).commands[0]?.command ?? null) as U.Command | null;
    const first = command?.type === 'Command' ? command.suffix[0] : undefined;
    if (first?.type === 'Word' && first.text !== value) return { a: 'word', w: word(first, at) };
  }
  return { a: 'word', w: [{ t: 'lit', s: value, q: true }] };
}

/** The expression inside `$((…))`; undefined when it is not one. */
export function parseArith(text: string): Arith | undefined {
  if (text.length > 2000) return undefined;
  if (text.trim() === '') return { a: 'num', v: 0 };
  let script: U.ParsedScript;
  try {
    script = U.parse(`: $((${text}))`) as U.ParsedScript;
    const command = script.commands[0]?.command as U.Command | undefined;
    const first = command?.type === 'Command' ? command.suffix[0] : undefined;
    const part = first?.type === 'Word' ? first.parts?.[0] : undefined;
    if (script.errors?.length || part?.type !== 'ArithmeticExpansion' || !part.expression) return undefined;
    return arith(part.expression, { text, depth: 0 });
  } catch {
    return undefined;
  }
}

function test(x: U.TestExpression, outer: At): Test {
  const at = deeper(outer);
  switch (x.type) {
    case 'TestUnary':
      return { e: 'un', op: x.operator, w: word(x.operand, at) };
    case 'TestBinary':
      return { e: 'bin', op: x.operator, l: word(x.left, at), r: word(x.right, at) };
    case 'TestLogical':
      return { e: x.operator === '&&' ? 'and' : 'or', items: x.operands.map((o) => test(o, at)) };
    case 'TestNot':
      return x.negations.length % 2 === 1 ? { e: 'not', x: test(x.operand, at) } : test(x.operand, at);
    default:
      return test(x.expression, at);
  }
}
