/** A sync of nftables mode in the kernel. */
import type { NetfilterAnswer, NftList, NftTransaction } from '../../../contracts/netfilter.ts';
import { osOf } from '../../../contracts/os.ts';
import { restoreLines } from '../../../contracts/rule-blocks.ts';
import type { Ctx } from '../../../engine/types.ts';
import { nodePortAddresses } from '../config.ts';
import type { KubeProxyState, ProxierState } from '../state.ts';
import type { SyncResult } from '../sync.ts';
import { localAddresses } from '../sysctls.ts';
import type { Applied } from '../tracking/tracker.ts';
import { parseListing } from './listing.ts';
import { table } from './names.ts';
import { deleteStaleChains, type NftablesState, syncNftables } from './proxier.ts';

export const nft = (ctx: Ctx, text: string): NetfilterAnswer => ctx.call<NetfilterAnswer>(osOf(ctx.host), { type: 'Nft', text } as NftTransaction) ?? {};

export function applyNftables(state: KubeProxyState, p: ProxierState, applied: Applied, full: boolean, ctx: Ctx): SyncResult {
  const own = p.nftables as NftablesState;
  const { config } = p;
  const deletions = deleteStaleChains(own, config, ctx.nowMs);
  if (deletions !== '') nft(ctx, deletions);
  const text = syncNftables(own, p.tracker, applied, config, {
    nowMs: ctx.nowMs,
    full,
    nodeLabels: state.nodeLabels,
    localAddresses: full && !nodePortAddresses(config).matchAll ? localAddresses(ctx) : [],
    contents: () => {
      const request: NftList = { type: 'NftList', family: config.family === 'IPv4' ? 'ip' : 'ip6', table };
      const answer = ctx.call<NetfilterAnswer>(osOf(ctx.host), request) ?? {};
      return answer.text === undefined || answer.error !== undefined ? null : parseListing(answer.text);
    },
  });
  const lines = restoreLines(text, undefined);
  const rules = p.tracker.order.length * 3;
  const result: SyncResult = { lines, rules, tookMs: (full ? 30 : 12) + Math.floor(lines / 200) };
  if (text === '') return result;
  const answer = nft(ctx, text);
  return answer.error !== undefined || (answer.code ?? 0) !== 0 ? { ...result, error: answer.error ?? 'nft failed' } : result;
}
