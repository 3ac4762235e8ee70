/** flannel: the CNI plugin that delegates to bridge, and what flanneld (vxlan) sets up on a node. Models flannel-io/cni-plugin and flannel pkg/backend/vxlan, pkg/trafficmngr. */
import { familyOf } from '../../api/validation/ip.ts';
import type { Ctx } from '../../engine/types.ts';
import { formatIP, multicastOf, networkOf, parseCIDR } from './address.ts';
import { fs } from './config.ts';
import { iptables, netlink } from './kernel.ts';
import type { Args, PluginConf } from './state.ts';

const subnetFile = '/run/flannel/subnet.env';
/** A wire of 1500 bytes without the VXLAN header, 20 more with IPv6 around it. */
const mtu = 1450;
const mtu6 = 1430;

/** The configuration that the plugin hands to bridge; or its error. */
export function delegate(plugin: PluginConf, ctx: Ctx): PluginConf | string {
  const { text, error } = fs(ctx, { type: 'Fs', op: 'read', path: subnetFile });
  if (text === undefined) return `loadFlannelSubnetEnv failed: open ${subnetFile}: ${error === 'EACCES' ? 'permission denied' : 'no such file or directory'}`;
  const env: Record<string, string> = Object.create(null);
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) env[line.slice(0, at)] = line.slice(at + 1);
  }
  const cidr = parseCIDR(env.FLANNEL_SUBNET ?? '');
  if (!env.FLANNEL_NETWORK || !cidr || !env.FLANNEL_MTU) return `${subnetFile} is missing FLANNEL_NETWORK, FLANNEL_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ`;
  return {
    type: 'bridge',
    bridge: 'cni0',
    mtu: Number(env.FLANNEL_MTU),
    isGateway: true,
    ipMasq: env.FLANNEL_IPMASQ !== 'true',
    ipam: {
      type: 'host-local',
      ranges: [env.FLANNEL_SUBNET, env.FLANNEL_IPV6_SUBNET].flatMap((subnet) => (subnet ? [[{ subnet: networkOf(subnet) }]] : [])),
      routes: [env.FLANNEL_NETWORK, env.FLANNEL_IPV6_NETWORK].flatMap((dst) => (dst ? [{ dst }] : [])),
    },
    ...plugin.delegate,
  };
}

/** Before the first pod: the way to the other nodes' pods. */
export function setUpBackend(args: Args, ctx: Ctx): void {
  const peers = args.peers.flatMap((p) => [
    { nodeIP: p.nodeIP, podCIDR: p.podCIDR },
    ...(p.nodeIP6 && p.podCIDR6 ? [{ nodeIP: p.nodeIP6, podCIDR: p.podCIDR6 }] : []),
  ]);
  if (args.plugin === 'bridge') {
    // Simplified: nobody runs on the node for this; whoever installed the plugins added the routes (as flannel's host-gw does).
    for (const peer of peers) netlink(ctx, { type: 'Netlink', op: 'route.add', destination: peer.podCIDR, via: peer.nodeIP, dev: args.uplink ?? 'eth0' });
    return;
  }
  const networks = [
    { dev: 'flannel.1', podCIDR: args.podCIDR, clusterCIDR: args.clusterCIDR },
    ...(args.podCIDR6 && args.clusterCIDR6 ? [{ dev: 'flannel-v6.1', podCIDR: args.podCIDR6, clusterCIDR: args.clusterCIDR6 }] : []),
  ];
  const env: string[] = [];
  for (const network of networks) {
    const own = parseCIDR(network.podCIDR);
    if (!own) continue;
    const mine = peers.filter(({ podCIDR }) => familyOf(podCIDR) === familyOf(network.podCIDR));
    overlay(network.dev, own.v6 ? mtu6 : mtu, formatIP({ value: own.network, v6: own.v6 }), mine, ctx);
    const six = own.v6 ? 'IPV6_' : '';
    env.push(`FLANNEL_${six}NETWORK=${network.clusterCIDR}`, `FLANNEL_${six}SUBNET=${formatIP({ value: own.network + 1n, v6: own.v6 })}/${own.bits}`);
    rules(network.clusterCIDR, network.podCIDR, ctx);
  }
  fs(ctx, { type: 'Fs', op: 'mkdir', path: '/run/flannel', parents: true, mode: 0o755 });
  env.push(`FLANNEL_MTU=${networks.length > 1 ? mtu6 : mtu}`, 'FLANNEL_IPMASQ=true');
  fs(ctx, { type: 'Fs', op: 'write', path: subnetFile, text: `${env.join('\n')}\n`, mode: 0o644 });
}

/** A VXLAN device of one family: one route and one neighbour for each other node. */
function overlay(dev: string, mtu: number, own: string, peers: readonly { nodeIP: string; podCIDR: string }[], ctx: Ctx): void {
  netlink(ctx, { type: 'Netlink', op: 'link.add', name: dev, kind: 'vxlan', mtu, up: true });
  netlink(ctx, { type: 'Netlink', op: 'addr.add', dev, cidr: `${own}/${own.includes(':') ? 128 : 32}` });
  for (const peer of peers) {
    const cidr = parseCIDR(peer.podCIDR);
    if (!cidr) continue;
    const vtep = formatIP({ value: cidr.network, v6: cidr.v6 });
    netlink(ctx, { type: 'Netlink', op: 'neigh.add', dev, ip: vtep, to: peer.nodeIP });
    netlink(ctx, { type: 'Netlink', op: 'route.add', destination: peer.podCIDR, via: vtep, dev, onlink: true });
  }
}

function rules(clusterCIDR: string, podCIDR: string, ctx: Ctx): void {
  const family = familyOf(clusterCIDR);
  const masq = ['-m', 'comment', '--comment', 'flanneld masq'];
  const forward = ['-m', 'comment', '--comment', 'flanneld forward'];
  iptables(ctx, ['-t', 'nat', '-N', 'FLANNEL-POSTRTG'], family);
  iptables(ctx, ['-t', 'nat', '-A', 'POSTROUTING', ...masq, '-j', 'FLANNEL-POSTRTG'], family);
  const post: string[][] = [
    ['-m', 'mark', '--mark', '0x4000/0x4000', ...masq, '-j', 'RETURN'],
    ['-s', podCIDR, '-d', clusterCIDR, ...masq, '-j', 'RETURN'],
    ['-s', clusterCIDR, '-d', podCIDR, ...masq, '-j', 'RETURN'],
    ['!', '-s', clusterCIDR, '-d', podCIDR, ...masq, '-j', 'RETURN'],
    ['-s', clusterCIDR, '!', '-d', multicastOf(family), ...masq, '-j', 'MASQUERADE', '--random-fully'],
    ['!', '-s', clusterCIDR, '-d', clusterCIDR, ...masq, '-j', 'MASQUERADE', '--random-fully'],
  ];
  for (const rule of post) iptables(ctx, ['-t', 'nat', '-A', 'FLANNEL-POSTRTG', ...rule], family);
  iptables(ctx, ['-N', 'FLANNEL-FWD'], family);
  iptables(ctx, ['-A', 'FORWARD', ...forward, '-j', 'FLANNEL-FWD'], family);
  for (const side of ['-s', '-d']) iptables(ctx, ['-A', 'FLANNEL-FWD', side, clusterCIDR, ...forward, '-j', 'ACCEPT'], family);
}
