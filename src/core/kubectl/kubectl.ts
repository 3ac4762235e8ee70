/** kubectl: words in, text out. Most commands end at once; what takes virtual time keeps its phase here. Models kubectl v1.36.2. */
import type { KubectlDone, KubectlOutput, KubectlRun, KubectlSoFar, KubectlSoFarAnswer, KubectlStop } from '../contracts/kubectl.ts';
import type { ExecReply, ForwardedData } from '../contracts/kubelet.ts';
import type { Received } from '../contracts/socket.ts';
import { type ApiResult, apiserver, type WatchEvent, type WatchRequest, type WatchStop } from '../contracts/watch.ts';
import type { Body, Ctx, Room } from '../engine/types.ts';
import { type DryRunApply, dryRunApply } from './apply/dry-run-apply.ts';
import { runCommand } from './commands.ts';
import { CommandError } from './errors.ts';
import { phases } from './phases.ts';
import { type PhaseTimer, Run, type RunState, type WatchWish } from './run.ts';

interface KubectlState {
  /** Commands that wait. */
  open: Record<string, RunState>;
}

export const maxOpenCommands = 200;
const maxWords = 10_000;
const maxWordsLength = 2_000_000;

export const kubectlRoom: Room<KubectlState> = {
  initial: () => ({ open: {} }),

  handle(state, message, ctx): void {
    const body = message.body;
    switch (body.type) {
      case 'KubectlRun':
        begin(state, body as KubectlRun, message.from, ctx);
        return;
      case 'WatchEvent':
        watched(state, body as WatchEvent, ctx);
        return;
      case 'ExecReply':
        replied(state, body as ExecReply, ctx);
        return;
      case 'Accepted':
      case 'Received':
        streamed(state, (body as Received).tag, body, ctx);
        return;
      case 'ForwardedData':
        streamed(state, (body as ForwardedData).id, body, ctx);
        return;
      case 'KubectlStop':
        stop(state, body as KubectlStop, message.from, ctx);
        return;
      case 'PhaseTimer':
        timer(state, body as PhaseTimer, ctx);
        return;
    }
  },

  serve(state, request: Body, ctx): { applied: ApiResult } | KubectlSoFarAnswer | { error: string } {
    if (request.type === 'KubectlSoFar') {
      const { owner, id } = request as KubectlSoFar;
      const run = state.open[keyOf(owner, id)];
      return { out: run?.out ?? '', err: run?.err ?? '' };
    }
    if (request.type !== 'DryRunApply') return { error: `unknown request ${request.type}` };
    return { applied: dryRunApply(request as DryRunApply, ctx) };
  },
};

const keyOf = (owner: string, id: string): string => `run ${owner} ${id}`;

function begin(state: KubectlState, request: KubectlRun, owner: string, ctx: Ctx): void {
  const words = Array.isArray(request.argv) ? request.argv.map(String) : [];
  const run: RunState = {
    id: request.id,
    owner,
    key: keyOf(owner, request.id),
    argv: words,
    namespace: request.namespace,
    files: request.files ?? {},
    out: '',
    err: '',
    rc: 0,
    watches: [],
    generation: 0,
    ...(request.stdin !== undefined ? { stdin: request.stdin } : {}),
  };
  if (words.length > maxWords || words.reduce((sum, word) => sum + word.length, 0) > maxWordsLength) {
    run.err = `error: argument list too long (at most ${maxWords} words and ${maxWordsLength} characters)\n`;
    run.rc = 126;
    end(state, run, ctx);
    return;
  }
  if (Object.keys(state.open).length >= maxOpenCommands) {
    run.err = `error: ${maxOpenCommands} kubectl commands are waiting already\n`;
    run.rc = 1;
    end(state, run, ctx);
    return;
  }
  const session = new Run(run, ctx);
  guarded(session, () => runCommand(session));
  proceed(state, session, ctx);
}

/** Runs a piece of a command; its error ends the command. */
function guarded(run: Run, act: () => void): void {
  try {
    act();
  } catch (error) {
    // A structure nested beyond what a call stack holds is the input's fault.
    if (error instanceof RangeError) {
      run.fail(new CommandError('error: the input is nested too deeply'));
    } else if (!(error instanceof CommandError)) throw error;
    else run.fail(error);
    delete run.state.phase;
  }
}

