/** Redirections: opened before a command runs, put back after it. */
import { errorText } from '../kernel/files.ts';
import type { Sys } from '../kernel/sys.ts';
import type { Redir } from './ast.ts';
import type { Expander } from './expand.ts';
import { ShellError, type ShellState } from './state.ts';
import { cannotOpen } from './words.ts';

/** A descriptor and where what it was is kept meanwhile; null: it was closed. */
export type Saved = [fd: number, hidden: number | null];

/** Opens what `op` names; an error is worded as the dialect does and ends the command alone. */
export function openTarget(sys: Sys, sh: ShellState, op: string, path: string): string {
  const reading = op === '<';
  const got = sys.open(path, reading ? 'r' : op === '>>' || op === '&>>' ? 'a' : op === '<>' ? 'rw' : 'w');
  if ('id' in got) return got.id;
  throw new ShellError(cannotOpen(sh, path, reading, got.error, errorText(got.error)), sh.dialect === 'dash' ? 2 : 1, true);
}

/** Applies `redirs`; answers what must be put back. On an error what was applied is put back first. */
export function redirect(sys: Sys, sh: ShellState, redirs: readonly Redir[], x: Expander): Saved[] {
  const saved: Saved[] = [];
  // Targets first: a substitution that is not known yet must find nothing done.
  const targets = redirs.map((r) => x.text(r.target));
  const put = (fd: number, id: string | null): void => {
    if (fd > 40) throw new ShellError(`${fd}: Bad file descriptor`, 1, true);
    const old = sys.process.fds[fd] ?? null;
    saved.push([fd, old ? sys.hide(sys.kernel.share(old)) : null]);
    sys.install(fd, id);
  };
  try {
    for (const [i, r] of redirs.entries()) {
      const target = targets[i] as string;
      if (r.op === 'here') put(r.fd, sys.kernel.open({ kind: 'text', text: target, offset: 0 }));
      else if (r.op === '&>' || r.op === '&>>' || (r.op === '>&' && !/^([0-9]+|-)$/.test(target))) {
        const id = openTarget(sys, sh, r.op === '&>>' ? '>>' : '>', target);
        put(1, id);
        put(2, sys.kernel.share(id));
      } else if (r.op === '>&' || r.op === '<&') {
        if (target === '-') put(r.fd, null);
        else {
          const from = sys.process.fds[Number(target)];
          if (!from)
            throw new ShellError(
              sh.dialect === 'ash' ? `dup2(${target},${r.fd}): Bad file descriptor` : `${target}: Bad file descriptor`,
              sh.dialect === 'dash' ? 2 : 1,
              true,
            );
          put(r.fd, sys.kernel.share(from));
        }
      } else put(r.fd, openTarget(sys, sh, r.op, target));
    }
  } catch (error) {
    putBack(sys, saved);
    throw error;
  }
  return saved;
}

export function putBack(sys: Sys, saved: Saved[]): void {
  for (const [fd, hidden] of saved.reverse()) {
    const id = hidden === null ? null : (sys.process.fds[hidden] ?? null);
    if (hidden !== null) sys.process.fds[hidden] = null;
    sys.install(fd, id);
  }
}

/** `exec > file`: what was saved is let go. */
export function keep(sys: Sys, saved: Saved[]): void {
  for (const [, hidden] of saved) if (hidden !== null) sys.install(hidden, null);
}
