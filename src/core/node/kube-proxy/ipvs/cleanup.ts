/** Removes what IPVS mode left. Models pkg/proxy/ipvs/proxier.go CleanupLeftovers, v1.36.2. */
import type { Family } from '../../../contracts/netfilter.ts';
import type { Ctx } from '../../../engine/types.ts';
import { jumpArgs } from '../iptables/chains.ts';
import { chainsOf, iptables, iptablesRestore } from '../iptables/command.ts';
import { netlink } from '../sysctls.ts';
import { ipset, ipvs } from './apply.ts';
import { dummyDevice } from './proxier.ts';
import { filterChains, ipvsJumps, natChains } from './rules.ts';
import { kernelName, sets } from './sets.ts';

export function cleanUpIpvs(ctx: Ctx, family: Family): void {
  const filter = chainsOf(ctx, family, 'filter');
  if (filter.includes('KUBE-IPVS-FILTER')) {
    for (const jump of ipvsJumps) iptables(ctx, family, ['-t', jump.table, '-D', jump.from, ...jumpArgs(jump)]);
    const nat = chainsOf(ctx, family, 'nat');
    for (const [table, chains] of [
      ['nat', natChains.filter((chain) => nat.includes(chain))],
      ['filter', filterChains.filter((chain) => filter.includes(chain))],
    ] as const) {
      if (chains.length === 0) continue;
      const text = `*${table}\n${chains.map((c) => `:${c} - [0:0]\n`).join('')}${chains.map((c) => `-X ${c}\n`).join('')}COMMIT\n`;
      iptablesRestore(ctx, family, text);
    }
  }
  const present = new Set((ipset(ctx, { type: 'Ipset', op: 'list' }).sets ?? []).map((set) => set.name));
  if (!present.has(kernelName('KUBE-IPVS-IPS', family))) return;
  if (family === 'IPv4') {
    ipvs(ctx, { type: 'Ipvs', op: 'flush' });
    netlink(ctx, { type: 'Netlink', op: 'link.delete', name: dummyDevice });
  }
  for (const { name } of sets) if (present.has(kernelName(name, family))) ipset(ctx, { type: 'Ipset', op: 'destroy', name: kernelName(name, family) });
}
