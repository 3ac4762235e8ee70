/** Subshells: background jobs, parts of pipelines, `( … )` and `$( … )`. */
import type { Process } from '../kernel/state.ts';
import type { Sys } from '../kernel/sys.ts';
import type { Node } from './ast.ts';
import { Expander } from './expand.ts';
import { openTarget } from './redirect.ts';
import { type Frame, ShellError, type ShellState } from './state.ts';
import { surroundings } from './surroundings.ts';

/** Steps that a fork counts for. */
export const forkSteps = 50;
/** Longest output of a command substitution. */
const maxSubstitution = 1024 * 1024;

interface How {
  background?: boolean;
  stdin?: string;
  stdout?: string;
  both?: boolean;
}

/** A child shell that runs `body`. */
export function forkShell(sys: Sys, sh: ShellState, body: Node, how: How = {}): Process {
  sh.steps += forkSteps;
  const fds = sys.inherit();
  const put = (fd: number, id: string): void => {
    const old = fds[fd];
    if (old) sys.kernel.release(old);
    fds[fd] = id;
  };
  if (how.stdin) put(0, sys.kernel.share(how.stdin));
  else if (how.background) put(0, sys.kernel.open({ kind: 'null' }));
  if (how.stdout) {
    put(1, sys.kernel.share(how.stdout));
    if (how.both) put(2, sys.kernel.share(how.stdout));
  }
  const traps: Record<string, string> = {};
  for (const key in sh.traps) if (sh.traps[key] === '') traps[key] = '';
  const data: ShellState = {
    ...sh,
    frames: [{ k: body.k, n: body, i: 0, subs: [] }],
    vars: { ...sh.vars },
    funcs: { ...sh.funcs },
    opts: { ...sh.opts },
    args: [...sh.args],
    traps,
    pending: [],
    kids: {},
    subshell: true,
    execLast: true,
    steps: 0,
    slices: 0,
  };
  delete data.dying;
  const child = sys.fork(sys.argv, sys.process.program, { fds, data });
  if (!child)
    throw new ShellError(
      sh.dialect === 'bash' ? 'fork: retry: Resource temporarily unavailable' : "can't fork: Resource temporarily unavailable",
      sh.dialect === 'bash' ? 254 : 2,
    );
  sh.kids[`p${child.nspid}`] = null;
  if (Object.keys(sh.kids).length > 1000) forget(sh);
  return child;
}

/** Jobs that ended long ago and were never waited for. */
function forget(sh: ShellState): void {
  for (const key in sh.kids) if (sh.kids[key] !== null) delete sh.kids[key];
}

export function startSubstitution(sys: Sys, sh: ShellState, body: Node): void {
  // `$(< file)` reads without a child.
  if (body.k === 'cmd' && body.words.length === 0 && body.assigns.length === 0 && body.redirs.length === 1 && body.redirs[0]?.op === '<') {
    const path = new Expander(sh, surroundings(sys), []).text(body.redirs[0].target);
    const got = openTarget(sys, sh, '<', path);
    const fd = sys.hide(got);
    let text = '';
    for (let r = sys.read(fd); typeof r === 'object' && 'text' in r && text.length < maxSubstitution; r = sys.read(fd)) text += r.text;
    sys.install(fd, null);
    sh.frames.at(-1)?.subs.push(trimmed(text));
    return;
  }
  const [r, w] = sys.kernel.pipe();
  const child = forkShell(sys, sh, body, { stdout: w });
  sys.kernel.release(w);
  sh.frames.push({ k: 'subst', i: 0, subs: [], pids: [child.nspid], text: '', fd: sys.hide(r) });
}

export function stepSubstitution(sys: Sys, sh: ShellState, f: Frame): 'wait' | undefined {
  const fd = f.fd as number;
  for (;;) {
    const got = sys.read(fd);
    if (got === 'wait') return 'wait';
    if (got === 'eof' || 'error' in got) break;
    if ((f.text as string).length < maxSubstitution) f.text += got.text;
  }
  const key = `p${f.pids?.[0]}`;
  if (sh.kids[key] === null) return 'wait';
  sh.status = sh.kids[key] ?? 0;
  delete sh.kids[key];
  if (sh.dying) delete sh.dying[key];
  sys.install(fd, null);
  sh.frames.pop();
  const below = sh.frames.at(-1);
  below?.subs.push(trimmed(f.text as string));
  if (below) below.status = sh.status;
  return undefined;
}

const trimmed = (text: string): string => {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\n') end -= 1;
  return text.slice(0, end).replaceAll('\0', '');
};
