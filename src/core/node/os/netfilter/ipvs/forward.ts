/** IPVS at INPUT and OUTPUT: a packet for a virtual server goes to one of its real servers. Models net/netfilter/ipvs/ip_vs_core.c ip_vs_in, masquerading, vs/conntrack = 1. */
import type { HookResult } from '../../hooks.ts';
import { flowOf, type Pending, pendingOf } from '../conntrack/flows.ts';
import type { Flow } from '../conntrack/table.ts';
import type { Evaluation } from '../packet.ts';
import type { Namespace } from '../state.ts';
import { snapshot } from '../steps.ts';
import { realKey, serviceKey } from './keys.ts';
import { schedule } from './schedulers.ts';
import type { Connections, IpvsTable, Real, Service } from './table.ts';

/** Clients remembered for a persistent service. */
const maxTemplates = 10_000;

/** Idle time after which a connection no longer counts, ms: tcp, tcpfin, udp. */
const idleMs = { tcp: 900_000, fin: 120_000, udp: 300_000 };

const serviceOf = (table: IpvsTable, ip: string, port: number, protocol: string): Service | undefined => {
  const key = serviceKey(ip, port, protocol);
  return Object.hasOwn(table.services, key) ? table.services[key] : undefined;
};

export const hasServices = (table: IpvsTable): boolean => table.count > 0;

/**
 * Null: no packet of IPVS, or one that went through it before: it has its real server's address (the kernel marks it with `ipvs_property`).
 * Otherwise where it goes: its destination is rewritten. ACCEPT: the real server is this machine, the packet stays on its way.
 */
export function ipvsIn(ev: Evaluation): HookResult | null {
  const { ns, skb } = ev;
  if (skb.ctdir === 'REPLY' || skb.protocol === 'icmp') return null;
  const begun = pendingOf(skb);
  const flow = begun ?? flowOf(ns, skb);
  if (!flow) return null;
  if (flow.ipvs) return skb.dst === flow.reply.src && skb.dport === flow.reply.sport ? null : onward(ev, flow, false);
  const service = serviceOf(ns.ipvs, skb.dst, skb.dport, skb.protocol);
  if (!service || !begun) return null;
  const real = choose(ev, service);
  const text = `${service.protocol.toUpperCase()} ${service.ip}:${service.port} ${service.scheduler}`;
  if (!real) {
    ev.by = `${text}: no real server`;
    ev.rejectWith = 'icmp-port-unreachable';
    ev.steps?.push({ kind: 'ipvs', hook: ev.hook, text, detail: 'no real server can take it', depth: 1 });
    return { verdict: 'REJECT', rejectWith: 'icmp-port-unreachable', by: ev.by };
  }
  begun.ipvs = { service: serviceKey(service.ip, service.port, service.protocol), real: realKey(real) };
  // The destination is IPVS' to rewrite: nat chains at POSTROUTING see a flow that has it.
  begun.boundDst = true;
  begun.reply = { ...begun.reply, src: real.ip, sport: real.port };
  begun.by = `${text} -> ${realKey(real)}`;
  if (ev.live) service.connections += 1;
  ev.by = begun.by;
  return onward(ev, begun, true);
}

function onward(ev: Evaluation, flow: Flow | Pending, first: boolean): HookResult {
  const { skb } = ev;
  const before = ev.steps ? snapshot(skb) : undefined;
  skb.dst = flow.reply.src;
  skb.dport = flow.reply.sport;
  const by = ev.by ?? flow.by ?? undefined;
  if (ev.steps && before)
    ev.steps.push({ kind: 'ipvs', hook: ev.hook, text: flow.by ?? '', detail: first ? 'chosen' : 'known connection', depth: 1, before, after: snapshot(skb) });
  const result: HookResult = ev.env.isLocal(skb.netns, skb.dst) ? { verdict: 'ACCEPT' } : { verdict: 'STOLEN', next: 'POSTROUTING' };
  if (by !== undefined) result.by = by;
  return result;
}

function choose(ev: Evaluation, service: Service): Real | null {
  const { skb, nowMs, ns } = ev;
  if (service.persistentSeconds > 0) {
    const template = Object.hasOwn(service.templates, skb.src) ? service.templates[skb.src] : undefined;
    const known = template && template.expiresMs > nowMs ? service.reals.find((r) => realKey(r) === template.real) : undefined;
    const quiescent = known !== undefined && known.weight === 0 && ev.env.sysctl('net.ipv4.vs.expire_quiescent_template') === '1';
    if (known && !quiescent) {
      if (ev.live) keepTemplate(service, skb.src, realKey(known), nowMs);
      return known;
    }
  }
  const real = schedule(service, { ip: skb.src, port: skb.sport, dst: skb.dst }, () => connectionsOf(ns, nowMs, ev.env.sysctl), ev.live);
  if (real && service.persistentSeconds > 0 && ev.live) keepTemplate(service, skb.src, realKey(real), nowMs);
  return real;
}

function keepTemplate(service: Service, client: string, real: string, nowMs: number): void {
  delete service.templates[client];
  service.templates[client] = { real, expiresMs: nowMs + service.persistentSeconds * 1000 };
  const clients = Object.keys(service.templates);
  if (clients.length > maxTemplates) delete service.templates[clients[0] as string];
}

/**
 * Counts the table's flows once. `sysctl` gives conntrack's time-out of established connections, from which idle time is told.
 * Simplified: connections end with their flow, or when idle for IPVS' own time.
 */
export function connectionsOf(ns: Namespace, nowMs: number, sysctl?: (name: string) => string | undefined): Connections {
  const establishedMs = Number(sysctl?.('net.netfilter.nf_conntrack_tcp_timeout_established') ?? 432_000) * 1000;
  const counts = new Map<string, { active: number; inactive: number }>();
  ns.ct.slots.forEach((flow, slot) => {
    if (!flow?.ipvs) return;
    const left = (ns.ct.expiresMs[slot] as number) - nowMs;
    const active = flow.state === 'ESTABLISHED';
    const limit = flow.protocol === 'udp' ? idleMs.udp : active ? idleMs.tcp : idleMs.fin;
    if (left <= 0 || (active && left < establishedMs - limit && flow.protocol === 'tcp')) return;
    const key = `${flow.ipvs.service} ${flow.ipvs.real}`;
    const there = counts.get(key) ?? { active: 0, inactive: 0 };
    if (active) there.active += 1;
    else there.inactive += 1;
    counts.set(key, there);
  });
  return (service, real) => counts.get(`${service} ${real}`) ?? { active: 0, inactive: 0 };
}
