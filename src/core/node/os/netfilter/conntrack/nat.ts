/** Translations. Models net/netfilter/nf_nat_core.c: the flow is bound once for each side, every packet is rewritten from it. */
import type { HookEnvironment, Skb } from '../../hooks.ts';
import { formatIp, parseAny } from '../ip.ts';
import type { Draws, NatRequest } from '../packet.ts';
import type { Namespace } from '../state.ts';
import { flowOf, type Pending, pendingOf } from './flows.ts';
import { tupleTaken } from './table.ts';

export type Side = 'destination' | 'source';

/** Fits a flow's answers to what a rule asked for. False: it cannot be, the packet is dropped. */
export function bind(ns: Namespace, p: Pending, side: Side, request: NatRequest | null, skb: Skb, env: HookEnvironment, draws: Draws): boolean {
  if (side === 'destination') {
    p.boundDst = true;
    if (request === null) return true;
    const ip = destinationOf(request, skb, env, draws);
    if (ip === null) return false;
    const { sport, dst, dport } = p.reply;
    p.reply = { src: ip, sport: portOf(request, sport, draws), dst, dport };
    p.dnat = true;
    return true;
  }
  p.boundSrc = true;
  const keepIp = p.reply.dst;
  let ip = keepIp;
  if (request !== null) {
    const found = request.kind === 'MASQUERADE' ? masqueradeAddress(skb, env) : inRange(request, draws);
    if (found === null) return false;
    ip = found === '' ? keepIp : found;
  }
  const { src, sport, dport } = p.reply;
  const port = p.protocol === 'icmp' ? dport : sourcePort(ns, p, ip, request, env.ctx.nowMs, draws);
  if (port < 0) return false;
  p.reply = { src, sport, dst: ip, dport: port };
  p.snat = p.reply.dst !== p.orig.src || p.reply.dport !== p.orig.sport;
  return true;
}

function destinationOf(request: NatRequest, skb: Skb, env: HookEnvironment, draws: Draws): string | null {
  if (request.kind !== 'REDIRECT') return request.min === '' ? skb.dst : inRange(request, draws);
  if (skb.local || skb.iif === undefined) return '127.0.0.1';
  const cidr = env.addresses(skb.netns, skb.iif)[0];
  return cidr === undefined ? null : cidr.slice(0, cidr.indexOf('/') < 0 ? cidr.length : cidr.indexOf('/'));
}

function inRange({ min, max }: NatRequest, draws: Draws): string {
  if (min === max) return min;
  const [from, to] = [parseAny(min), parseAny(max)];
  if (!from || !to || from.length !== 1 || to.length !== 1) return min;
  const span = ((to[0] as number) >>> 0) - ((from[0] as number) >>> 0) + 1;
  return span < 1 ? min : formatIp([((from[0] as number) + draws.pick(span)) | 0]);
}

const portOf = (request: NatRequest, port: number, draws: Draws): number =>
  request.portMin === 0 ? port : request.portMin + (request.portMax > request.portMin ? draws.pick(request.portMax - request.portMin + 1) : 0);

function masqueradeAddress(skb: Skb, env: HookEnvironment): string | null {
  return skb.oif === 'lo' ? skb.src : env.addressOf(skb.netns, skb.oif ?? '', skb.dst);
}

/** How many ports are tried before the packet is given up: NF_NAT_MAX_ATTEMPTS. */
const attempts = 128;

/** The port answers come to: its own when it is free, else one of the range the kernel uses for such ports. -1: none is free. */
function sourcePort(ns: Namespace, p: Pending, ip: string, request: NatRequest | null, nowMs: number, draws: Draws): number {
  const own = p.orig.sport;
  const { src, sport } = p.reply;
  const free = (port: number): boolean => !tupleTaken(ns.ct, p.protocol, { src, sport, dst: ip, dport: port }, nowMs);
  const inside = request === null || request.portMin === 0 || (own >= request.portMin && own <= request.portMax);
  const random = request?.random === true;
  if (!random && inside && free(own)) return own;
  const [min, max] =
    request !== null && request.portMin > 0 ? [request.portMin, request.portMax] : own < 512 ? [1, 511] : own < 1024 ? [600, 1023] : [1024, 65535];
  const size = max - min + 1;
  let at = draws.pick(size);
  for (let i = 0; i < Math.min(size, attempts); i += 1) {
    if (free(min + at)) return min + at;
    at = (at + 1) % size;
  }
  return -1;
}

/** Rewrites a packet from its flow. IPVS flows keep their destination here: it is IPVS that sends them on. */
export function translate(ns: Namespace, skb: Skb, side: Side): void {
  const flow = pendingOf(skb) ?? flowOf(ns, skb);
  if (!flow || skb.ctstate === 'INVALID' || skb.ctstate === 'UNTRACKED') return;
  if (skb.ctdir === 'REPLY') {
    if (side === 'destination') {
      if (!flow.snat) return;
      skb.dst = flow.orig.src;
      skb.dport = flow.orig.sport;
    } else if (flow.dnat || flow.ipvs) {
      skb.src = flow.orig.dst;
      skb.sport = flow.orig.dport;
    }
    return;
  }
  if (side === 'destination') {
    if (!flow.dnat) return;
    skb.dst = flow.reply.src;
    skb.dport = flow.reply.sport;
  } else if (flow.snat) {
    skb.src = flow.reply.dst;
    skb.sport = flow.reply.dport;
  }
}
