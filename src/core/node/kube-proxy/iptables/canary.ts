/** An empty chain whose absence tells that somebody flushed the tables. Models pkg/util/iptables/iptables.go Monitor, v1.36.2. */
import type { Body, Ctx } from '../../../engine/types.ts';
import type { KubeProxyState } from '../state.ts';
import { syncProxyRules } from '../sync.ts';
import { kubeProxyCanary } from './chains.ts';
import { ensureChain, failed, iptables } from './command.ts';

interface CanaryMessage extends Body {
  readonly type: 'Canary';
  readonly generation: number;
}

const tables = ['mangle', 'nat', 'filter'];

export function startCanary(state: KubeProxyState, ctx: Ctx): void {
  for (const p of Object.values(state.families)) for (const table of tables) ensureChain(ctx, p.config.family, table, kubeProxyCanary);
  next(state, ctx);
}

export function checkCanary(state: KubeProxyState, body: Body, ctx: Ctx): void {
  if (state.mode !== 'iptables' || (body as CanaryMessage).generation !== state.generation) return;
  next(state, ctx);
  for (const p of Object.values(state.families)) {
    if (!failed(iptables(ctx, p.config.family, ['-t', 'mangle', '-S', kubeProxyCanary, '1']))) continue;
    for (const table of tables) ensureChain(ctx, p.config.family, table, kubeProxyCanary);
    p.needFullSync = true;
    if (state.synced.services && state.synced.slices) syncProxyRules(state, p, ctx);
  }
}

function next(state: KubeProxyState, ctx: Ctx): void {
  const message: CanaryMessage = { type: 'Canary', generation: state.generation };
  ctx.send(ctx.self, message, Object.values(state.families)[0]?.config.syncPeriodMs ?? 30_000);
}
