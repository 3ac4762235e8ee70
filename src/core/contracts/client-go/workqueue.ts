/**
 * A controller's queue of keys. Models client-go util/workqueue: a key is handled by one worker at a time, comes back once when it was added meanwhile,
 * and waits 5 ms, 10 ms … 1000 s after each failure. Keys are `storeKey`s (prefixed `@`), so that they never look like integers.
 */
import type { Body, Ctx } from '../../engine/types.ts';

export interface WorkQueue {
  waiting: Record<string, true>;
  processing: Record<string, true>;
  /** Added while being processed. */
  dirty: Record<string, true>;
  /** Failures in a row. */
  failures: Record<string, number>;
  /** When a delayed key is due, ms. */
  due: Record<string, number>;
}
export const workQueue = (): WorkQueue => ({ waiting: {}, processing: {}, dirty: {}, failures: {}, due: {} });

/** A timer of the queue, to the room itself. */
export interface WorkQueueDue extends Body {
  readonly type: 'WorkQueueDue';
  readonly key: string;
}

const baseDelayMs = 5;
const maxDelayMs = 1_000_000;

export function add(queue: WorkQueue, key: string): void {
  if (queue.processing[key]) queue.dirty[key] = true;
  else queue.waiting[key] = true;
}

/** Adds after `delayMs`; an earlier time already set stands. */
export function addAfter(queue: WorkQueue, ctx: Ctx, key: string, delayMs: number): void {
  if (delayMs <= 0) {
    add(queue, key);
    return;
  }
  const atMs = ctx.nowMs + Math.ceil(delayMs);
  const known = queue.due[key];
  if (known !== undefined && known <= atMs) return;
  queue.due[key] = atMs;
  const due: WorkQueueDue = { type: 'WorkQueueDue', key };
  ctx.send(ctx.self, due, atMs - ctx.nowMs);
}

/** Adds after the back-off of this key's failures. `baseMs`, `maxMs`: for queues with limits of their own. */
export function addRateLimited(queue: WorkQueue, ctx: Ctx, key: string, baseMs = baseDelayMs, maxMs = maxDelayMs): void {
  const failures = queue.failures[key] ?? 0;
  queue.failures[key] = failures + 1;
  addAfter(queue, ctx, key, Math.min(maxMs, baseMs * 2 ** Math.min(failures, 40)));
}

export function forget(queue: WorkQueue, key: string): void {
  delete queue.failures[key];
}

/** A `WorkQueueDue` arrived. */
export function due(queue: WorkQueue, ctx: Ctx, key: string): void {
  const atMs = queue.due[key];
  if (atMs === undefined || atMs > ctx.nowMs) return;
  delete queue.due[key];
  add(queue, key);
}

/** Takes all waiting keys, in order; they are being processed until `done`. */
export function takeAll(queue: WorkQueue): string[] {
  const keys = Object.keys(queue.waiting);
  if (keys.length === 0) return keys;
  queue.waiting = {};
  for (const key of keys) queue.processing[key] = true;
  return keys;
}

export function done(queue: WorkQueue, key: string): void {
  delete queue.processing[key];
  if (!queue.dirty[key]) return;
  delete queue.dirty[key];
  queue.waiting[key] = true;
}
