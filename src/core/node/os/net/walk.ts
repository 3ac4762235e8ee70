/**
 * The way of a packet through one host: routing, netfilter's hooks, bridges and veth pairs, to a socket, the wire, or its end.
 * It decides and changes only `skb`; sending and telling is `transmit.ts`.
 *
 * Models the order of net/ipv4 (and, alike, net/ipv6) ip_output.c, ip_input.c, ip_forward.c and net/bridge br_netfilter_hooks.c (Linux 6).
 * Simplified: no fragmentation and no MTU; ARP and neighbour discovery answer at once; rp_filter is off.
 */
import type { PacketNote } from '../../../contracts/socket.ts';
import type { Ctx } from '../../../engine/types.ts';
import { type Hook, type HookEnvironment, type HookResult, netfilter, type Skb } from '../hooks.ts';
import type { OsState } from '../state.ts';
import { holds, isLoopback, parsePrefix, vtepKey } from './address.ts';
import { environmentOf } from './environment.ts';
import { isLocal, type Link, lookupRoute, type Netns, type Route } from './links.ts';

/** Between machines on one wire, and to what is reached through the gateway. */
export const wireMs = 1;
export const outsideMs = 5;
/** Three unanswered ARP requests, a second apart, then EHOSTUNREACH. */
export const arpTimeoutMs = 3000;

export type Unreachable = 'tcp-reset' | 'icmp-port-unreachable' | 'icmp-host-unreachable' | 'icmp-net-unreachable' | 'icmp-admin-prohibited';

export interface Walk {
  s: OsState;
  env: HookEnvironment;
  hops: string[];
  /** Goes around netfilter: answers that the kernel itself makes to a packet it refused. */
  bypass: boolean;
  verdict: PacketNote['verdict'];
  by: string | undefined;
  /** Namespace whose sockets get it. */
  deliveredTo: string | undefined;
  /** Kernel on the wire that gets it. */
  wire: { to: string; delayMs: number } | undefined;
  /** What the sender is told, from which namespace. */
  answer: { netns: string; code: Unreachable; delayMs: number } | undefined;
  /** Namespaces and devices it may still go through before it is given up as going round. */
  turns: number;
}

/** A packet that goes round by devices that do not count its time to live would never end. */
const maxTurns = 32;

export const newWalk = (s: OsState, ctx: Ctx, from: string, bypass: boolean): Walk => ({
  s,
  env: environmentOf(s, ctx),
  hops: [from],
  bypass,
  verdict: 'DROP',
  by: undefined,
  deliveredTo: undefined,
  wire: undefined,
  answer: undefined,
  turns: maxTurns,
});

/** From a socket of `skb.netns`. `skb.src` is known. */
export function output(w: Walk, skb: Skb): void {
  const netns = w.s.netns[skb.netns];
  if (!netns) {
    end(w, 'NO_ROUTE');
    return;
  }
  skb.local = true;
  if (tracked(w, netns)) {
    hop(w, 'netfilter');
    netfilter.conntrackIn(w.s.netfilter, skb, w.env);
    const first = isLocal(netns, skb.dst) ? null : lookupRoute(netns, skb.dst);
    skb.oif = isLocal(netns, skb.dst) ? 'lo' : first?.dev;
    if (!first && skb.oif !== 'lo') {
      unreachable(w, netns, 'icmp-net-unreachable', 0);
      return;
    }
    if (!passes(w, netns, 'OUTPUT', skb)) return;
  }
  sendOut(w, netns, skb);
}

/** It came in by `iif` of a namespace, as a packet of its IP layer. */
export function input(w: Walk, netns: Netns, skb: Skb, iif: string): void {
  if (goesRound(w, iif)) return;
  enter(skb, netns, iif);
  if (tracked(w, netns)) {
    hop(w, 'netfilter');
    netfilter.conntrackIn(w.s.netfilter, skb, w.env);
    if (!passes(w, netns, 'PREROUTING', skb)) return;
  }
  routeIn(w, netns, skb, iif);
}

