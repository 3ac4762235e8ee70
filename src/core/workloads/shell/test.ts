/** `test`, `[` and `[[`: true is 0. */
import { signalName } from '../kernel/signals.ts';
import type { Sys } from '../kernel/sys.ts';
import type { Test } from './ast.ts';
import type { Expander } from './expand.ts';
import { parseArith } from './parse.ts';
import { matchesPattern } from './pattern.ts';

class TestError extends Error {}

const unary = new Set([
  '-e',
  '-f',
  '-d',
  '-r',
  '-w',
  '-x',
  '-s',
  '-L',
  '-h',
  '-n',
  '-z',
  '-t',
  '-p',
  '-S',
  '-b',
  '-c',
  '-u',
  '-g',
  '-k',
  '-O',
  '-G',
  '-v',
  '-o',
]);
const binary = new Set(['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef', '=~']);

/** `test` with its arguments; 2 and a complaint when they make no sense. `name`: `[` or `test`. */
export function runTest(sys: Sys, args: string[], shellName: string, name: string): number {
  try {
    const p = { at: 0, args };
    if (args.length === 0) return 1;
    const value = args.length <= 4 ? short(sys, args) : or(sys, p, 0);
    if (args.length > 4 && p.at < args.length) throw new TestError(`${args[p.at]}: unknown operand`);
    return value ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    sys.err(`${shellName}: ${name === '[' && shellName !== 'sh' ? '[: ' : ''}${error.message}\n`);
    return 2;
  }
}

/** POSIX's rules for up to four arguments. */
function short(sys: Sys, a: string[]): boolean {
  const [x = '', y = '', z = ''] = a;
  switch (a.length) {
    case 0:
      return false;
    case 1:
      return x !== '';
    case 2:
      if (x === '!') return y === '';
      if (unary.has(x)) return one(sys, x, y);
      throw new TestError(`${x}: unknown operand`);
    case 3:
      if (binary.has(y)) return two(sys, x, y, z);
      if (y === '-a') return x !== '' && z !== '';
      if (y === '-o') return x !== '' || z !== '';
      if (x === '!') return !short(sys, a.slice(1));
      if (x === '(' && z === ')') return y !== '';
      throw new TestError(`${y}: unknown operand`);
    default:
      if (x === '!') return !short(sys, a.slice(1));
      if (x === '(' && a[3] === ')') return short(sys, a.slice(1, 3));
      return or(sys, { at: 0, args: a }, 0);
  }
}

interface Place {
  at: number;
  args: string[];
}

function or(sys: Sys, p: Place, depth: number): boolean {
  if (depth > 50) throw new TestError('too deep');
  let value = and(sys, p, depth);
  while (p.args[p.at] === '-o') {
    p.at += 1;
    const right = and(sys, p, depth);
    value = value || right;
  }
  return value;
}

function and(sys: Sys, p: Place, depth: number): boolean {
  let value = primary(sys, p, depth);
  while (p.args[p.at] === '-a') {
    p.at += 1;
    const right = primary(sys, p, depth);
    value = value && right;
  }
  return value;
}

function primary(sys: Sys, p: Place, depth: number): boolean {
  const [x, y, z] = [p.args[p.at], p.args[p.at + 1], p.args[p.at + 2]];
  if (x === undefined) throw new TestError('argument expected');
  if (x === '!') {
    p.at += 1;
    return !primary(sys, p, depth + 1);
  }
  if (y !== undefined && binary.has(y) && z !== undefined) {
    p.at += 3;
    return two(sys, x, y, z);
  }
  if (x === '(') {
    p.at += 1;
    const value = or(sys, p, depth + 1);
    if (p.args[p.at] !== ')') throw new TestError('closing paren expected');
    p.at += 1;
    return value;
  }
  if (unary.has(x) && y !== undefined) {
    p.at += 2;
    return one(sys, x, y);
  }
  p.at += 1;
  return x !== '';
}

