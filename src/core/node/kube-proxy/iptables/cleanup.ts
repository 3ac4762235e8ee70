/** Removes what iptables mode left. Models pkg/proxy/iptables/cleanup.go CleanupLeftovers, v1.36.2. */
import type { Family } from '../../../contracts/netfilter.ts';
import type { Ctx } from '../../../engine/types.ts';
import {
  baseJumps,
  isServiceChain,
  jumpArgs,
  kubeExternalServices,
  kubeFirewall,
  kubeForward,
  kubeMarkMasq,
  kubeNodePorts,
  kubePostrouting,
  kubeProxyCanary,
  kubeProxyFirewall,
  kubeServices,
} from './chains.ts';
import { chainsOf, iptables, iptablesRestore } from './command.ts';

export function cleanUpIptables(ctx: Ctx, family: Family): void {
  const nat = chainsOf(ctx, family, 'nat');
  const filter = chainsOf(ctx, family, 'filter');
  if (!nat.includes(kubeServices) && !filter.includes(kubeServices)) return;
  for (const jump of baseJumps) if (jump.to !== kubeFirewall) iptables(ctx, family, ['-t', jump.table, '-D', jump.from, ...jumpArgs(jump)]);
  const remove = (table: string, chains: string[]): string =>
    chains.length === 0 ? '' : `*${table}\n${chains.map((c) => `:${c} - [0:0]\n`).join('')}${chains.map((c) => `-X ${c}\n`).join('')}COMMIT\n`;
  const base = [kubeServices, kubeNodePorts, kubePostrouting, kubeMarkMasq, kubeProxyCanary];
  const natText = remove(
    'nat',
    nat.filter((chain) => base.includes(chain) || isServiceChain(chain)),
  );
  const ours = [kubeServices, kubeExternalServices, kubeForward, kubeNodePorts, kubeProxyFirewall, kubeProxyCanary];
  const filterText = remove(
    'filter',
    filter.filter((chain) => ours.includes(chain)),
  );
  if (natText) iptablesRestore(ctx, family, natText);
  if (filterText) iptablesRestore(ctx, family, filterText);
  iptables(ctx, family, ['-t', 'mangle', '-X', kubeProxyCanary]);
}
