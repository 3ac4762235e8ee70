/** portmap: hostPort by DNAT. Models plugins/meta/portmap/portmap_iptables.go, v1. */
import { familyOf } from '../../api/validation/ip.ts';
import type { CniRequest, CniResult } from '../../contracts/cni.ts';
import type { Family } from '../../contracts/netfilter.ts';
import type { Ctx } from '../../engine/types.ts';
import { networkOf } from './address.ts';
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
  if (mappings.length === 0 || previous.ips.length === 0) return previous;
  if (!state.portmapReady) {
    state.portmapReady = true;
    for (const family of new Set(previous.ips.map(({ address }) => familyOf(address)))) baseChains(previous.interfaces[0]?.name ?? 'cni0', family, ctx);
  }
  for (const { address } of previous.ips) forward(address, mappings, network, request.containerId, ctx);
  return previous;
}

function forward(address: string, all: readonly Mapping[], network: string, containerId: string, ctx: Ctx): void {
  const family = familyOf(address);
  const mappings = all.filter(({ hostIP }) => !hostIP || familyOf(hostIP) === family);
  const chain = chainName('DN-', network, containerId);
  iptables(ctx, ['-t', 'nat', '-N', chain], family);
  for (const rule of entryRules(mappings, network, containerId)) iptables(ctx, ['-t', 'nat', '-A', dnat, ...rule], family);
  const subnet = networkOf(address);
  const ip = address.slice(0, address.indexOf('/'));
  for (const m of mappings) {
    const base = ['-p', m.protocol, '--dport', String(m.hostPort), ...(m.hostIP && m.hostIP !== '0.0.0.0' && m.hostIP !== '::' ? ['-d', m.hostIP] : [])];
    iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-s', subnet, '-j', setMark], family);
    if (family === 'IPv4') iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-s', '127.0.0.1', '-j', setMark]);
    const to = family === 'IPv4' ? ip : `[${ip}]`;
    iptables(ctx, ['-t', 'nat', '-A', chain, ...base, '-j', 'DNAT', '--to-destination', `${to}:${m.containerPort}`], family);
  }
}

export function portmapDel(state: CniState, request: CniRequest, network: string, attachment: Attachment | null, ctx: Ctx): void {
  if (!state.portmapReady || !attachment || attachment.portMappings.length === 0) return;
  const chain = chainName('DN-', network, request.containerId);
  for (const { address } of attachment.result.ips) {
    const family = familyOf(address);
    const mappings = attachment.portMappings.filter(({ hostIP }) => !hostIP || familyOf(hostIP) === family);
    for (const rule of entryRules(mappings, network, request.containerId)) iptables(ctx, ['-t', 'nat', '-D', dnat, ...rule], family);
    iptables(ctx, ['-t', 'nat', '-F', chain], family);
    iptables(ctx, ['-t', 'nat', '-X', chain], family);
  }
}

function baseChains(bridge: string, family: Family, ctx: Ctx): void {
  if (family === 'IPv4') netlink(ctx, { type: 'Netlink', op: 'sysctl.set', name: `net.ipv4.conf.${bridge}.route_localnet`, value: '1' });
  const add = (argv: string[]): void => {
    iptables(ctx, ['-t', 'nat', ...argv], family);
  };
  for (const chain of [setMark, masq, dnat]) add(['-N', chain]);
  add(['-A', setMark, '-m', 'comment', '--comment', 'CNI portfwd masquerade mark', '-j', 'MARK', '--set-xmark', mark]);
  add(['-A', masq, '-m', 'mark', '--mark', mark, '-j', 'MASQUERADE']);
  add(['-I', 'POSTROUTING', '-m', 'comment', '--comment', 'CNI portfwd requiring masquerade', '-j', masq]);
  for (const hook of ['PREROUTING', 'OUTPUT']) add(['-A', hook, '-m', 'addrtype', '--dst-type', 'LOCAL', '-j', dnat]);
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
