/** Calls that take time: a row of steps, each of which ends in an effect; the last one answers the caller. */
import type { ContainerdStepNote, CriAnswers, CriError, CriReply, CriRequest } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import { timer } from './kernel.ts';
import { nextKey, type Operation, type RuntimeState, type Step } from './state.ts';

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

export const unknownError = (message: string): CriError => ({ code: 'Unknown', message });

export function begin(
  state: RuntimeState,
  ctx: Ctx,
  call: Pick<Operation, 'rpc' | 'replyTo' | 'id' | 'target'> & Partial<Operation>,
  steps: Step[],
): Operation {
  const op: Operation = { ...call, key: nextKey(state, 'op-'), steps, next: 0, waiting: false };
  state.operations[op.key] = op;
  arm(op, ctx);
  return op;
}

/** The time of a step, ±15 %. */
export const about = (ctx: Ctx, ms: number): number => Math.round(ms * (0.85 + 0.3 * ctx.random()));

export function arm(op: Operation, ctx: Ctx): void {
  const step = op.steps[op.next];
  if (step) timer(ctx, { type: 'RuntimeStep', key: op.key }, step.ms);
}

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
  if (op.next < op.steps.length) arm(op, ctx);
  else delete state.operations[op.key];
}

export function stepNote(ctx: Ctx, step: Step, subject: string, podUID: string, more?: Pick<ContainerdStepNote, 'detail' | 'state'>): void {
  const note: ContainerdStepNote = { type: 'ContainerdStep', component: step.component, step: step.name, subject, podUID, tookMs: step.ms, ...more };
  ctx.note(note);
}
