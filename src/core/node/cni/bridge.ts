/** bridge: a veth pair from the pod to `cni0`. Models plugins/main/bridge/bridge.go and pkg/ip/ipmasq_linux.go, v1. */
import { familyOf } from '../../api/validation/ip.ts';
import type { CniRequest, CniResult } from '../../contracts/cni.ts';
import type { NetlinkAnswer } from '../../contracts/socket.ts';
import type { Ctx } from '../../engine/types.ts';
import { anyOf, multicastOf, networkOf } from './address.ts';
import { allocate, release } from './host-local.ts';
import { chainName, iptables, netlink } from './kernel.ts';
import type { Attachment, CniState, PluginCall } from './state.ts';

export function bridgeAdd(state: CniState, call: PluginCall, ctx: Ctx): CniResult | string {
  const { request, conf, network } = call;
  const bridge = conf.bridge ?? 'cni0';
  const mtu = conf.mtu ?? 1500;
  const leases = allocate(state, network, conf.ipam, request.containerId, request.ifname, ctx);
  if (typeof leases === 'string') return leases;
  const bridgeMac = randomMac(ctx);
  const ensureBridge = (): void => {
    state.bridgeReady = true;
    netlink(ctx, { type: 'Netlink', op: 'link.add', name: bridge, kind: 'bridge', mtu, mac: bridgeMac, up: true });
    for (const { address, gateway } of leases) {
      const bits = address.slice(address.indexOf('/') + 1);
      if (conf.isGateway || conf.isDefaultGateway) netlink(ctx, { type: 'Netlink', op: 'addr.add', dev: bridge, cidr: `${gateway}/${bits}` });
      netlink(ctx, { type: 'Netlink', op: 'sysctl.set', name: gateway.includes(':') ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward', value: '1' });
    }
  };
  if (!state.bridgeReady) ensureBridge();
  const peer = `veth${Math.floor(ctx.random() * 4_294_967_296)
    .toString(16)
    .padStart(8, '0')}`;
  const mac = randomMac(ctx);
  const { netns, ifname } = request;
  const addVeth = (): NetlinkAnswer =>
    netlink(ctx, { type: 'Netlink', op: 'veth.add', netns, name: ifname, peer, bridge, mac, mtu, hairpin: conf.hairpinMode === true });
  let added = addVeth();
  if (added.error === `Cannot find device "${bridge}"`) {
    // Somebody deleted the bridge; the plugin makes it whenever it is not there.
    ensureBridge();
    added = addVeth();
  }
  if (added.error !== undefined && added.error !== 'unavailable') {
    release(state, network, request.containerId, ifname, ctx);
    if (added.error.includes('File exists')) return `container veth name ("${ifname}") peer provided ("${peer}") already exists`;
    return added.error;
  }
  for (const { address } of leases) netlink(ctx, { type: 'Netlink', op: 'addr.add', netns, dev: ifname, cidr: address });
  const gatewayOf = (destination: string): string | undefined => leases.find((l) => familyOf(l.gateway) === familyOf(destination))?.gateway;
  const wanted = (conf.ipam?.routes ?? []).map(({ dst }) => dst);
  if (conf.isDefaultGateway) for (const { gateway } of leases) if (!wanted.includes(anyOf(familyOf(gateway)))) wanted.push(anyOf(familyOf(gateway)));
  const routes: CniResult['routes'] = [];
  for (const dst of wanted) {
    const gw = gatewayOf(dst);
    if (gw === undefined) continue;
    routes.push({ dst, gw });
    netlink(ctx, { type: 'Netlink', op: 'route.add', netns, destination: dst, via: gw, dev: ifname });
  }
  if (conf.ipMasq) for (const { address } of leases) masquerade(network, request.containerId, address, ctx);
  return {
    cniVersion: '1.0.0',
    interfaces: [
      { name: bridge, mac: bridgeMac, mtu },
      { name: peer, mac: randomMac(ctx), mtu },
      { name: ifname, mac, mtu, sandbox: `/var/run/netns/${netns}` },
    ],
    ips: leases.map(({ address, gateway }) => ({ address, gateway, interface: 2 })),
    routes,
  };
}

export function bridgeDel(state: CniState, request: CniRequest, network: string, attachment: Attachment | null, ctx: Ctx): void {
  release(state, network, request.containerId, request.ifname, ctx);
  netlink(ctx, { type: 'Netlink', op: 'link.delete', netns: request.netns, name: request.ifname });
  const chain = chainName('', network, request.containerId);
  if (!attachment || !hasMasquerade(state)) return;
  for (const { address } of attachment.result.ips) {
    const family = familyOf(address);
    const words = comment(network, request.containerId);
    iptables(ctx, ['-t', 'nat', '-D', 'POSTROUTING', '-s', address.slice(0, address.indexOf('/')), '-j', chain, ...words], family);
    iptables(ctx, ['-t', 'nat', '-F', chain], family);
    iptables(ctx, ['-t', 'nat', '-X', chain], family);
  }
}

const hasMasquerade = (state: CniState): boolean => state.args.plugin === 'bridge' && state.args.ipMasq === true;

/** A chain for each container: what stays in its subnet is let be, the rest but multicast leaves with the node's address. */
function masquerade(network: string, containerId: string, address: string, ctx: Ctx): void {
  const chain = chainName('', network, containerId);
  const family = familyOf(address);
  const words = comment(network, containerId);
  iptables(ctx, ['-t', 'nat', '-N', chain], family);
  iptables(ctx, ['-t', 'nat', '-A', chain, '-d', networkOf(address), '-j', 'ACCEPT', ...words], family);
  iptables(ctx, ['-t', 'nat', '-A', chain, '!', '-d', multicastOf(family), '-j', 'MASQUERADE', ...words], family);
  iptables(ctx, ['-t', 'nat', '-A', 'POSTROUTING', '-s', address.slice(0, address.indexOf('/')), '-j', chain, ...words], family);
}

const comment = (network: string, containerId: string): string[] => ['-m', 'comment', '--comment', `name: "${network}" id: "${containerId}"`];

function randomMac(ctx: Ctx): string {
  const octet = (value: number): string => (value & 255).toString(16).padStart(2, '0');
  const [high, low] = [Math.floor(ctx.random() * 16_777_216), Math.floor(ctx.random() * 16_777_216)];
  return [((high >>> 16) & 0xfe) | 2, high >>> 8, high, low >>> 16, low >>> 8, low].map(octet).join(':');
}
