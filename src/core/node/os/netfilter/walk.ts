/** `Walk`: the packet lens on a host as it is. Follows `net/walk.ts`; sends nothing and leaves nothing behind. */
import type { WalkAnswer, WalkRequest } from '../../../contracts/netfilter.ts';
import type { HookEnvironment } from '../hooks.ts';
import { givenDraws } from './draws.ts';
import { parseAny } from './ip.ts';
import { Lens, type LensPacket } from './lens.ts';
import type { NetfilterTables } from './state.ts';

const wrong = (error: string): WalkAnswer => ({ steps: [], verdict: '', rulesLookedAt: 0, masquerade: false, error });

export function packetError({ protocol, src, sport, dst, dport }: LensPacket): string | null {
  if (!['tcp', 'udp', 'sctp', 'icmp'].includes(protocol)) return `unknown protocol "${protocol}"`;
  const [from, to] = [parseAny(String(src)), parseAny(String(dst))];
  if (!from) return `not an address: "${src}"`;
  if (!to) return `not an address: "${dst}"`;
  if (from.length !== to.length) return `addresses of two families: ${src}, ${dst}`;
  for (const port of [sport, dport]) if (!Number.isInteger(port) || port < 0 || port > 65535) return `not a port: ${port}`;
  return null;
}

/** `keep`: the connection exists afterwards, for the walk of its answer; only on a copy of a kernel. */
export function walk(state: NetfilterTables, request: WalkRequest, env: HookEnvironment, keep = false): WalkAnswer {
  const problem = packetError(request);
  if (problem) return wrong(problem);
  const lens = new Lens(state.host, env, state.generation, request, givenDraws(request.draws ?? [], state.host), false);
  const { skb } = lens;
  if (request.incoming) {
    skb.iif = env.route('host', skb.src)?.dev ?? 'eth0';
    lens.say('device', skb.iif, 'comes in');
    arrive(lens);
  } else if (request.netns === 'host') leaveHost(lens);
  else leavePod(lens, request.netns);
  const answer = lens.answer();
  if (keep) lens.keep();
  return answer;
}

/** From a socket of the machine. */
function leaveHost(lens: Lens): void {
  const { skb, env } = lens;
  skb.local = true;
  lens.say('socket', `${skb.protocol} ${skb.src}:${skb.sport}`, 'sends');
  lens.track();
  const route = env.route('host', skb.dst);
  if (!route) {
    noRoute(lens);
    return;
  }
  skb.oif = route.dev;
  tellRoute(lens, route);
  const { dst, mark } = skb;
  const outcome = lens.hook('OUTPUT');
  if (outcome === 'over') return;
  sendOn(lens, dst !== skb.dst || mark !== skb.mark || outcome === 'stolen');
}

/** From a pod: over its veth pair onto the bridge. */
function leavePod(lens: Lens, netns: string): void {
  const { skb, env } = lens;
  const route = env.route(netns, skb.dst);
  const label = env.ownerOf(skb.src)?.label ?? netns;
  lens.say('socket', `${skb.protocol} ${skb.src}:${skb.sport}`, `sends, in ${label}`);
  if (!route) {
    noRoute(lens);
    return;
  }
  if (route.dev === 'lo') {
    lens.verdict = 'DELIVERED';
    lens.say('device', 'lo', 'stays in its namespace');
    return;
  }
  lens.say('route', routeText(skb.dst, route), label);
  lens.say('device', `${route.dev} → veth`, 'to the machine');
  const back = env.route('host', skb.src);
  skb.iif = back?.dev ?? 'cni0';
  lens.say('device', skb.iif, 'comes in');
  if (route.via === undefined && env.sysctl('net.bridge.bridge-nf-call-iptables') !== '1' && back?.dev === env.route('host', skb.dst)?.dev) {
    lens.say('device', `bridge ${skb.iif}`, 'net.bridge.bridge-nf-call-iptables is 0: the hooks do not see it');
    deliver(lens);
    return;
  }
  arrive(lens);
}

/** It came in by a device of the machine. */
function arrive(lens: Lens): void {
  const { skb, env } = lens;
  lens.track();
  if (lens.hook('PREROUTING') === 'over') return;
  if (env.isLocal('host', skb.dst)) {
    lens.say('route', `local ${skb.dst} dev lo`);
    input(lens);
    return;
  }
  if (env.sysctl('net.ipv4.ip_forward') !== '1') {
    lens.verdict = 'DROP';
    lens.say('route', 'net.ipv4.ip_forward is 0');
    return;
  }
  const route = env.route('host', skb.dst);
  if (!route) {
    noRoute(lens);
    return;
  }
  tellRoute(lens, route);
  skb.oif = route.dev;
  if (lens.hook('FORWARD') === 'over') return;
  leave(lens);
}

function input(lens: Lens): void {
  const outcome = lens.hook('INPUT');
  if (lens.goesRound()) return;
  if (outcome === 'over') return;
  if (outcome === 'stolen') {
    sendOn(lens, true);
    return;
  }
  lens.entry();
  socketOf(lens, 'host', 'the machine');
}

function sendOn(lens: Lens, again: boolean): void {
  const { skb, env } = lens;
  const route = env.route('host', skb.dst);
  if (!route) {
    noRoute(lens);
    return;
  }
  if (again) tellRoute(lens, route);
  skb.oif = route.dev;
  if (route.dev !== 'lo') {
    leave(lens);
    return;
  }
  if (lens.hook('POSTROUTING') === 'over') return;
  skb.iif = 'lo';
  skb.oif = undefined;
  if (lens.hook('PREROUTING') === 'over') return;
  skb.local = false;
  input(lens);
}

function leave(lens: Lens): void {
  if (lens.hook('POSTROUTING') === 'over') return;
  lens.entry();
  deliver(lens);
}

function deliver(lens: Lens): void {
  const { skb, env } = lens;
  const dev = skb.oif ?? skb.iif ?? '';
  const owner = env.ownerOf(skb.dst);
  if (!owner) {
    lens.verdict = 'FORWARDED';
    lens.say('device', dev, 'leaves');
    return;
  }
  lens.say('device', `${dev} → veth`, `to ${owner.label}`);
  socketOf(lens, owner.netns, owner.label);
}

function socketOf(lens: Lens, netns: string, label: string): void {
  const { skb, env } = lens;
  if (lens.answering) {
    lens.verdict = 'DELIVERED';
    lens.say('socket', `${skb.protocol} ${skb.dst}:${skb.dport}`, `${label}: the socket that began it`);
    return;
  }
  const listener = skb.protocol === 'icmp' ? 'the kernel' : env.listener(netns, skb.protocol, skb.dst, skb.dport);
  lens.verdict = listener === null ? 'NO_LISTENER' : 'DELIVERED';
  lens.say('socket', `${skb.protocol} ${skb.dst}:${skb.dport}`, listener === null ? `nobody listens in ${label}` : `${label}: ${listener}`);
}

const routeText = (dst: string, route: { dev: string; via?: string }): string => `${dst}${route.via === undefined ? '' : ` via ${route.via}`} dev ${route.dev}`;

function tellRoute(lens: Lens, route: { dev: string; via?: string }): void {
  lens.say('route', routeText(lens.skb.dst, route));
}

function noRoute(lens: Lens): void {
  lens.verdict = 'NO_ROUTE';
  lens.say('route', `${lens.skb.dst}: network is unreachable`);
}
