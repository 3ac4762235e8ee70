/** The kubelet's own chains: an empty one by which others tell which iptables is used, and canaries that tell when somebody flushed. Models pkg/kubelet/kubelet_network_linux.go, v1.36.2. */
import type { Family, IptablesCommand, NetfilterAnswer } from '../../contracts/netfilter.ts';
import { osOf } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';

const canary = 'KUBE-KUBELET-CANARY';
const hint = 'KUBE-IPTABLES-HINT';
const families: Family[] = ['IPv4', 'IPv6'];

function iptables(ctx: Ctx, family: Family, argv: string[]): NetfilterAnswer {
  const command: IptablesCommand = { type: 'Iptables', family, argv };
  return ctx.call<NetfilterAnswer>(osOf(ctx.host), command) ?? {};
}

/** At the start, and once a minute: makes what is missing. Chains that exist are left alone. */
export function ensureChains(ctx: Ctx): void {
  for (const family of families) {
    const answer = iptables(ctx, family, ['-t', 'mangle', '-S', canary, '1']);
    if (answer.error === undefined && (answer.code ?? 0) === 0 && answer.text !== undefined) continue;
    iptables(ctx, family, ['-t', 'mangle', '-N', hint]);
    for (const table of ['mangle', 'nat', 'filter']) iptables(ctx, family, ['-t', table, '-N', canary]);
  }
}
