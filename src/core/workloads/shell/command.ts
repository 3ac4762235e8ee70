/** One plain command: expansion, redirection, then a function, a builtin or a program. */
import type { Sys } from '../kernel/sys.ts';
import type { Assign, Node } from './ast.ts';
import { type BuiltinResult, builtins } from './builtins.ts';
import { Expander } from './expand.ts';
import { forkSteps } from './fork.ts';
import { checkErrexit, environment, push, setVariable, unwind } from './frames.ts';
import { keep, putBack, redirect, type Saved } from './redirect.ts';
import { type Frame, ShellError, type ShellState, type Variable } from './state.ts';
import { surroundings } from './surroundings.ts';
import { complain, notFound } from './words.ts';

type Command = Extract<Node, { k: 'cmd' }>;

export function stepCommand(sys: Sys, sh: ShellState, f: Frame, n: Command): 'wait' | 'gone' | undefined {
  // A pipe that is full stops its writer.
  if (sys.blocked(1)) return 'wait';
  const x = new Expander(sh, surroundings(sys), f.subs);
  const fields = x.fields(n.words);
  const assigns = n.assigns.map((a) => evaluateAssign(sh, x, a));
  const saved = redirect(sys, sh, n.redirs, x);
  x.commit();
  if (sh.opts.x) trace(sys, assigns, fields);
  sh.frames.pop();
  const name = fields[0];
  if (name === undefined) {
    putBack(sys, saved);
    for (const a of assigns) assign(sh, a);
    sh.status = f.subs.length > 0 ? (f.status ?? 0) : 0;
    checkErrexit(sys, sh);
    return undefined;
  }
  const body = Object.hasOwn(sh.funcs, `$${name}`) ? sh.funcs[`$${name}`] : undefined;
  if (body) {
    sh.frames.push({ k: 'call', i: 0, subs: [], saved, args: sh.args, vars: temporarily(sh, assigns) });
    sh.args = fields.slice(1);
    push(sh, body);
    return undefined;
  }
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (builtin && (sh.dialect !== 'dash' || name !== 'let')) return runBuiltin(sys, sh, name, builtin, fields, assigns, saved);
  return external(sys, sh, n, fields, assigns, saved);
}

function runBuiltin(
  sys: Sys,
  sh: ShellState,
  name: string,
  builtin: (typeof builtins)[string],
  fields: string[],
  assigns: Assigned[],
  saved: Saved[],
): 'wait' | 'gone' | undefined {
  const special =
    name === ':' ||
    name === 'export' ||
    name === 'readonly' ||
    name === 'exec' ||
    name === 'set' ||
    name === 'eval' ||
    name === '.' ||
    name === 'shift' ||
    name === 'unset';
  const vars = special ? {} : temporarily(sh, assigns);
  if (special) for (const a of assigns) assign(sh, a);
  if (name === 'exec' && fields.length === 1) {
    keep(sys, saved);
    sh.status = 0;
    return undefined;
  }
  const restore: Frame = { k: 'restore', i: 0, subs: [], saved, vars };
  sh.frames.push(restore);
  const depth = sh.frames.length;
  let result: BuiltinResult;
  try {
    result = builtin(sys, sh, fields);
  } catch (error) {
    if (error instanceof ShellError && !special && sh.frames.at(-1) === restore) {
      complain(sys, sh, error.message);
      sh.status = error.code;
      return undefined;
    }
    throw error;
  }
  if (result === 'gone') return 'gone';
  if (typeof result === 'number') sh.status = result & 0xff;
  // Nothing to put back and nothing pushed: the frame is not needed.
  if (sh.frames.length === depth && sh.frames.at(-1) === restore && saved.length === 0) {
    sh.frames.pop();
    unwind(sys, sh, restore);
    checkErrexit(sys, sh);
  }
  return undefined;
}

