/** portmap: hostPort by DNAT. Models plugins/meta/portmap/portmap_iptables.go, v1. */
import type { CniRequest, CniResult } from '../../contracts/cni.ts';
import type { Ctx } from '../../engine/types.ts';
import { formatIPv4, parseCIDR } from './address.ts';
import { chainName, iptables, netlink } from './kernel.ts';
import type { Attachment, CniState, PluginCall } from './state.ts';

const dnat = 'CNI-HOSTPORT-DNAT';
const setMark = 'CNI-HOSTPORT-SETMARK';
const masq = 'CNI-HOSTPORT-MASQ';
/** Bit 13. */
const mark = '0x2000/0x2000';

type Mapping = NonNullable<CniRequest['portMappings']>[number];

export function portmapAdd(state: CniState, call: PluginCall, ctx: Ctx): CniResult | string {
  const { request, network, previous } = call;
  if (!previous) return 'must be called as chained plugin';
  const mappings = request.portMappings ?? [];
  const address = previous.ips[0]?.address;
  if (mappings.length === 0 || !address) return previous;
  if (!state.portmapReady) {
    state.portmapReady = true;
    baseChains(previous.interfaces[0]?.name ?? 'cni0', ctx);
  }
  const chain = chainName('DN-', network, request.containerId);
  iptables(ctx, ['-t', 'nat', '-N', chain]);
  for (const rule of entryRules(mappings, network, request.containerId)) iptables(ctx, ['-t', 'nat', '-A', dnat, ...rule]);
  const cidr = parseCIDR(address);
  const subnet = cidr ? `${formatIPv4(cidr.network)}/${cidr.bits}` : address;
  const ip = address.slice(0, address.indexOf('/'));
  for (const m of mappings) {
    const base = ['-p', m.protocol, '--dport', String(m.hostPort), ...(m.hostIP && m.hostIP !== '0.0.0.0' ? ['-d', m.hostIP] : [])];
    iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-s', subnet, '-j', setMark]);
    iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-s', '127.0.0.1', '-j', setMark]);
    iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-j', 'DNAT', '--to-destination', `${ip}:${m.containerPort}`]);
  }
  return previous;
}

export function portmapDel(state: CniState, request: CniRequest, network: string, attachment: Attachment | null, ctx: Ctx): void {
  if (!state.portmapReady || !attachment || attachment.portMappings.length === 0) return;
  const chain = chainName('DN-', network, request.containerId);
  for (const rule of entryRules(attachment.portMappings, network, request.containerId)) iptables(ctx, ['-t', 'nat', '-D', dnat, ...rule]);
  iptables(ctx, ['-t', 'nat', '-F', chain]);
  iptables(ctx, ['-t', 'nat', '-X', chain]);
}

function baseChains(bridge: string, ctx: Ctx): void {
  netlink(ctx, { type: 'Netlink', op: 'sysctl.set', name: `net.ipv4.conf.${bridge}.route_localnet`, value: '1' });
  for (const chain of [setMark, masq, dnat]) iptables(ctx, ['-t', 'nat', '-N', chain]);
  iptables(ctx, ['-t', 'nat', '-A', setMark, '-m', 'comment', '--comment', 'CNI portfwd masquerade mark', '-j', 'MARK', '--set-xmark', mark]);
  iptables(ctx, ['-t', 'nat', '-A', masq, '-m', 'mark', '--mark', mark, '-j', 'MASQUERADE']);
  iptables(ctx, ['-t', 'nat', '-I', 'POSTROUTING', '-m', 'comment', '--comment', 'CNI portfwd requiring masquerade', '-j', masq]);
  for (const hook of ['PREROUTING', 'OUTPUT']) iptables(ctx, ['-t', 'nat', '-A', hook, '-m', 'addrtype', '--dst-type', 'LOCAL', '-j', dnat]);
}

/** One rule for each protocol that has ports. */
function entryRules(mappings: readonly Mapping[], network: string, containerId: string): string[][] {
  const chain = chainName('DN-', network, containerId);
  const out: string[][] = [];
  for (const protocol of ['tcp', 'udp', 'sctp']) {
    const ports = mappings.filter((m) => m.protocol === protocol).map((m) => m.hostPort);
    if (ports.length === 0) continue;
    const words = `dnat name: "${network}" id: "${containerId}"`;
    out.push(['-p', protocol, '-m', 'comment', '--comment', words, '-m', 'multiport', '--destination-ports', ports.join(','), '-j', chain]);
  }
  return out;
}