/** After a piece of a command: it ended, or a phase began, or it goes on waiting. */
function proceed(state: KubectlState, run: Run, ctx: Ctx): void {
  const before = run.state.generation;
  // A phase may be over as soon as it begins, and name the next.
  for (let i = 0; run.state.phase && !(run.state.phase.begun === true); i += 1) {
    const phase = run.state.phase;
    phase.begun = true;
    run.state.generation += 1;
    stopWatches(run.state, ctx);
    const begun = phases[phase.kind];
    if (!begun || i > 100) {
      delete run.state.phase;
      break;
    }
    guarded(run, () => begun.begin?.(run, phase));
    if (run.state.phase === phase) {
      for (const [n, wish] of ((phase.watches as WatchWish[] | undefined) ?? []).entries()) openWatch(run.state, wish, n, ctx);
      for (const [name, delayMs] of Object.entries((phase.timers as Record<string, number> | undefined) ?? {})) run.timer(name, delayMs);
    }
  }
  if (run.state.phase) {
    // What phases need they carry themselves.
    run.state.files = {};
    delete run.state.stdin;
    tellOutput(run.state, ctx);
    state.open[run.state.key] = run.state;
    return;
  }
  if (run.state.generation !== before || run.state.watches.length > 0) stopWatches(run.state, ctx);
  end(state, run.state, ctx);
}

/** Whoever runs it in a shell sees at once what it prints. */
function tellOutput(run: RunState, ctx: Ctx): void {
  if (!run.owner.endsWith('/workloads') || (run.out === '' && run.err === '')) return;
  const told: KubectlOutput = { type: 'KubectlOutput', id: run.id, out: run.out, err: run.err };
  ctx.send(run.owner, told);
  run.out = '';
  run.err = '';
}

function openWatch(run: RunState, wish: WatchWish, n: number, ctx: Ctx): void {
  const request: WatchRequest = { type: 'Watch', watch: `${run.generation}.${n} ${run.key}`, ...wish };
  run.watches.push(request.watch);
  ctx.send(apiserver, request);
}

function stopWatches(run: RunState, ctx: Ctx): void {
  for (const watch of run.watches) ctx.send(apiserver, { type: 'WatchStop', watch } as WatchStop);
  run.watches = [];
}

function end(state: KubectlState, run: RunState, ctx: Ctx): void {
  delete state.open[run.key];
  const done: KubectlDone = { type: 'KubectlDone', id: run.id, rc: run.rc, out: run.out, err: run.err };
  ctx.send(run.owner, done);
}

function watched(state: KubectlState, event: WatchEvent, ctx: Ctx): void {
  const run = state.open[event.watch.slice(event.watch.indexOf(' ') + 1)];
  if (!run?.watches.includes(event.watch) || !run.phase) return;
  const phase = run.phase;
  const session = new Run(run, ctx);
  guarded(session, () => phases[phase.kind]?.event?.(session, phase, event));
  proceed(state, session, ctx);
}

function replied(state: KubectlState, reply: ExecReply, ctx: Ctx): void {
  const run = state.open[reply.id];
  if (!run?.phase) return;
  const phase = run.phase;
  const session = new Run(run, ctx);
  guarded(session, () => phases[phase.kind]?.reply?.(session, phase, reply));
  proceed(state, session, ctx);
}

/** `name`: what the phase named it, a space, and the key of the command. */
function streamed(state: KubectlState, name: string, body: Body, ctx: Ctx): void {
  const run = state.open[name.slice(name.indexOf(' ') + 1)];
  if (!run?.phase) return;
  const phase = run.phase;
  const session = new Run(run, ctx);
  guarded(session, () => phases[phase.kind]?.message?.(session, phase, body));
  proceed(state, session, ctx);
}

function timer(state: KubectlState, body: PhaseTimer, ctx: Ctx): void {
  const run = state.open[body.run];
  if (!run?.phase || run.generation !== body.generation) return;
  const phase = run.phase;
  const session = new Run(run, ctx);
  guarded(session, () => phases[phase.kind]?.timer?.(session, phase, body.name));
  proceed(state, session, ctx);
}

function stop(state: KubectlState, body: KubectlStop, owner: string, ctx: Ctx): void {
  const run = state.open[keyOf(owner, body.id)];
  if (!run) return;
  stopWatches(run, ctx);
  const { phase } = run;
  if (phase) phases[phase.kind]?.stopped?.(new Run(run, ctx), phase);
  run.rc = 130;
  end(state, run, ctx);
}
