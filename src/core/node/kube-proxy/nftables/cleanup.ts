/** Removes what nftables mode left. Models pkg/proxy/nftables CleanupLeftovers, v1.36.2. */
import type { Family, NetfilterAnswer, NftList } from '../../../contracts/netfilter.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { nft } from './apply.ts';
import { table } from './names.ts';

export function cleanUpNftables(ctx: Ctx, family: Family): void {
  const x = family === 'IPv4' ? 'ip' : 'ip6';
  const list: NftList = { type: 'NftList', family: x, table };
  const answer = ctx.call<NetfilterAnswer>(osOf(ctx.host), list) ?? {};
  if (answer.error === undefined && answer.text) nft(ctx, `delete table ${x} ${table}\n`);
}
