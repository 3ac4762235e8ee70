/** One sync of one family's proxier: what changed, the rules, the kernel, conntrack, health checks. Models syncProxyRules of the proxiers, v1.36.2. */
import type { Body, Ctx, FieldRef } from '../../engine/types.ts';
import { cleanStaleConntrack } from './conntrack.ts';
import { syncServiceHealth } from './health/health.ts';
import { applyIptables } from './iptables/apply.ts';
import { applyIpvs } from './ipvs/apply.ts';
import { applyNftables } from './nftables/apply.ts';
import { syncEnded } from './runner.ts';
import type { KubeProxyState, ProxierState } from './state.ts';
import { applyChanges } from './tracking/tracker.ts';

const hourMs = 3_600_000;

/** Told at the end of a sync: what was written, in which mode, how long it took. */
export interface ProxySyncNote extends Body {
  readonly type: 'ProxySync';
  readonly mode: string;
  readonly family: string;
  readonly full: boolean;
  /** Service ports and endpoints known. */
  readonly services: number;
  readonly endpoints: number;
  /** Lines handed to the kernel. */
  readonly lines: number;
  readonly ms: number;
  readonly error?: string;
}

/** A line of kube-proxy's log: what it ignores, and why. */
export interface LogNote extends Body {
  readonly type: 'Log';
  readonly text: string;
}

/** What a mode's part of a sync did. */
export interface SyncResult {
  lines: number;
  /** Rules in place afterwards. */
  rules: number;
  tookMs: number;
  error?: string;
}

/** Simplified: the kernel has the rules at the begin of the sync; the time it takes only spaces syncs. */
export function syncProxyRules(state: KubeProxyState, p: ProxierState, ctx: Ctx): void {
  const t = p.tracker;
  const log = (line: string): void => ctx.note({ type: 'Log', text: line } as LogNote);
  const applied = applyChanges(t, log);
  const hourly = !(p.iptables?.largeCluster ?? false) && ctx.nowMs - p.lastFullMs > hourMs;
  const periodic = state.mode === 'ipvs' && ctx.nowMs - p.lastFullMs >= p.config.syncPeriodMs;
  const full = p.needFullSync || hourly || periodic;
  const result = p.iptables
    ? applyIptables(state, p, applied, full, ctx)
    : p.nftables
      ? applyNftables(state, p, applied, full, ctx)
      : applyIpvs(state, p, applied, full, ctx);
  const endpoints = t.totalEndpoints;
  const why: FieldRef | undefined = ctx.message.why;
  const note: ProxySyncNote = {
    type: 'ProxySync',
    mode: state.mode,
    family: p.config.family,
    full,
    services: t.order.length,
    endpoints,
    lines: result.lines,
    ms: result.tookMs,
    ...(result.error === undefined ? {} : { error: result.error }),
  };
  ctx.note(note, why);
  p.runner.pendingSinceMs = result.error === undefined ? null : p.runner.pendingSinceMs;
  if (result.error !== undefined) {
    p.needFullSync = true;
    syncEnded(p, result.tookMs, p.config.syncPeriodMs, ctx);
    return;
  }
  p.needFullSync = false;
  if (full) p.lastFullMs = ctx.nowMs;
  if (applied.udp) cleanStaleConntrack(p, applied, ctx);
  syncServiceHealth(state, applied, ctx);
  state.lastSyncMs = ctx.nowMs;
  state.fullSync = full;
  count(state, p, result.rules);
  syncEnded(p, result.tookMs, state.mode === 'ipvs' ? p.config.syncPeriodMs : hourMs, ctx);
}

function count(state: KubeProxyState, p: ProxierState, rules: number): void {
  state.services = 0;
  state.endpoints = 0;
  for (const each of Object.values(state.families)) {
    state.services += each.tracker.order.length;
    state.endpoints += each.tracker.totalEndpoints;
  }
  if (p.config.family === 'IPv4') state.rules = rules;
}