function enter(skb: Skb, netns: Netns, iif: string): void {
  if (skb.netns !== netns.name || skb.local) {
    skb.netns = netns.name;
    skb.mark = 0;
    skb.ct = undefined;
    skb.ctstate = undefined;
    skb.ctdir = undefined;
    skb.uid = undefined;
  }
  skb.local = false;
  skb.iif = iif;
  skb.oif = undefined;
  skb.orig = { src: skb.src, sport: skb.sport, dst: skb.dst, dport: skb.dport };
}

/** After PREROUTING: for this namespace, or onwards. */
function routeIn(w: Walk, netns: Netns, skb: Skb, iif: string): void {
  if (isLocal(netns, skb.dst)) {
    if (isLoopback(skb.dst) && iif !== 'lo' && !localnet(w, iif, skb.dst)) {
      end(w, 'DROP', martian('destination', skb.dst));
      return;
    }
    localIn(w, netns, skb);
    return;
  }
  const forwarding = skb.dst.includes(':') ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
  if (netns.name !== 'host' || w.s.sysctls[forwarding] !== '1') {
    end(w, 'DROP', `${forwarding} is 0`);
    return;
  }
  skb.ttl -= 1;
  if (skb.ttl <= 0) {
    end(w, 'DROP', 'time to live exceeded');
    return;
  }
  const route = lookupRoute(netns, skb.dst);
  if (!route) {
    unreachable(w, netns, 'icmp-net-unreachable', 0);
    return;
  }
  skb.oif = route.dev;
  if (tracked(w, netns) && !passes(w, netns, 'FORWARD', skb)) return;
  leave(w, netns, skb, route);
}

function localIn(w: Walk, netns: Netns, skb: Skb): void {
  if (tracked(w, netns)) {
    if (!passes(w, netns, 'INPUT', skb)) return;
    netfilter.confirm(w.s.netfilter, skb, w.env);
  }
  w.verdict = 'DELIVERED';
  w.deliveredTo = netns.name;
  hop(w, netns.label);
}

/** Routes by the packet's destination as it is now, and sends. */
function sendOut(w: Walk, netns: Netns, skb: Skb): void {
  if (goesRound(w, netns.label)) return;
  if (isLocal(netns, skb.dst)) {
    skb.oif = 'lo';
    loopback(w, netns, skb);
    return;
  }
  const route = lookupRoute(netns, skb.dst);
  if (!route) {
    unreachable(w, netns, 'icmp-net-unreachable', 0);
    return;
  }
  if (isLoopback(skb.src) && !localnet(w, route.dev, skb.src)) {
    end(w, 'DROP', martian('source', skb.src));
    return;
  }
  skb.oif = route.dev;
  leave(w, netns, skb, route);
}

function loopback(w: Walk, netns: Netns, skb: Skb): void {
  const filtered = tracked(w, netns);
  if (filtered && !passes(w, netns, 'POSTROUTING', skb)) return;
  if (filtered) netfilter.confirm(w.s.netfilter, skb, w.env);
  // On `lo` the packet keeps its flow, so that conntrack is not asked again.
  skb.iif = 'lo';
  skb.oif = undefined;
  if (filtered && !passes(w, netns, 'PREROUTING', skb)) return;
  skb.local = false;
  routeIn(w, netns, skb, 'lo');
}

function leave(w: Walk, netns: Netns, skb: Skb, route: Route): void {
  if (tracked(w, netns)) {
    if (!passes(w, netns, 'POSTROUTING', skb)) return;
    netfilter.confirm(w.s.netfilter, skb, w.env);
  }
  const link = netns.links[route.dev] as Link;
  const nextHop = route.via ?? skb.dst;
  switch (link.kind) {
    case 'veth':
      cross(w, link, skb, nextHop);
      return;
    case 'bridge':
      hop(w, link.name);
      toPort(w, netns, link, skb, nextHop);
      return;
    case 'physical':
      hop(w, link.name);
      toWire(w, netns, link, skb, nextHop, route);
      return;
    case 'vxlan':
      hop(w, link.name);
      encapsulate(w, netns, skb, nextHop);
      return;
    default:
      // A dummy device swallows what is sent through it.
      end(w, 'DROP', `sent to ${link.kind} device ${link.name}`);
      return;
  }
}

