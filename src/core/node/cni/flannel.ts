/** flannel: the CNI plugin that delegates to bridge, and what flanneld (vxlan) sets up on a node. Models flannel-io/cni-plugin and flannel pkg/backend/vxlan, pkg/trafficmngr. */
import type { Ctx } from '../../engine/types.ts';
import { formatIPv4, parseCIDR } from './address.ts';
import { fs } from './config.ts';
import { iptables, netlink } from './kernel.ts';
import type { Args, PluginConf } from './state.ts';

const subnetFile = '/run/flannel/subnet.env';
const overhead = 50;

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
    ipam: { type: 'host-local', ranges: [[{ subnet: `${formatIPv4(cidr.network)}/${cidr.bits}` }]], routes: [{ dst: env.FLANNEL_NETWORK }] },
    ...plugin.delegate,
  };
}

/** Before the first pod: the way to the other nodes' pods. */
export function setUpBackend(args: Args, ctx: Ctx): void {
  const own = parseCIDR(args.podCIDR);
  if (!own) return;
  if (args.plugin === 'bridge') {
    // Simplified: nobody runs on the node for this; whoever installed the plugins added the routes (as flannel's host-gw does).
    for (const peer of args.peers) netlink(ctx, { type: 'Netlink', op: 'route.add', destination: peer.podCIDR, via: peer.nodeIP, dev: args.uplink ?? 'eth0' });
    return;
  }
  const mtu = 1500 - overhead;
  netlink(ctx, { type: 'Netlink', op: 'link.add', name: 'flannel.1', kind: 'vxlan', mtu, up: true });
  netlink(ctx, { type: 'Netlink', op: 'addr.add', dev: 'flannel.1', cidr: `${formatIPv4(own.network)}/32` });
  for (const peer of args.peers) {
    const cidr = parseCIDR(peer.podCIDR);
    if (!cidr) continue;
    const vtep = formatIPv4(cidr.network);
    netlink(ctx, { type: 'Netlink', op: 'neigh.add', dev: 'flannel.1', ip: vtep, to: peer.nodeIP });
    netlink(ctx, { type: 'Netlink', op: 'route.add', destination: peer.podCIDR, via: vtep, dev: 'flannel.1', onlink: true });
  }
  fs(ctx, { type: 'Fs', op: 'mkdir', path: '/run/flannel', parents: true, mode: 0o755 });
  const env = [`FLANNEL_NETWORK=${args.clusterCIDR}`, `FLANNEL_SUBNET=${formatIPv4(own.network + 1)}/${own.bits}`, `FLANNEL_MTU=${mtu}`, 'FLANNEL_IPMASQ=true'];
  fs(ctx, { type: 'Fs', op: 'write', path: subnetFile, text: `${env.join('\n')}\n`, mode: 0o644 });
  rules(args, ctx);
}

function rules({ clusterCIDR, podCIDR }: Args, ctx: Ctx): void {
  const masq = ['-m', 'comment', '--comment', 'flanneld masq'];
  const forward = ['-m', 'comment', '--comment', 'flanneld forward'];
  iptables(ctx, ['-t', 'nat', '-N', 'FLANNEL-POSTRTG']);
  iptables(ctx, ['-t', 'nat', '-A', 'POSTROUTING', ...masq, '-j', 'FLANNEL-POSTRTG']);
  const post: string[][] = [
    ['-m', 'mark', '--mark', '0x4000/0x4000', ...masq, '-j', 'RETURN'],
    ['-s', podCIDR, '-d', clusterCIDR, ...masq, '-j', 'RETURN'],
    ['-s', clusterCIDR, '-d', podCIDR, ...masq, '-j', 'RETURN'],
    ['!', '-s', clusterCIDR, '-d', podCIDR, ...masq, '-j', 'RETURN'],
    ['-s', clusterCIDR, '!', '-d', '224.0.0.0/4', ...masq, '-j', 'MASQUERADE', '--random-fully'],
    ['!', '-s', clusterCIDR, '-d', clusterCIDR, ...masq, '-j', 'MASQUERADE', '--random-fully'],
  ];
  for (const rule of post) iptables(ctx, ['-t', 'nat', '-A', 'FLANNEL-POSTRTG', ...rule]);
  iptables(ctx, ['-N', 'FLANNEL-FWD']);
  iptables(ctx, ['-A', 'FORWARD', ...forward, '-j', 'FLANNEL-FWD']);
  for (const side of ['-s', '-d']) iptables(ctx, ['-A', 'FLANNEL-FWD', side, clusterCIDR, ...forward, '-j', 'ACCEPT']);
}
