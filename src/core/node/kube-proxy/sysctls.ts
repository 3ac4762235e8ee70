/** The sysctls kube-proxy sets. Models cmd/kube-proxy/app/conntrack.go and the proxiers' constructors, v1.36.2. */
import { osOf } from '../../contracts/os.ts';
import type { NetlinkAnswer, NetlinkRequest } from '../../contracts/socket.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import { localhostNodePorts } from './config.ts';
import type { KubeProxyState } from './state.ts';

export const netlink = (ctx: Ctx, request: NetlinkRequest): NetlinkAnswer => ctx.call<NetlinkAnswer>(osOf(ctx.host), request) ?? {};

const set = (ctx: Ctx, name: string, value: string): void => {
  netlink(ctx, { type: 'Netlink', op: 'sysctl.set', name, value });
};

export function setUpConntrack(state: KubeProxyState, ctx: Ctx): void {
  set(ctx, 'net.netfilter.nf_conntrack_max', '131072');
  set(ctx, 'net.netfilter.nf_conntrack_tcp_timeout_established', '86400');
  set(ctx, 'net.netfilter.nf_conntrack_tcp_timeout_close_wait', '3600');
  const liberal = netlink(ctx, { type: 'Netlink', op: 'sysctl.get', name: 'net.netfilter.nf_conntrack_tcp_be_liberal' }).value ?? '0';
  for (const p of Object.values(state.families)) {
    if (liberal !== '0' && liberal !== '') p.config = share({ ...p.config, conntrackTCPLiberal: true });
    if (state.mode === 'iptables' && localhostNodePorts(p.config)) set(ctx, 'net.ipv4.conf.all.route_localnet', '1');
    if (state.mode === 'ipvs' && p.config.family === 'IPv4') {
      set(ctx, 'net.ipv4.vs.conntrack', '1');
      set(ctx, 'net.ipv4.vs.expire_nodest_conn', '1');
      set(ctx, 'net.ipv4.vs.expire_quiescent_template', '1');
      set(ctx, 'net.ipv4.ip_forward', '1');
    }
  }
}

/** Addresses of the node's devices, without prefix lengths; those of `except` left out. */
export function localAddresses(ctx: Ctx, except?: string): string[] {
  const out: string[] = [];
  for (const link of netlink(ctx, { type: 'Netlink', op: 'dump' }).links ?? []) {
    if (link.name === except) continue;
    for (const address of link.addresses) out.push(address.split('/')[0] as string);
  }
  return out;
}