/** Through a veth pair: into the peer's namespace, or onto the bridge whose port the peer is. */
function cross(w: Walk, link: Link, skb: Skb, nextHop: string): void {
  const other = link.peer ? w.s.netns[link.peer.netns] : undefined;
  const peer = link.peer ? other?.links[link.peer.name] : undefined;
  if (!other || !peer?.up) {
    end(w, 'DROP', `${link.name} has no peer`);
    return;
  }
  if (peer.master === undefined) {
    input(w, other, skb, peer.name);
    return;
  }
  const bridge = other.links[peer.master] as Link;
  skb.physin = peer.name;
  hop(w, bridge.name);
  if (other.local[nextHop] !== undefined) {
    input(w, other, skb, bridge.name);
    return;
  }
  bridged(w, other, bridge, skb, nextHop);
}

/** From port to port of a bridge; br_netfilter shows it to the hooks of the IP layer. */
function bridged(w: Walk, netns: Netns, bridge: Link, skb: Skb, nextHop: string): void {
  if (goesRound(w, bridge.name)) return;
  enter(skb, netns, bridge.name);
  if (!tracked(w, netns) || w.s.sysctls[skb.dst.includes(':') ? 'net.bridge.bridge-nf-call-ip6tables' : 'net.bridge.bridge-nf-call-iptables'] !== '1') {
    toPort(w, netns, bridge, skb, nextHop);
    return;
  }
  hop(w, 'netfilter');
  netfilter.conntrackIn(w.s.netfilter, skb, w.env);
  if (!passes(w, netns, 'PREROUTING', skb)) return;
  if (skb.dst !== skb.orig.dst) {
    routeIn(w, netns, skb, bridge.name);
    return;
  }
  skb.oif = bridge.name;
  if (!passes(w, netns, 'FORWARD', skb) || !passes(w, netns, 'POSTROUTING', skb)) return;
  netfilter.confirm(w.s.netfilter, skb, w.env);
  toPort(w, netns, bridge, skb, nextHop);
}

/** ARP on a bridge: the namespace behind one of its ports that has the address. */
function toPort(w: Walk, netns: Netns, bridge: Link, skb: Skb, nextHop: string): void {
  const owner = w.s.owners[nextHop];
  const inner = owner === undefined ? undefined : w.s.netns[owner];
  const link = inner?.links[inner.local[nextHop] ?? ''];
  const port = link?.peer && link.peer.netns === netns.name ? netns.links[link.peer.name] : undefined;
  if (!inner || !link?.up || !port?.up || port.master !== bridge.name) {
    unreachable(w, netns, 'icmp-host-unreachable', arpTimeoutMs);
    return;
  }
  if (port.name === skb.physin && !port.hairpin) {
    end(w, 'DROP', `hairpin mode is off on ${port.name}`);
    return;
  }
  skb.physout = port.name;
  skb.physin = undefined;
  input(w, inner, skb, link.name);
}

/** Onto a wire: to the kernel that answers for the next hop; what nobody in the model is, is outside. */
function toWire(w: Walk, netns: Netns, link: Link, skb: Skb, nextHop: string, route: Route): void {
  const { neighbours, machine } = w.s;
  const gateway = skb.dst.includes(':') ? machine.gateway6 : machine.gateway;
  const direct = nextHop === gateway ? undefined : neighbours[nextHop];
  const to = direct ?? neighbours[skb.dst];
  if (to !== undefined && to !== w.env.ctx.self) {
    const near = direct !== undefined || sameSubnet(netns, link, skb.dst);
    w.wire = { to, delayMs: near ? wireMs : outsideMs };
    w.verdict = 'FORWARDED';
    hop(w, placeOf(to));
    return;
  }
  if ((route.via !== undefined && route.via === gateway) || (machine.outside !== null && nextHop === gateway)) {
    if (machine.outside !== null) w.wire = { to: machine.outside, delayMs: outsideMs };
    w.verdict = 'FORWARDED';
    hop(w, 'external');
    return;
  }
  unreachable(w, netns, 'icmp-host-unreachable', arpTimeoutMs);
}

