/** A sync of iptables mode in the kernel. */
import { restoreLines } from '../../../contracts/rule-blocks.ts';
import type { Ctx } from '../../../engine/types.ts';
import { nodePortAddresses } from '../config.ts';
import type { KubeProxyState, ProxierState } from '../state.ts';
import type { SyncResult } from '../sync.ts';
import { localAddresses } from '../sysctls.ts';
import type { Applied } from '../tracking/tracker.ts';
import { baseJumps, jumpArgs } from './chains.ts';
import { ensureChain, ensureRule, failed, iptablesRestore, savedChains } from './command.ts';
import { type IptablesState, syncIptables } from './proxier.ts';

export function applyIptables(state: KubeProxyState, p: ProxierState, applied: Applied, full: boolean, ctx: Ctx): SyncResult {
  const { config } = p;
  if (full) {
    for (const jump of baseJumps) {
      ensureChain(ctx, config.family, jump.table, jump.to);
      const answer = ensureRule(ctx, config.family, jump.table, jump.from, jumpArgs(jump));
      if (failed(answer)) return { lines: 0, rules: 0, tookMs: 20, error: answer.error ?? `Failed to ensure chain jumps: ${jump.table} ${jump.from}` };
    }
  }
  const { text, blocks, rules } = syncIptables(p.iptables as IptablesState, p.tracker, applied, config, {
    nowMs: ctx.nowMs,
    full,
    nodeLabels: state.nodeLabels,
    localAddresses: nodePortAddresses(config).matchAll ? [] : localAddresses(ctx),
    natChains: () => savedChains(ctx, config.family, 'nat'),
  });
  const answer = iptablesRestore(ctx, config.family, text, blocks);
  const written = restoreLines(text, blocks);
  const result: SyncResult = { lines: written, rules, tookMs: (full ? 40 : 15) + Math.floor(written / 100) };
  return failed(answer) ? { ...result, error: answer.error ?? 'iptables-restore failed' } : result;
}
