/** When syncs run. Models pkg/proxy/runner/bounded_frequency_runner.go, v1.36.2. */
import type { Family } from '../../contracts/netfilter.ts';
import type { Body, Ctx, FieldRef } from '../../engine/types.ts';
import { minSyncPeriodMs } from './proxier-config.ts';
import type { KubeProxyState, ProxierState } from './state.ts';

export interface SyncMessage extends Body {
  readonly type: 'Sync';
  readonly family: Family;
  readonly generation: number;
}

/** A change was seen: a sync as soon as the last one is long enough past. */
export function requestSync(state: KubeProxyState, p: ProxierState, ctx: Ctx, why?: FieldRef): void {
  p.runner.pendingSinceMs ??= ctx.nowMs;
  const soonest = p.runner.endedMs === null ? ctx.nowMs : Math.max(ctx.nowMs, p.runner.endedMs + minSyncPeriodMs(state.args, state.mode));
  plan(p, soonest, ctx, why);
}

/** After a sync that took `tookMs`: again after the long period, or after the retry period when it failed. */
export function syncEnded(p: ProxierState, tookMs: number, againMs: number, ctx: Ctx): void {
  p.runner.endedMs = ctx.nowMs + tookMs;
  p.runner.dueMs = null;
  plan(p, p.runner.endedMs + againMs, ctx);
}

/** True for the message of the sync that is planned. */
export const syncDue = (p: ProxierState, message: SyncMessage): boolean => message.generation === p.runner.generation;

function plan(p: ProxierState, atMs: number, ctx: Ctx, why?: FieldRef): void {
  if (p.runner.dueMs !== null && p.runner.dueMs <= atMs) return;
  p.runner.dueMs = atMs;
  p.runner.generation += 1;
  const message: SyncMessage = { type: 'Sync', family: p.config.family, generation: p.runner.generation };
  ctx.send(ctx.self, message, atMs - ctx.nowMs, why);
}
