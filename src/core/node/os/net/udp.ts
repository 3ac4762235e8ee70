/** UDP and ICMP echo. Models net/ipv4 udp.c, icmp.c, ping.c. */
import type { Datagram, PingReply, SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import type { Skb } from '../hooks.ts';
import { canonicalIP, isAddress } from './address.ts';
import { errnoOf, type Kernel, type PingTimer } from './kernel.ts';
import { sourceFor } from './links.ts';
import { bindEphemeral, type Listener, socketsOf } from './sockets.ts';

const maxDatagramLength = 65_507;
const maxPings = 10_000;

/** Errors: ENETUNREACH, EINVAL, EMSGSIZE, EAGAIN (no port left). */
export function sendto(k: Kernel, request: Extract<SocketRequest, { op: 'sendto' }>): SocketAnswer {
  const { s, ctx } = k;
  const netns = s.netns[request.netns];
  if (!netns) return { error: 'ENETUNREACH' };
  if (!Number.isInteger(request.port) || request.port < 1 || request.port > 65535 || !isAddress(request.ip)) return { error: 'EINVAL' };
  if (request.data.length > maxDatagramLength) return { error: 'EMSGSIZE' };
  const ip = request.ip === '0.0.0.0' ? '127.0.0.1' : request.ip === '::' ? '::1' : canonicalIP(request.ip);
  const source = sourceFor(netns, ip);
  if (source === null) return { error: 'ENETUNREACH' };
  let port = request.fromPort ?? 0;
  let bound = '0.0.0.0';
  if (request.fromPort === undefined) {
    const socket = bindEphemeral(s, netns.name, request.owner, request.tag, ctx.nowMs, () => ctx.random());
    if (!socket) return { error: 'EAGAIN' };
    port = socket.port;
  } else {
    const socket = socketsOf(s, netns.name).listeners[`udp ${request.fromPort}`]?.find((l) => l.tag === request.tag);
    if (!socket) return { error: 'EINVAL' };
    bound = socket.ip;
  }
  const src = bound === '0.0.0.0' || bound === '::' || bound === '' ? source : bound;
  k.transmit({
    protocol: 'udp',
    src,
    sport: port,
    dst: ip,
    dport: request.port,
    flags: 'UDP',
    data: request.data,
    fin: false,
    flow: flowOf('udp', src, port, ip, request.port),
    netns: netns.name,
  });
  return { localIP: src, localPort: port };
}

/** The same text in both directions, so that question and answer are drawn as one flow. */
function flowOf(protocol: string, a: string, aport: number, b: string, bport: number): string {
  const [x, y] = [`${a}:${aport}`, `${b}:${bport}`];
  return x < y ? `${protocol} ${x} ${y}` : `${protocol} ${y} ${x}`;
}

export function udpReceive(k: Kernel, netns: string, skb: Skb, socket: Listener | null): void {
  if (!socket) {
    if (skb.flags !== 'UDP') return;
    const { protocol, src, sport, dst, dport, flow } = skb;
    k.transmit({ protocol, src: dst, sport: dport, dst: src, dport: sport, flags: 'UNREACHABLE', data: 'icmp-port-unreachable', fin: false, flow, netns });
    return;
  }
  socket.usedAtMs = k.ctx.nowMs;
  const base = { type: 'Datagram', tag: socket.tag, peerIP: skb.src, peerPort: skb.sport, localIP: skb.dst, localPort: skb.dport } as const;
  const message: Datagram = skb.flags === 'UNREACHABLE' ? { ...base, data: '', error: errnoOf(skb.data) } : { ...base, data: skb.data };
  k.ctx.send(socket.owner, message);
}

export function ping(k: Kernel, request: Extract<SocketRequest, { op: 'ping' }>): SocketAnswer {
  const { s, ctx } = k;
  const netns = s.netns[request.netns];
  if (!isAddress(request.ip)) return { error: 'EINVAL' };
  const ip = canonicalIP(request.ip);
  const src = netns ? sourceFor(netns, ip) : null;
  if (!netns || src === null) return { error: 'ENETUNREACH' };
  let waiting = 0;
  for (const _ in s.sockets.pings) waiting += 1;
  if (waiting >= maxPings) return { error: 'EAGAIN' };
  const id = 1 + (s.sockets.nextId++ % 65535);
  const key = `p${id}`;
  s.sockets.pings[key] = { owner: request.owner, tag: request.tag, ip, netns: netns.name, sentMs: ctx.nowMs };
  k.transmit({
    protocol: 'icmp',
    src,
    sport: id,
    dst: ip,
    dport: 0,
    flags: 'ECHO',
    data: '',
    fin: false,
    flow: `${s.machine.host}#${key}`,
    netns: netns.name,
  });
  if (s.sockets.pings[key]) {
    const timer: PingTimer = { type: 'PingTimer', key };
    ctx.send(ctx.self, timer, Math.max(1, Math.floor(request.timeoutMs) || 1));
  }
  return { localIP: src };
}

export function onPingTimer(k: Kernel, { key }: PingTimer): void {
  answerPing(k, key, 'i/o timeout');
}

export function icmpReceive(k: Kernel, netns: string, skb: Skb): void {
  if (skb.flags === 'ECHO') {
    // The identifier stays where the sender put it: conntrack tells requests and replies apart by it.
    k.transmit({
      protocol: 'icmp',
      src: skb.dst,
      sport: 0,
      dst: skb.src,
      dport: skb.sport,
      flags: 'ECHO-REPLY',
      data: skb.data,
      fin: false,
      flow: skb.flow,
      netns,
    });
  } else answerPing(k, `p${skb.dport}`, skb.flags === 'UNREACHABLE' ? errnoOf(skb.data) : undefined);
}

function answerPing(k: Kernel, key: string, error: string | undefined): void {
  const { s, ctx } = k;
  const waiting = Object.hasOwn(s.sockets.pings, key) ? s.sockets.pings[key] : undefined;
  if (!waiting) return;
  delete s.sockets.pings[key];
  const base = { type: 'PingReply', tag: waiting.tag, ip: waiting.ip, rttMs: ctx.nowMs - waiting.sentMs } as const;
  const reply: PingReply = error === undefined ? base : { ...base, error };
  ctx.send(waiting.owner, reply);
}
