/** Stale UDP flows: conntrack would go on sending to endpoints that are gone. Models pkg/proxy/conntrack/cleanup.go, v1.36.2. */
import type { ConntrackAnswer, ConntrackRequest } from '../../contracts/netfilter.ts';
import { osOf } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { addressOf, joinHostPort } from './address.ts';
import type { ProxierState } from './state.ts';
import type { Applied } from './tracking/tracker.ts';

const call = (ctx: Ctx, request: ConntrackRequest): ConntrackAnswer => ctx.call<ConntrackAnswer>(osOf(ctx.host), request) ?? {};

/**
 * Deletes UDP flows to addresses of Services that have serving endpoints, whose answers come from none of these. Upstream looks at all Services
 * whenever a UDP one changed; flows of the others were right after the last time, so only changed ones are looked at here.
 */
export function cleanStaleConntrack(p: ProxierState, applied: Applied, ctx: Ctx): void {
  const serving: Record<string, Set<string>> = {};
  const nodePorts: Record<string, Set<string>> = {};
  let any = false;
  for (const key of applied.changed) {
    const port = p.tracker.ports[key];
    if (port?.protocol !== 'UDP') continue;
    const endpoints = new Set((p.tracker.endpoints[key] ?? []).filter((e) => e.serving).map((e) => e.endpoint));
    if (endpoints.size === 0) continue;
    any = true;
    for (const ip of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerVIPs]) serving[joinHostPort(ip, port.port)] = endpoints;
    if (port.nodePort !== 0) nodePorts[`:${port.nodePort}`] = endpoints;
  }
  if (!any) return;
  for (const { orig, reply } of call(ctx, { type: 'Conntrack', op: 'list', protocol: 'udp' }).entries ?? []) {
    if (addressOf(orig.dst, p.config.family) === null) continue;
    const endpoints = serving[joinHostPort(orig.dst, orig.dport)] ?? nodePorts[`:${orig.dport}`];
    if (!endpoints || endpoints.has(joinHostPort(reply.src, reply.sport))) continue;
    call(ctx, { type: 'Conntrack', op: 'delete', protocol: 'udp', origDst: orig.dst, origDport: orig.dport, replySrc: reply.src });
  }
}
