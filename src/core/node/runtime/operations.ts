/** Calls that take time: a row of steps, each of which ends in an effect; the last one answers the caller. */
import type { ContainerdStepNote, CriAnswers, CriError, CriReply, CriRequest } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import { logCall } from './journal.ts';
import { timer } from './kernel.ts';
import { nextKey, type Operation, type RuntimeState, type Step, type StepName } from './state.ts';

/** Runs the effect of a step. `'wait'`: the step goes on when somebody calls `resume`. An error ends the call with it. */
export type Effect = (state: RuntimeState, op: Operation, step: Step, ctx: Ctx) => undefined | 'wait' | CriError;

export function reply(
  ctx: Ctx,
  to: string,
  id: string,
  rpc: CriRequest['rpc'],
  answer: { response: CriAnswers[CriRequest['rpc']] } | { error: CriError },
  delayMs = 0,
): void {
  if (to === '') return;
  const body: CriReply = { type: 'CriReply', id, rpc, ...answer };
  ctx.send(to, body, delayMs);
}

/** 64 hexadecimal digits, as the IDs of sandboxes, containers and execs are. */
export function newID(ctx: Ctx): string {
  let id = '';
  for (let i = 0; i < 8; i += 1)
    id += Math.floor(ctx.random() * 4_294_967_296)
      .toString(16)
      .padStart(8, '0');
  return id;
}

export const unknownError = (message: string): CriError => ({ code: 'Unknown', message });

export function begin(
  state: RuntimeState,
  ctx: Ctx,
  call: Pick<Operation, 'rpc' | 'replyTo' | 'id' | 'target'> & Partial<Operation>,
  steps: Step[],
): Operation {
  const op: Operation = { ...call, key: nextKey(state, 'op-'), steps, next: 0, waiting: false };
  state.operations[op.key] = op;
  logCall(state, op, 'begin', '', ctx);
  arm(state, op, ctx);
  return op;
}

/** The time of a step, ±15 %. */
export const about = (ctx: Ctx, ms: number): number => Math.round(ms * (0.85 + 0.3 * ctx.random()));

export function arm(state: RuntimeState, op: Operation, ctx: Ctx): void {
  const step = op.steps[op.next];
  if (step) timer(ctx, { type: 'RuntimeStep', key: op.key }, Math.round(step.ms * crowding(state, step, ctx.nowMs)));
}

/** Further calls under way slow each other down: shims and runc are processes that want the node's CPUs. */
const slowerPerCall = 0.45;
const maxCrowding = 5;

function crowding(state: RuntimeState, step: Step, nowMs: number): number {
  if (step.ms < 2 || unhurried.has(step.name)) return 1;
  const { rush } = state.args;
  let factor = 1 - slowerPerCall + (rush && nowMs >= 0 && nowMs < rush.untilMs ? rush.calls * slowerPerCall : 0);
  for (const key in state.operations) {
    const op = state.operations[key] as Operation;
    if (!op.waiting && op.rpc !== 'PullImage') factor += slowerPerCall;
    if (factor >= maxCrowding) return maxCrowding;
  }
  return Math.max(1, factor);
}

/** Steps that wait for others, or for the disk alone. */
const unhurried: ReadonlySet<StepName> = new Set(['resolve', 'download', 'unpack', 'reply', 'signal', 'await exits']);

/** The time of the current step is over. */
export function runStep(state: RuntimeState, key: string, ctx: Ctx, effect: Effect): void {
  const op = state.operations[key];
  const step = op?.steps[op.next];
  if (!op || !step || op.waiting) return;
  const result = effect(state, op, step, ctx);
  if (result === 'wait') {
    op.waiting = true;
    return;
  }
  if (result) {
    op.error = result;
    logCall(state, op, 'failed', result.message, ctx);
    delete state.operations[key];
    reply(ctx, op.replyTo, op.id, op.rpc, { error: result });
    return;
  }
  advance(state, op, ctx);
}

/** What a waiting step waited for has happened. */
export function resume(state: RuntimeState, op: Operation, ctx: Ctx): void {
  if (!op.waiting) return;
  op.waiting = false;
  advance(state, op, ctx);
}

function advance(state: RuntimeState, op: Operation, ctx: Ctx): void {
  op.next += 1;
  if (op.next < op.steps.length) arm(state, op, ctx);
  else {
    logCall(state, op, 'done', '', ctx);
    delete state.operations[op.key];
  }
}

export function stepNote(ctx: Ctx, step: Step, subject: string, podUID: string, more?: Pick<ContainerdStepNote, 'detail' | 'state'>): void {
  const note: ContainerdStepNote = { type: 'ContainerdStep', component: step.component, step: step.name, subject, podUID, tookMs: step.ms, ...more };
  ctx.note(note);
}
