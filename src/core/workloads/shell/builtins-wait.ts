/** The builtins that wait: `wait` and `read`. */

import { signalNumber } from '../kernel/signals.ts';
import type { Sys } from '../kernel/sys.ts';
import { checkErrexit, setVariable } from './frames.ts';
import type { Frame, ShellState } from './state.ts';

/** `pids` of the frame: those named; empty: all. `raw`: the next to end. */
export function stepWait(_sys: Sys, sh: ShellState, f: Frame): 'wait' | undefined {
  const trapped = sh.pending[0];
  const done = (status: number): undefined => {
    sh.status = status;
    sh.frames.pop();
    return undefined;
  };
  const pids = f.pids ?? [];
  if (f.raw) {
    for (const key in sh.kids) {
      const code = sh.kids[key];
      if (code === null || code === undefined) continue;
      delete sh.kids[key];
      return done(code);
    }
    if (Object.keys(sh.kids).length === 0) return done(127);
  } else if (pids.length === 0) {
    let running = false;
    for (const key in sh.kids) if (sh.kids[key] === null) running = true;
    if (!running) {
      sh.kids = {};
      return done(0);
    }
  } else {
    const last = `p${pids.at(-1)}`;
    if (pids.every((pid) => sh.kids[`p${pid}`] !== null)) return done(sh.kids[last] ?? 127);
  }
  if (trapped !== undefined) return done(128 + signalNumber(trapped));
  return 'wait';
}

/** `read`: one line into the names in `words`. */
export function stepRead(sys: Sys, sh: ShellState, f: Frame): 'wait' | undefined {
  const finish = (status: number): undefined => {
    sh.status = status;
    sh.frames.pop();
    checkErrexit(sys, sh);
    return undefined;
  };
  for (;;) {
    const got = sys.read(f.fd ?? 0, 'line');
    if (got === 'wait') return 'wait';
    const ended = got === 'eof' || 'error' in got;
    let line = (f.text ?? '') + (ended ? '' : got.text);
    const whole = line.endsWith('\n');
    if (whole) line = line.slice(0, -1);
    if (!f.raw && whole && /(^|[^\\])(\\\\)*\\$/.test(line)) {
      f.text = line.slice(0, -1);
      continue;
    }
    assignLine(sh, f.words ?? ['REPLY'], f.raw ? line : line.replace(/\\([\s\S])/g, '$1'));
    return finish(whole ? 0 : 1);
  }
}

function assignLine(sh: ShellState, names: string[], line: string): void {
  const ifs = (Object.hasOwn(sh.vars, '$IFS') ? sh.vars.$IFS?.v : undefined) ?? ' \t\n';
  const blank = (c: string | undefined): boolean => c !== undefined && (c === ' ' || c === '\t' || c === '\n') && ifs.includes(c);
  let at = 0;
  while (blank(line[at])) at += 1;
  for (const [i, name] of names.entries()) {
    if (i === names.length - 1) {
      let end = line.length;
      while (end > at && blank(line[end - 1])) end -= 1;
      setVariable(sh, name, line.slice(at, end));
      return;
    }
    let end = at;
    while (end < line.length && !ifs.includes(line[end] as string)) end += 1;
    setVariable(sh, name, line.slice(at, end));
    at = end;
    while (blank(line[at])) at += 1;
    if (at < line.length && ifs.includes(line[at] as string) && !blank(line[at])) {
      at += 1;
      while (blank(line[at])) at += 1;
    }
  }
}