/** Into a VXLAN datagram to the machine behind the next hop. Simplified: the outer datagram does not pass the hooks. */
function encapsulate(w: Walk, netns: Netns, skb: Skb, nextHop: string): void {
  const machine = vtepOf(w.s, nextHop) ?? vtepOf(w.s, skb.dst);
  const outer = machine === null ? null : lookupRoute(netns, machine);
  const link = outer ? netns.links[outer.dev] : undefined;
  const to = machine === null ? undefined : w.s.neighbours[machine];
  if (machine === null || link?.kind !== 'physical' || to === undefined) {
    unreachable(w, netns, 'icmp-host-unreachable', arpTimeoutMs);
    return;
  }
  hop(w, link.name);
  skb.vxlan = { src: machine.includes(':') ? (w.s.machine.ip6 ?? '') : w.s.machine.ip, dst: machine };
  w.wire = { to, delayMs: wireMs };
  w.verdict = 'FORWARDED';
  hop(w, placeOf(to));
}

function vtepOf(s: OsState, ip: string): string | null {
  const exact = s.vteps[vtepKey(ip)];
  if (exact !== undefined) return exact;
  for (const cidr in s.vteps) {
    const prefix = parsePrefix(cidr);
    if (prefix && holds(prefix, ip)) return s.vteps[cidr] as string;
  }
  return null;
}

function sameSubnet(netns: Netns, link: Link, ip: string): boolean {
  const routes = ip.includes(':') ? netns.routes6 : netns.routes;
  return routes.some((route) => route.dev === link.name && route.via === undefined && route.prefix.bits > 0 && holds(route.prefix, ip));
}

/** Every way round passes here: the walk is bounded. */
function goesRound(w: Walk, where: string): boolean {
  w.turns -= 1;
  if (w.turns >= 0) return false;
  end(w, 'DROP', `the packet goes round: more than ${maxTurns} turns on this machine, the last at ${where}`);
  return true;
}

/** Runs a hook. False: the walk is over, or went on elsewhere. */
function passes(w: Walk, netns: Netns, hook: Hook, skb: Skb): boolean {
  const result: HookResult = netfilter.hook(w.s.netfilter, hook, skb, w.env);
  if (result.by !== undefined) w.by = result.by;
  if (result.verdict === 'ACCEPT') return true;
  if (result.verdict === 'STOLEN') {
    if (result.next === 'POSTROUTING') sendOut(w, netns, skb);
    return false;
  }
  w.verdict = result.verdict;
  if (result.verdict === 'REJECT') w.answer = { netns: netns.name, code: result.rejectWith ?? 'icmp-port-unreachable', delayMs: 0 };
  return false;
}

const tracked = (w: Walk, netns: Netns): boolean => !w.bypass && netfilter.active(w.s.netfilter, netns.name);

/** ::1 never leaves its host: IPv6 has no such setting. */
function localnet(w: Walk, dev: string, ip: string): boolean {
  if (ip.includes(':')) return false;
  return w.s.sysctls['net.ipv4.conf.all.route_localnet'] === '1' || w.s.sysctls[`net.ipv4.conf.${dev}.route_localnet`] === '1';
}

const martian = (what: string, ip: string): string => `martian ${what}: ${ip.includes(':') ? '::1 stays on lo' : 'net.ipv4.conf.all.route_localnet is 0'}`;

function unreachable(w: Walk, netns: Netns, code: Unreachable, delayMs: number): void {
  w.verdict = 'NO_ROUTE';
  w.answer = { netns: netns.name, code, delayMs };
}

function end(w: Walk, verdict: PacketNote['verdict'], by?: string): void {
  w.verdict = verdict;
  if (by !== undefined) w.by = by;
}

function hop(w: Walk, name: string): void {
  if (w.hops[w.hops.length - 1] !== name) w.hops.push(name);
}

/** `worker-2/os` → `host:worker-2`; the client is called by its name. */
export function placeOf(address: string): string {
  const slash = address.indexOf('/');
  if (slash < 0) return 'external';
  const host = address.slice(0, slash);
  return host === 'client' ? 'client' : `host:${host}`;
}
