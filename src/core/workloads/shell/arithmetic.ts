/** Shell arithmetic: 64-bit in the real thing, here whole numbers up to 2^53. Simplified: larger results lose their last digits. */
import type { Arith, Word } from './ast.ts';
import { ShellError } from './state.ts';

export interface Variables {
  get(name: string, index?: number): string;
  set(name: string, index: number | undefined, value: number): void;
  text(w: Word): string;
  parse(text: string): Arith | undefined;
}

export function evaluate(x: Arith, vars: Variables, depth = 0): number {
  if (depth > 200) throw new ShellError('arithmetic: expression recursion level exceeded', 1);
  const go = (y: Arith): number => evaluate(y, vars, depth + 1);
  switch (x.a) {
    case 'num':
      return x.v;
    case 'var':
      return number(vars.get(x.name, x.index ? go(x.index) : undefined), vars, depth);
    case 'word':
      return number(vars.text(x.w), vars, depth);
    case 'if':
      return go(x.test) !== 0 ? go(x.yes) : go(x.no);
    case 'un':
      return unary(x, vars, depth);
    default:
      return binary(x, vars, depth);
  }
}

function number(text: string, vars: Variables, depth: number): number {
  const t = text.trim();
  if (t === '') return 0;
  if (/^[+-]?(0|[1-9][0-9]*)$/.test(t)) return bounded(Number(t));
  if (/^0[xX][0-9a-fA-F]+$/.test(t)) return bounded(Number.parseInt(t.slice(2), 16));
  if (/^0[0-7]+$/.test(t)) return bounded(Number.parseInt(t, 8));
  const based = /^([0-9]{1,2})#([0-9a-zA-Z]+)$/.exec(t);
  if (based) return bounded(Number.parseInt(based[2] ?? '', Number(based[1])) || 0);
  if (/^[0-9]/.test(t) && /^[0-9a-zA-Z_.]+$/.test(t)) throw new ShellError(`arithmetic syntax error`, 2);
  const inner = vars.parse(t);
  if (!inner || (inner.a === 'word' && inner.w[0]?.t === 'lit' && inner.w[0].s === t)) throw new ShellError('arithmetic syntax error', 2);
  return evaluate(inner, vars, depth + 1);
}

const bounded = (n: number): number => (Number.isFinite(n) ? Math.trunc(n) : 0);

function place(x: Arith, vars: Variables, depth: number): { name: string; index: number | undefined } {
  if (x.a !== 'var') throw new ShellError('arithmetic syntax error', 2);
  return { name: x.name, index: x.index ? evaluate(x.index, vars, depth + 1) : undefined };
}

function unary(x: Extract<Arith, { a: 'un' }>, vars: Variables, depth: number): number {
  if (x.op === '++' || x.op === '--') {
    const at = place(x.x, vars, depth);
    const old = evaluate(x.x, vars, depth + 1);
    const now = x.op === '++' ? old + 1 : old - 1;
    vars.set(at.name, at.index, now);
    return x.prefix ? now : old;
  }
  const v = evaluate(x.x, vars, depth + 1);
  switch (x.op) {
    case '-':
      return v === 0 ? 0 : -v;
    case '!':
      return v === 0 ? 1 : 0;
    case '~':
      return -v - 1;
    default:
      return v;
  }
}

function binary(x: Extract<Arith, { a: 'bin' }>, vars: Variables, depth: number): number {
  const go = (y: Arith): number => evaluate(y, vars, depth + 1);
  if (x.op === '&&') return go(x.l) !== 0 && go(x.r) !== 0 ? 1 : 0;
  if (x.op === '||') return go(x.l) !== 0 || go(x.r) !== 0 ? 1 : 0;
  if (x.op === ',') {
    go(x.l);
    return go(x.r);
  }
  if (/^([-+*/%&|^]|<<|>>)?=$/.test(x.op)) {
    const at = place(x.l, vars, depth);
    const right = go(x.r);
    const value = x.op === '=' ? right : apply(x.op.slice(0, -1), go(x.l), right);
    vars.set(at.name, at.index, value);
    return value;
  }
  return apply(x.op, go(x.l), go(x.r));
}

function apply(op: string, l: number, r: number): number {
  switch (op) {
    case '+':
      return bounded(l + r);
    case '-':
      return bounded(l - r);
    case '*':
      return bounded(l * r);
    case '/':
    case '%':
      if (r === 0) throw new ShellError('divide by zero', 2);
      return op === '/' ? bounded(l / r) : l % r === 0 ? 0 : l % r;
    case '**': {
      let out = 1;
      for (let i = 0; i < r && i < 64; i += 1) out = bounded(out * l);
      return out;
    }
    case '<<':
      return bounded(l * 2 ** Math.min(62, Math.max(0, r)));
    case '>>':
      return Math.floor(l / 2 ** Math.min(62, Math.max(0, r)));
    case '&':
      return Number(BigInt.asIntN(64, BigInt(l) & BigInt(r)));
    case '|':
      return Number(BigInt.asIntN(64, BigInt(l) | BigInt(r)));
    case '^':
      return Number(BigInt.asIntN(64, BigInt(l) ^ BigInt(r)));
    case '<':
      return l < r ? 1 : 0;
    case '<=':
      return l <= r ? 1 : 0;
    case '>':
      return l > r ? 1 : 0;
    case '>=':
      return l >= r ? 1 : 0;
    case '==':
      return l === r ? 1 : 0;
    case '!=':
      return l !== r ? 1 : 0;
    default:
      throw new ShellError(`arithmetic: operator ${op} is not simulated`, 2);
  }
}
