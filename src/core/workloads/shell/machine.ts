/**
 * The shell: a machine that takes one small step at a time over the tree, its place kept in `frames`. It stops where a child, a pipe or a
 * clock must be waited for, and goes on when an event comes. Every frame that waits looks again at what it waits for, so an event too many does no harm.
 */
import type { Outcome, ProcessEvent, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import type { Node } from './ast.ts';
import { stepRead, stepWait } from './builtins-wait.ts';
import { stepCommand, stepRedirected } from './command.ts';
import { Expander } from './expand.ts';
import { forkShell, startSubstitution, stepSubstitution } from './fork.ts';
import { checkErrexit, leave, push, setVariable, unwind } from './frames.ts';
import { parseScript } from './parse.ts';
import { matchesPattern } from './pattern.ts';
import { startShell } from './start.ts';
import { type Frame, NeedsSubstitution, ShellError, type ShellState } from './state.ts';
import { surroundings } from './surroundings.ts';
import { extendedTest } from './test.ts';
import { complain, syntaxError } from './words.ts';

/** Steps of one process at one instant; then it has used up some time. */
const stepsPerSlice = 10_000;
/** Once it has computed for about a second without a pause, it goes on this much slower, so that a busy loop stays cheap to simulate. */
const stepsWhenBusy = 500;
const busyAfterSlices = 7;
const firstSliceMs = 10;
const longestSliceMs = 1000;
/** Frames: nesting of functions, mostly. */
const maxFrames = 2000;

export const shell: Program = {
  rssBytes: 900 * 1024,
  start(sys) {
    if (sys.process.data === null) {
      const code = startShell(sys);
      if (code !== undefined) return code;
    }
    return run(sys, sys.process.data as ShellState);
  },
  resume(sys, event) {
    const sh = sys.process.data as ShellState;
    note(sh, event);
    return run(sys, sh);
  },
  signal(sys, signal) {
    const sh = sys.process.data as ShellState | null;
    const trap = sh && Object.hasOwn(sh.traps, `$${signal}`) ? sh.traps[`$${signal}`] : undefined;
    if (!sh || trap === undefined) return false;
    if (trap !== '' && !sh.pending.includes(signal)) sh.pending.push(signal);
    sys.kernel.deliver(sys.process.pid, { type: 'signal', signal });
    return true;
  },
};

function note(sh: ShellState, event: ProcessEvent): void {
  if (event.type === 'timer' && sh.frames.at(-1)?.k === 'pause') sh.frames.pop();
  if (event.type !== 'child') return;
  const key = `p${event.pid}`;
  if (!Object.hasOwn(sh.kids, key)) return;
  sh.kids[key] = event.code;
  if (event.signal) {
    sh.dying ??= {};
    sh.dying[key] = event.signal;
  }
}

function run(sys: Sys, sh: ShellState): Outcome {
  const now = sys.nowMs;
  if (sh.stepsMs !== now) {
    if (now - sh.stepsMs > longestSliceMs || sh.steps < stepsWhenBusy) sh.slices = 0;
    sh.steps = 0;
    sh.stepsMs = now;
  }
  if (sys.process.cpu) sys.kernel.cpu(sys.process, 0);
  for (;;) {
    const top = sh.frames.at(-1);
    if (!top) {
      const code = finish(sh);
      if (code !== undefined) return code;
      continue;
    }
    if (top.k === 'pause') return undefined;
    if (sh.pending.length > 0 && !waiting(top)) {
      runTrap(sys, sh);
      continue;
    }
    sh.steps += 1;
    if (sh.steps > (sh.slices >= busyAfterSlices ? stepsWhenBusy : stepsPerSlice)) {
      sh.slices += 1;
      const cost = Math.min(longestSliceMs, firstSliceMs * 2 ** Math.min(10, sh.slices - 1));
      sh.frames.push({ k: 'pause', i: 0, subs: [] });
      sys.timer(cost);
      sys.kernel.cpu(sys.process, 1000);
      return undefined;
    }
    if (sh.frames.length > maxFrames) {
      complain(sys, sh, 'out of stack space');
      return 2;
    }
    let done: 'wait' | 'gone' | undefined;
    try {
      done = step(sys, sh, top);
    } catch (error) {
      if (error instanceof NeedsSubstitution) {
        startSubstitution(sys, sh, error.body);
        continue;
      }
      if (!(error instanceof ShellError)) throw error;
      if (error.message) complain(sys, sh, error.message);
      sh.status = error.code;
      if (error.soft || sh.interactive) {
        while (sh.frames.length > 0 && sh.frames.at(-1) !== top) unwind(sys, sh, sh.frames.pop() as Frame);
        if (sh.frames.at(-1) === top) unwind(sys, sh, sh.frames.pop() as Frame);
        checkErrexit(sys, sh);
      } else leave(sys, sh, error.code);
      continue;
    }
    if (done === 'gone' || !sys.alive) return undefined;
    if (done === 'wait') {
      if (top.k !== 'child' && top.k !== 'subst') sh.slices = 0;
      return undefined;
    }
  }
}

const waiting = (f: Frame): boolean => f.k === 'child' || f.k === 'subst' || f.k === 'wait' || f.k === 'read' || f.k === 'stdin';

/** The body has run: the EXIT trap, then the end. */
function finish(sh: ShellState): number | undefined {
  const trap = sh.traps.$EXIT;
  if (trap === undefined) return sh.status;
  delete sh.traps.$EXIT;
  const parsed = parseScript(trap);
  if ('error' in parsed) return sh.status;
  sh.frames.push({ k: 'trap', i: 0, subs: [], status: sh.status });
  push(sh, parsed.node);
  return undefined;
}

function runTrap(sys: Sys, sh: ShellState): void {
  const signal = sh.pending.shift() as string;
  const text = sh.traps[`$${signal}`];
  if (!text) return;
  const parsed = parseScript(text);
  if ('error' in parsed) {
    complain(sys, sh, syntaxError(sh, parsed.error));
    return;
  }
  sh.frames.push({ k: 'trap', i: 0, subs: [], status: sh.status });
  push(sh, parsed.node);
}

function step(sys: Sys, sh: ShellState, f: Frame): 'wait' | 'gone' | undefined {
  const n = f.n as Node;
  const pop = (): undefined => {
    sh.frames.pop();
  };
  switch (f.k) {
    case 'seq': {
      const item = (n as Extract<Node, { k: 'seq' }>).items[f.i];
      if (!item) {
        if (f.i === 0) sh.status = 0;
        return pop();
      }
      f.i += 1;
      if (!item.bg) return push(sh, item.n);
      const child = forkShell(sys, sh, item.n, { background: true });
      sh.lastBackground = child.nspid;
      sh.status = 0;
      return undefined;
    }
    case 'andor': {
      const { items, ops } = n as Extract<Node, { k: 'andor' }>;
      while (f.i > 0 && f.i < items.length && (ops[f.i - 1] === '&&') !== (sh.status === 0)) f.i += 1;
      const item = items[f.i];
      if (!item) return pop();
      f.i += 1;
      if (f.i < items.length) f.cond = true;
      else delete f.cond;
      return push(sh, item);
    }
    case 'pipe':
      return stepPipe(sys, sh, f, n as Extract<Node, { k: 'pipe' }>);
    case 'cmd':
      return stepCommand(sys, sh, f, n as Extract<Node, { k: 'cmd' }>);
    case 'redir':
      return stepRedirected(sys, sh, f, n as Extract<Node, { k: 'redir' }>);
    case 'if': {
      const { arms, else: otherwise } = n as Extract<Node, { k: 'if' }>;
      // Even positions: run a test; odd: look at it.
      if (f.i % 2 === 0) {
        const arm = arms[f.i / 2];
        delete f.cond;
        if (!arm) {
          pop();
          if (otherwise) push(sh, otherwise);
          else sh.status = 0;
          return undefined;
        }
        f.cond = true;
        f.i += 1;
        return push(sh, arm.test);
      }
      if (sh.status !== 0) {
        f.i += 1;
        return undefined;
      }
      pop();
      return push(sh, (arms[(f.i - 1) / 2] as { body: Node }).body);
    }
    case 'while': {
      const { test, body, until } = n as Extract<Node, { k: 'while' }>;
      if (f.i === 0) {
        f.i = 1;
        f.cond = true;
        return push(sh, test);
      }
      if (f.i === 2) {
        f.status = sh.status;
        f.i = 0;
        return undefined;
      }
      delete f.cond;
      if ((sh.status === 0) === until) {
        sh.status = f.status ?? 0;
        return pop();
      }
      f.i = 2;
      return push(sh, body);
    }
    case 'for': {
      const { name, words, body } = n as Extract<Node, { k: 'for' }>;
      if (!f.words) {
        const x = new Expander(sh, surroundings(sys), f.subs);
        f.words = words ? x.fields(words) : [...sh.args];
        x.commit();
        sh.status = 0;
      }
      const value = f.words[f.i];
      if (value === undefined) return pop();
      f.i += 1;
      setVariable(sh, name, value);
      return push(sh, body);
    }
    case 'cfor': {
      const { init, test, update, body } = n as Extract<Node, { k: 'cfor' }>;
      const x = new Expander(sh, surroundings(sys), f.subs);
      const expression = f.i === 0 ? init : update;
      if (expression) x.arithmetic(expression);
      const go = test ? x.arithmetic(test) !== 0 : true;
      x.commit();
      f.subs = [];
      f.i = 1;
      if (go) return push(sh, body);
      return pop();
    }
    case 'case': {
      const { word, items } = n as Extract<Node, { k: 'case' }>;
      const x = new Expander(sh, surroundings(sys), f.subs);
      const text = x.text(word);
      const at = items.findIndex((item) => item.patterns.some((p) => matchesPattern(x.pattern(p), text)));
      x.commit();
      pop();
      sh.status = 0;
      if (at < 0) return undefined;
      const bodies: Node[] = [];
      for (let i = at; i < items.length; i += 1) {
        const item = items[i] as (typeof items)[number];
        bodies.push(item.body);
        if (item.end !== ';&') break;
      }
      for (const body of bodies.reverse()) push(sh, body);
      return undefined;
    }
    case 'sub': {
      pop();
      const child = forkShell(sys, sh, (n as Extract<Node, { k: 'sub' }>).body);
      sh.frames.push({ k: 'child', i: 0, subs: [], pids: [child.nspid] });
      return undefined;
    }
    case 'func': {
      const { name, body } = n as Extract<Node, { k: 'func' }>;
      if (Object.keys(sh.funcs).length < 500) sh.funcs[`$${name}`] = body;
      sh.status = 0;
      return pop();
    }
    case 'test': {
      const x = new Expander(sh, surroundings(sys), f.subs);
      sh.status = extendedTest(sys, (n as Extract<Node, { k: 'test' }>).x, x) ? 0 : 1;
      x.commit();
      pop();
      return checkErrexit(sys, sh);
    }
    case 'arith': {
      const x = new Expander(sh, surroundings(sys), f.subs);
      sh.status = x.arithmetic((n as Extract<Node, { k: 'arith' }>).x) !== 0 ? 0 : 1;
      x.commit();
      pop();
      return checkErrexit(sys, sh);
    }
    case 'subst':
      return stepSubstitution(sys, sh, f);
    case 'child':
      return stepChild(sys, sh, f);
    case 'wait':
      return stepWait(sys, sh, f);
    case 'read':
      return stepRead(sys, sh, f);
    case 'trap':
      sh.status = f.status ?? 0;
      return pop();
    case 'call':
    case 'source':
    case 'restore':
      pop();
      unwind(sys, sh, f);
      return checkErrexit(sys, sh);
    case 'stdin': {
      const got = sys.read(0);
      if (got === 'wait') return 'wait';
      if (typeof got === 'object' && 'text' in got) {
        f.text = (f.text ?? '') + got.text;
        return undefined;
      }
      pop();
      const parsed = parseScript(f.text ?? '');
      if ('error' in parsed) throw new ShellError(syntaxError(sh, parsed.error), 2);
      return push(sh, parsed.node);
    }
    default:
      throw new ShellError(`${(n as { what?: string }).what ?? f.k}: not simulated`, 2);
  }
}

function stepPipe(sys: Sys, sh: ShellState, f: Frame, n: Extract<Node, { k: 'pipe' }>): undefined {
  if (f.i === 1) {
    sh.frames.pop();
    if (n.bang) sh.status = sh.status === 0 ? 1 : 0;
    else if (n.items.length > 1) checkErrexit(sys, sh);
    return undefined;
  }
  f.i = 1;
  if (n.bang) f.cond = true;
  const only = n.items[0];
  if (n.items.length === 1 && only) return push(sh, only);
  const pids: number[] = [];
  let input: string | undefined;
  for (const [i, item] of n.items.entries()) {
    const last = i === n.items.length - 1;
    const [r, w] = last ? [undefined, undefined] : sys.kernel.pipe();
    const child = forkShell(sys, sh, item, { ...(input ? { stdin: input } : {}), ...(w ? { stdout: w } : {}), both: n.both[i] === true });
    if (input) sys.kernel.release(input);
    if (w) sys.kernel.release(w);
    input = r;
    pids.push(child.nspid);
  }
  sh.frames.push({ k: 'child', i: 0, subs: [], pids });
  return undefined;
}

function stepChild(sys: Sys, sh: ShellState, f: Frame): 'wait' | undefined {
  const pids = f.pids ?? [];
  for (const pid of pids) if (sh.kids[`p${pid}`] === null) return 'wait';
  let status = 0;
  for (const pid of pids) {
    const key = `p${pid}`;
    const code = sh.kids[key] ?? 0;
    if (!sh.opts.pipefail || code !== 0) status = code;
    if (pid === pids.at(-1)) {
      if (!sh.opts.pipefail) status = code;
      const signal = sh.dying?.[key];
      const word = signal && sh.dialect !== 'bash' ? { KILL: 'Killed', TERM: 'Terminated', SEGV: 'Segmentation fault', HUP: 'Hangup' }[signal] : undefined;
      if (word) sys.err(`${word}\n`);
    }
    delete sh.kids[key];
    if (sh.dying) delete sh.dying[key];
  }
  sh.status = status;
  sh.frames.pop();
  if (pids.length === 1) checkErrexit(sys, sh);
  return undefined;
}