function external(sys: Sys, sh: ShellState, n: Command, fields: string[], assigns: Assigned[], saved: Saved[]): 'wait' | 'gone' | undefined {
  const name = fields[0] as string;
  const env = environment(sh);
  for (const a of assigns) if (a.value !== undefined) env[a.name] = a.value;
  const found = sys.lookup(fields, env);
  if ('error' in found && found.kind !== 'format') {
    const words = notFound(sh, name, found.kind);
    complain(sys, sh, words.text, n.line);
    putBack(sys, saved);
    sh.status = words.code;
    checkErrexit(sys, sh);
    return undefined;
  }
  // A file that is text without `#!` is run by a shell.
  const argv = 'error' in found ? [sh.name, ...fields] : found.argv;
  const program = 'error' in found ? sys.process.program : found.program;
  if (sh.execLast && sh.frames.length === 0 && sh.traps.$EXIT === undefined && sh.pending.length === 0) {
    keep(sys, saved);
    sys.exec(argv, program, env);
    return 'gone';
  }
  sh.steps += forkSteps;
  const child = sys.fork(argv, program, { env });
  putBack(sys, saved);
  if (!child)
    throw new ShellError(
      sh.dialect === 'bash' ? 'fork: retry: Resource temporarily unavailable' : "can't fork: Resource temporarily unavailable",
      sh.dialect === 'bash' ? 254 : 2,
    );
  sh.kids[`p${child.nspid}`] = null;
  sh.frames.push({ k: 'child', i: 0, subs: [], pids: [child.nspid] });
  return undefined;
}

/** `{ …; } > file`, `while …; done < file`. */
export function stepRedirected(sys: Sys, sh: ShellState, f: Frame, n: Extract<Node, { k: 'redir' }>): undefined {
  const x = new Expander(sh, surroundings(sys), f.subs);
  const saved = redirect(sys, sh, n.redirs, x);
  x.commit();
  sh.frames.pop();
  // A subshell keeps them to its end, and may then replace itself.
  sh.frames.push({ k: 'restore', i: 0, subs: [], saved });
  push(sh, n.body);
  return undefined;
}

interface Assigned {
  name: string;
  value?: string;
  array?: string[];
  index?: number;
  append: boolean;
}

function evaluateAssign(sh: ShellState, x: Expander, a: Assign): Assigned {
  if (a.array) {
    if (sh.dialect !== 'bash') throw new ShellError('syntax error: unexpected "("', 2);
    return { name: a.name, array: x.fields(a.array), append: a.append };
  }
  const value = a.value ? x.text(a.value) : '';
  if (!a.index) return { name: a.name, value, append: a.append };
  const index = Number(x.text(a.index));
  return { name: a.name, value, index: Number.isInteger(index) ? index : 0, append: a.append };
}

function assign(sh: ShellState, a: Assigned): void {
  const key = `$${a.name}`;
  const old = Object.hasOwn(sh.vars, key) ? sh.vars[key] : undefined;
  if (a.array) {
    const list = a.append ? [...(old?.a ?? (old ? [old.v] : [])), ...a.array] : a.array;
    setVariable(sh, a.name, list[0] ?? '');
    (sh.vars[key] as Variable).a = list;
  } else if (a.index !== undefined) {
    if (a.index < 0 || a.index > 10_000) throw new ShellError(`${a.name}[${a.index}]: bad array subscript`, 1);
    const list = [...(old?.a ?? (old ? [old.v] : []))];
    while (list.length < a.index) list.push(null);
    list[a.index] = (a.append ? (list[a.index] ?? '') : '') + (a.value ?? '');
    setVariable(sh, a.name, list[0] ?? '');
    (sh.vars[key] as Variable).a = list;
  } else setVariable(sh, a.name, (a.append ? (old?.v ?? '') : '') + (a.value ?? ''));
}

/** Sets `x=1` of `x=1 command`, exported; answers what was there. */
function temporarily(sh: ShellState, assigns: Assigned[]): Record<string, Variable | null> {
  const vars: Record<string, Variable | null> = {};
  for (const a of assigns) {
    const key = `$${a.name}`;
    if (!(key in vars)) vars[key] = Object.hasOwn(sh.vars, key) ? (sh.vars[key] as Variable) : null;
    assign(sh, a);
    (sh.vars[key] as Variable).exported = true;
  }
  return vars;
}

function trace(sys: Sys, assigns: Assigned[], fields: string[]): void {
  const quote = (s: string): string => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", "'\\''")}'`);
  const all = [...assigns.map((a) => `${a.name}=${quote(a.value ?? '')}`), ...fields.map(quote)];
  if (all.length > 0) sys.err(`+ ${all.join(' ')}\n`);
}
