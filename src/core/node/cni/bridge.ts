/** bridge: a veth pair from the pod to `cni0`. Models plugins/main/bridge/bridge.go and pkg/ip/ipmasq_linux.go, v1. */
import type { CniRequest, CniResult } from '../../contracts/cni.ts';
import type { NetlinkAnswer } from '../../contracts/socket.ts';
import type { Ctx } from '../../engine/types.ts';
import { formatIPv4, parseCIDR } from './address.ts';
import { allocate, release } from './host-local.ts';
import { chainName, iptables, netlink } from './kernel.ts';
import type { Attachment, CniState, PluginCall } from './state.ts';

export function bridgeAdd(state: CniState, call: PluginCall, ctx: Ctx): CniResult | string {
  const { request, conf, network } = call;
  const bridge = conf.bridge ?? 'cni0';
  const mtu = conf.mtu ?? 1500;
  const lease = allocate(state, network, conf.ipam, request.containerId, request.ifname, ctx);
  if (typeof lease === 'string') return lease;
  const bits = lease.address.slice(lease.address.indexOf('/') + 1);
  const bridgeMac = randomMac(ctx);
  const ensureBridge = (): void => {
    state.bridgeReady = true;
    netlink(ctx, { type: 'Netlink', op: 'link.add', name: bridge, kind: 'bridge', mtu, mac: bridgeMac, up: true });
    if (conf.isGateway || conf.isDefaultGateway) netlink(ctx, { type: 'Netlink', op: 'addr.add', dev: bridge, cidr: `${lease.gateway}/${bits}` });
    netlink(ctx, { type: 'Netlink', op: 'sysctl.set', name: 'net.ipv4.ip_forward', value: '1' });
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
  netlink(ctx, { type: 'Netlink', op: 'addr.add', netns, dev: ifname, cidr: lease.address });
  const routes: CniResult['routes'] = (conf.ipam?.routes ?? []).map(({ dst }) => ({ dst, gw: lease.gateway }));
  if (conf.isDefaultGateway && !routes.some((r) => r.dst === '0.0.0.0/0')) routes.push({ dst: '0.0.0.0/0', gw: lease.gateway });
  for (const route of routes) netlink(ctx, { type: 'Netlink', op: 'route.add', netns, destination: route.dst, via: lease.gateway, dev: ifname });
  if (conf.ipMasq) masquerade(network, request.containerId, lease.address, ctx);
  return {
    cniVersion: '1.0.0',
    interfaces: [
      { name: bridge, mac: bridgeMac, mtu },
      { name: peer, mac: randomMac(ctx), mtu },
      { name: ifname, mac, mtu, sandbox: `/var/run/netns/${netns}` },
    ],
    ips: [{ address: lease.address, gateway: lease.gateway, interface: 2 }],
    routes,
  };
}

export function bridgeDel(state: CniState, request: CniRequest, network: string, attachment: Attachment | null, ctx: Ctx): void {
  release(state, network, request.containerId, request.ifname, ctx);
  netlink(ctx, { type: 'Netlink', op: 'link.delete', netns: request.netns, name: request.ifname });
  const chain = chainName('', network, request.containerId);
  if (!attachment || !hasMasquerade(state)) return;
  for (const { address } of attachment.result.ips)
    iptables(ctx, ['-t', 'nat', '-D', 'POSTROUTING', '-s', address.slice(0, address.indexOf('/')), '-j', chain, ...comment(network, request.containerId)]);
  iptables(ctx, ['-t', 'nat', '-F', chain]);
  iptables(ctx, ['-t', 'nat', '-X', chain]);
}

const hasMasquerade = (state: CniState): boolean => state.args.plugin === 'bridge' && state.args.ipMasq === true;

/** A chain for each container: what stays in its subnet is let be, the rest but multicast leaves with the node's address. */
function masquerade(network: string, containerId: string, address: string, ctx: Ctx): void {
  const chain = chainName('', network, containerId);
  const cidr = parseCIDR(address);
  const subnet = cidr ? `${formatIPv4(cidr.network)}/${cidr.bits}` : address;
  const words = comment(network, containerId);
  iptables(ctx, ['-t', 'nat', '-N', chain]);
  iptables(ctx, ['-t', 'nat', '-A', chain, '-d', subnet, '-j', 'ACCEPT', ...words]);
  iptables(ctx, ['-t', 'nat', '-A', chain, '!', '-d', '224.0.0.0/4', '-j', 'MASQUERADE', ...words]);
  iptables(ctx, ['-t', 'nat', '-A', 'POSTROUTING', '-s', address.slice(0, address.indexOf('/')), '-j', chain, ...words]);
}

const comment = (network: string, containerId: string): string[] => ['-m', 'comment', '--comment', `name: "${network}" id: "${containerId}"`];

function randomMac(ctx: Ctx): string {
  const octet = (value: number): string => (value & 255).toString(16).padStart(2, '0');
  const [high, low] = [Math.floor(ctx.random() * 16_777_216), Math.floor(ctx.random() * 16_777_216)];
  return [((high >>> 16) & 0xfe) | 2, high >>> 8, high, low >>> 16, low >>> 8, low].map(octet).join(':');
}
