/** Rules of other modes are removed when the process starts. Models cmd/kube-proxy/app/server_linux.go platformCleanup, v1.36.2. */
import type { Family } from '../../contracts/netfilter.ts';
import type { Ctx } from '../../engine/types.ts';
import type { ProxyMode } from './config.ts';
import { cleanUpIptables } from './iptables/cleanup.ts';
import { cleanUpIpvs } from './ipvs/cleanup.ts';
import { cleanUpNftables } from './nftables/cleanup.ts';

/** Upstream leaves rules between iptables and IPVS mode until `kube-proxy --cleanup` is run; here that is done in between. */
export function cleanUpOtherModes(mode: ProxyMode, ctx: Ctx): void {
  for (const family of ['IPv4', 'IPv6'] as Family[]) {
    if (mode !== 'ipvs') cleanUpIpvs(ctx, family);
    if (mode !== 'iptables') cleanUpIptables(ctx, family);
    if (mode !== 'nftables') cleanUpNftables(ctx, family);
  }
}
