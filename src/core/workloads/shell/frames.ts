/** The stack of the machine, and the variables: what its parts share. */
import type { Sys } from '../kernel/sys.ts';
import type { Node } from './ast.ts';
import { putBack } from './redirect.ts';
import { type Frame, ShellError, type ShellState, type Variable } from './state.ts';

export function push(sh: ShellState, n: Node): undefined {
  sh.frames.push({ k: n.k, n, i: 0, subs: [] });
}

/** `exit`: everything open is put back, then the EXIT trap may run. */
export function leave(sys: Sys, sh: ShellState, code: number): void {
  while (sh.frames.length > 0) unwind(sys, sh, sh.frames.pop() as Frame);
  sh.status = code & 0xff;
}

export function unwind(sys: Sys, sh: ShellState, f: Frame): void {
  if (f.saved) putBack(sys, f.saved);
  if (f.args) sh.args = f.args;
  if (f.vars) for (const key in f.vars) restoreVariable(sh, key, f.vars[key] ?? null);
  if (f.k === 'subst' && f.fd !== undefined) sys.install(f.fd, null);
}

export function restoreVariable(sh: ShellState, key: string, value: ShellState['vars'][string] | null): void {
  if (value === null) delete sh.vars[key];
  else sh.vars[key] = value;
}

/** `set -e`: a failure outside a condition ends the shell. */
export function checkErrexit(sys: Sys, sh: ShellState): undefined {
  if (sh.status === 0 || !sh.opts.e) return undefined;
  for (const f of sh.frames) if (f.cond) return undefined;
  leave(sys, sh, sh.status);
  return undefined;
}

export function setVariable(sh: ShellState, name: string, value: string): void {
  const key = `$${name}`;
  const old = Object.hasOwn(sh.vars, key) ? sh.vars[key] : undefined;
  if (old?.readonly) throw new ShellError(sh.dialect === 'bash' ? `${name}: readonly variable` : `${name}: is read only`, sh.dialect === 'bash' ? 1 : 2);
  sh.vars[key] = { v: value, ...(old?.exported ? { exported: true as const } : {}) };
}

/** The exported variables. */
export function environment(sh: ShellState): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key in sh.vars) if (sh.vars[key]?.exported) env[key.slice(1)] = (sh.vars[key] as Variable).v;
  return env;
}