function one(sys: Sys, op: string, text: string): boolean {
  if (op === '-n') return text !== '';
  if (op === '-z') return text === '';
  if (op === '-t') {
    const d = sys.description(Number(text));
    return sys.container.environment.tty && d?.kind === 'container';
  }
  if (op === '-o' || op === '-v') return false;
  const link = op === '-L' || op === '-h';
  const s = sys.files.stat(text, !link);
  if (text === '' || 'error' in s) return false;
  switch (op) {
    case '-f':
      return s.kind === 'file';
    case '-d':
      return s.kind === 'dir';
    case '-L':
    case '-h':
      return s.kind === 'symlink';
    case '-s':
      return s.size > 0;
    case '-r':
      return sys.files.may(s, 4);
    case '-w':
      return sys.files.may(s, 2);
    case '-x':
      return sys.files.may(s, 1);
    case '-S':
      return s.kind === 'socket';
    case '-c':
      return s.kind === 'device';
    case '-u':
      return (s.mode & 0o4000) !== 0;
    case '-g':
      return (s.mode & 0o2000) !== 0;
    case '-k':
      return (s.mode & 0o1000) !== 0;
    case '-O':
      return s.uid === sys.process.uid;
    case '-G':
      return s.gid === sys.process.gid;
    case '-e':
      return true;
    default:
      return false;
  }
}

function number(text: string): number {
  const t = text.trim();
  if (!/^[+-]?[0-9]+$/.test(t)) throw new TestError(`${text}: bad number`);
  return Number(t);
}

function two(sys: Sys, l: string, op: string, r: string): boolean {
  switch (op) {
    case '=':
    case '==':
      return l === r;
    case '!=':
      return l !== r;
    case '<':
      return l < r;
    case '>':
      return l > r;
    case '-eq':
      return number(l) === number(r);
    case '-ne':
      return number(l) !== number(r);
    case '-lt':
      return number(l) < number(r);
    case '-le':
      return number(l) <= number(r);
    case '-gt':
      return number(l) > number(r);
    case '-ge':
      return number(l) >= number(r);
    default: {
      const [a, b] = [sys.files.stat(l), sys.files.stat(r)];
      if (op === '-ef') return !('error' in a) && sys.files.real(l) === sys.files.real(r);
      const [x, y] = 'error' in a || 'error' in b ? ['error' in a ? -1 : 1, 'error' in b ? -1 : 1] : [a.mtimeMs, b.mtimeMs];
      return op === '-nt' ? x > y : x < y;
    }
  }
}

/** `[[ … ]]` of bash and ash. */
export function extendedTest(sys: Sys, t: Test, x: Expander): boolean {
  switch (t.e) {
    case 'and':
      return t.items.every((i) => extendedTest(sys, i, x));
    case 'or':
      return t.items.some((i) => extendedTest(sys, i, x));
    case 'not':
      return !extendedTest(sys, t.x, x);
    case 'un':
      if (t.op === '-v') return x.value(x.text(t.w)) !== undefined;
      return one(sys, t.op, x.text(t.w));
    default: {
      const l = x.text(t.l);
      if (t.op === '==' || t.op === '=' || t.op === '!=') return matchesPattern(x.pattern(t.r), l) === (t.op !== '!=');
      if (t.op === '=~') return regexMatches(x.text(t.r), l);
      const r = x.text(t.r);
      if (t.op.startsWith('-') && binary.has(t.op) && !['-nt', '-ot', '-ef'].includes(t.op)) {
        const n = (s: string): string => {
          const parsed = parseArith(s);
          return parsed ? String(x.arithmetic(parsed)) : s;
        };
        return two(sys, n(l), t.op, n(r));
      }
      return two(sys, l, t.op, r);
    }
  }
}

/** Simplified: only expressions that cannot take long (no groups that repeat) and up to 1000 characters of text. */
function regexMatches(source: string, text: string): boolean {
  if (source.length > 200 || text.length > 1000 || /[)\]}][*+{].*[*+{]/.test(source)) return false;
  try {
    return new RegExp(
      source.replaceAll('[[:digit:]]', '[0-9]').replaceAll('[[:space:]]', '\\s').replaceAll('[[:alpha:]]', '[A-Za-z]').replaceAll('[[:alnum:]]', '[A-Za-z0-9]'),
    ).test(text);
  } catch {
    return false;
  }
}

export const isSignal = (text: string): boolean => signalName(text) !== undefined;
