/**
 * TCP without bytes on the wire: handshake, data, half close, reset, SYN retries. Models net/ipv4 tcp_input.c, tcp_output.c, tcp_timer.c (Linux 6).
 * Simplified: data is never lost on a way that carried the handshake, so it is neither acknowledged nor sent again; no windows, no congestion.
 */
import type { Accepted, Connected, ConnectFailed, Packet, PacketNote, Received, SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import { netfilter, type Skb } from '../hooks.ts';
import { canonicalIP, isAddress } from './address.ts';
import { environmentOf } from './environment.ts';
import { errnoOf, type Kernel, type SynTimer } from './kernel.ts';
import { sourceFor } from './links.ts';
import {
  addConnection,
  type Connection,
  connectionOf,
  ephemeralPort,
  type Listener,
  maxConnections,
  newConnection,
  type Path,
  removeConnection,
} from './sockets.ts';

/** TCP_TIMEOUT_INIT; each retry waits twice as long: a SYN at 0, 1, 3, 7, 15, 31, 63 s. */
const firstRetryMs = 1000;
/** net.ipv4.tcp_syn_retries: after 127 s the kernel gives up by itself. */
const synRetries = 6;
/** A server forgets a half-open connection after its five SYN-ACK retries. */
const halfOpenMs = 63_000;
/** net.ipv4.tcp_fin_timeout: how long a closed socket waits for its peer's FIN. */
const finTimeoutMs = 60_000;
/** Of one write; more than any program of the model sends. */
const maxDataLength = 4 * 1024 * 1024;

export function connect(k: Kernel, request: Extract<SocketRequest, { op: 'connect' }>): SocketAnswer {
  const { s, ctx } = k;
  const netns = s.netns[request.netns];
  const fail = (reason: string): SocketAnswer => {
    const failed: ConnectFailed = { type: 'ConnectFailed', tag: request.tag, reason };
    ctx.send(request.owner, failed);
    return { error: reason };
  };
  if (!netns) return fail('network is unreachable');
  if (!Number.isInteger(request.port) || request.port < 1 || request.port > 65535 || !isAddress(request.ip)) return fail('invalid argument');
  bury(k);
  const ip = request.ip === '0.0.0.0' ? '127.0.0.1' : request.ip === '::' ? '::1' : canonicalIP(request.ip);
  const lip = sourceFor(netns, ip);
  if (lip === null) return fail('network is unreachable');
  const lport = s.sockets.open < maxConnections ? ephemeralPort(s, netns.name, request.protocol, lip, ip, request.port, () => ctx.random()) : 0;
  if (lport === 0) return fail('cannot assign requested address');
  const connection = newConnection(netns.name, request.protocol, 'SYN-SENT', ctx.nowMs);
  connection.lip = lip;
  connection.lport = lport;
  connection.pip = ip;
  connection.pport = request.port;
  connection.owner = request.owner;
  connection.tag = request.tag;
  connection.flow = `${s.machine.host}#${s.sockets.nextId}`;
  connection.deadlineMs = ctx.nowMs + Math.max(1, Math.floor(request.timeoutMs) || 1);
  if (request.data !== undefined) connection.pending = request.data.slice(0, maxDataLength);
  if (request.uid !== undefined) connection.uid = request.uid;
  addConnection(s, connection);
  segment(k, connection, 'SYN', '', false);
  if (connectionOf(s, connection.id) && connection.state === 'SYN-SENT') awaitAnswer(k, connection, 0);
  return { connection: connection.id, localIP: lip, localPort: lport };
}

function awaitAnswer(k: Kernel, c: Connection, attempt: number): void {
  c.attempt = attempt;
  const waitMs = Math.min(firstRetryMs * (1 << attempt), c.deadlineMs - k.ctx.nowMs);
  const timer: SynTimer = { type: 'SynTimer', connection: c.id, attempt };
  k.ctx.send(k.ctx.self, timer, Math.max(0, waitMs));
}

export function onSynTimer(k: Kernel, { connection, attempt }: SynTimer): void {
  const c = connectionOf(k.s, connection);
  if (c?.state !== 'SYN-SENT' || c.attempt !== attempt) return;
  if (k.ctx.nowMs >= c.deadlineMs) {
    failConnect(k, c, 'i/o timeout');
    return;
  }
  if (attempt >= synRetries) {
    failConnect(k, c, 'connection timed out');
    return;
  }
  segment(k, c, 'SYN', '', false);
  if (connectionOf(k.s, c.id) && (c.state as string) === 'SYN-SENT') awaitAnswer(k, c, attempt + 1);
}

function failConnect(k: Kernel, c: Connection, reason: string): void {
  removeConnection(k.s, c, k.ctx.nowMs, false);
  const failed: ConnectFailed = { type: 'ConnectFailed', tag: c.tag, reason };
  if (c.owner !== '') k.ctx.send(c.owner, failed);
}

/** Writes; with `close` FIN follows the data. EPIPE: it is closed for writing, or gone. */
export function send(k: Kernel, request: Extract<SocketRequest, { op: 'send' }>): SocketAnswer {
  const c = connectionOf(k.s, request.connection);
  if (!c || c.netns !== request.netns || c.finSent || c.orphan) return { error: 'EPIPE' };
  const data = String(request.data ?? '').slice(0, maxDataLength);
  if (c.state === 'SYN-SENT') {
    c.pending += data;
    if (request.close) c.pendingFin = true;
    return {};
  }
  write(k, c, data, request.close === true);
  return {};
}

function write(k: Kernel, c: Connection, data: string, fin: boolean): void {
  if (fin) c.finSent = true;
  const done = c.finSent && c.finReceived;
  if (data !== '') segment(k, c, 'DATA', data, fin);
  else if (fin) segment(k, c, 'FIN', '', true);
  if (done) removeConnection(k.s, c, k.ctx.nowMs, false);
}

/** close(2): the owner neither reads nor writes any more. `reset`: SO_LINGER 0. */
export function close(k: Kernel, connection: string, netns: string, reset: boolean): SocketAnswer {
  const c = connectionOf(k.s, connection);
  if (!c || c.netns !== netns) return { error: 'EBADF' };
  shut(k, c, reset);
  return {};
}

/** Closes whole; also what happens to the sockets of a process that died. */
export function shut(k: Kernel, c: Connection, reset: boolean): void {
  const { s, ctx } = k;
  if (c.state === 'SYN-SENT') {
    removeConnection(s, c, ctx.nowMs, false);
    return;
  }
  if (reset) {
    removeConnection(s, c, ctx.nowMs, false);
    segment(k, c, 'RST', '', false);
    return;
  }
  c.owner = '';
  c.orphan = true;
  if (!c.finSent) write(k, c, '', true);
  else if (c.finReceived) removeConnection(s, c, ctx.nowMs, true);
  if (connectionOf(s, c.id)) s.sockets.dying.push({ id: c.id, untilMs: ctx.nowMs + finTimeoutMs });
}

/** A segment of a connection: along the path walked before when both ends are here and nothing changed, else packet by packet. */
function segment(k: Kernel, c: Connection, flags: Skb['flags'], data: string, fin: boolean): void {
  const { s, ctx } = k;
  const { path } = c;
  const peer = c.peer === '' || flags === 'SYN' || flags === 'SYN-ACK' ? undefined : connectionOf(s, c.peer);
  if (peer && path && path.net === s.netGeneration && path.filter === s.netfilter.generation) {
    if (netfilter.active(s.netfilter, 'host'))
      netfilter.touch(
        s.netfilter,
        { protocol: c.protocol, src: c.lip, sport: c.lport, dst: c.pip, dport: c.pport, flags, fin, netns: 'host' },
        environmentOf(s, ctx),
      );
    if (flags === 'DATA' || flags === 'RST') tell(k, c, path, flags, data, fin);
    deliver(k, peer, flags, data, fin);
    return;
  }
  k.transmit({
    protocol: c.protocol,
    src: c.lip,
    sport: c.lport,
    dst: c.pip,
    dport: c.pport,
    flags,
    data,
    fin,
    flow: c.flow,
    netns: c.netns,
    uid: c.uid < 0 ? undefined : c.uid,
    origin: c.id,
  });
}

function tell(k: Kernel, c: Connection, path: Path, flags: Skb['flags'], data: string, fin: boolean): void {
  const packet: { -readonly [K in keyof Packet]: Packet[K] } = {
    type: 'Packet',
    protocol: c.protocol,
    src: c.lip,
    sport: c.lport,
    dst: c.pip,
    dport: c.pport,
    flags,
    data,
    flow: c.flow,
    ttl: 64,
  };
  if (fin) packet.fin = true;
  const note: { -readonly [K in keyof PacketNote]: PacketNote[K] } = { type: 'PacketPath', packet, verdict: 'DELIVERED', hops: path.hops };
  if (path.translated !== null) note.translated = path.translated;
  if (path.by !== null) note.by = path.by;
  k.ctx.note(note);
}

/** A segment that reached its namespace. */
export function tcpReceive(k: Kernel, netns: string, skb: Skb, socket: Connection | Listener | null): void {
  if (socket === null || !('state' in socket)) {
    if (socket !== null) open(k, netns, skb, socket);
    else if (skb.flags === 'SYN' || skb.flags === 'SYN-ACK' || skb.flags === 'DATA')
      k.transmit({
        protocol: skb.protocol,
        src: skb.dst,
        sport: skb.dport,
        dst: skb.src,
        dport: skb.sport,
        flags: 'RST',
        data: '',
        fin: false,
        flow: skb.flow,
        netns,
      });
    return;
  }
  const c = socket;
  c.peer = skb.origin ?? '';
  if (skb.flags === 'SYN') {
    if (c.state === 'SYN-RECV') segment(k, c, 'SYN-ACK', '', false);
    return;
  }
  if (skb.flags === 'UNREACHABLE') {
    // An established connection takes ICMP errors as passing trouble.
    if (c.state === 'SYN-SENT') failConnect(k, c, errnoOf(skb.data));
    return;
  }
  deliver(k, c, skb.flags, skb.data, skb.fin);
}

function open(k: Kernel, netns: string, skb: Skb, listener: Listener): void {
  const { s, ctx } = k;
  bury(k);
  if (s.sockets.open >= maxConnections) return;
  const c = newConnection(netns, skb.protocol, 'SYN-RECV', ctx.nowMs);
  c.lip = skb.dst;
  c.lport = skb.dport;
  c.pip = skb.src;
  c.pport = skb.sport;
  c.owner = listener.accept ? listener.owner : '';
  c.tag = listener.tag;
  c.flow = skb.flow;
  c.server = true;
  c.peer = skb.origin ?? '';
  addConnection(s, c);
  segment(k, c, 'SYN-ACK', '', false);
  if (connectionOf(s, c.id) && c.state === 'SYN-RECV') s.sockets.dying.push({ id: c.id, untilMs: ctx.nowMs + halfOpenMs });
}

/** Ends what waited in vain. Done when connections are opened: no timer runs for it. */
function bury({ s, ctx }: Kernel): void {
  const { dying } = s.sockets;
  let over = 0;
  for (const { id, untilMs } of dying) {
    const c = connectionOf(s, id);
    if (c && (c.orphan || c.state === 'SYN-RECV')) {
      if (untilMs > ctx.nowMs) break;
      removeConnection(s, c, ctx.nowMs, false);
    }
    over += 1;
  }
  if (over > 0) dying.splice(0, over);
}

/** What a segment does to the connection it belongs to. */
function deliver(k: Kernel, c: Connection, flags: Skb['flags'], data: string, fin: boolean): void {
  switch (flags) {
    case 'SYN-ACK':
      if (c.state === 'SYN-SENT') established(k, c);
      return;
    case 'RST':
      if (c.state === 'SYN-SENT') {
        failConnect(k, c, 'connection refused');
        return;
      }
      removeConnection(k.s, c, k.ctx.nowMs, false);
      if (c.state === 'ESTAB') hand(k, c, '', true, true);
      return;
    case 'ACK':
      if (c.state === 'SYN-RECV') accepted(k, c);
      return;
    case 'DATA':
    case 'FIN':
      if (data !== '' || fin) take(k, c, data, fin);
      return;
    default:
      return;
  }
}

function established(k: Kernel, c: Connection): void {
  c.state = 'ESTAB';
  c.sinceMs = k.ctx.nowMs;
  const connected: Connected = { type: 'Connected', tag: c.tag, connection: c.id, localIP: c.lip, localPort: c.lport };
  if (c.owner !== '') k.ctx.send(c.owner, connected);
  const { pending, pendingFin } = c;
  c.pending = '';
  c.pendingFin = false;
  // The last step of the handshake rides on the data when there is some.
  if (pending !== '') write(k, c, pending, pendingFin);
  else {
    segment(k, c, 'ACK', '', false);
    if (pendingFin) write(k, c, '', true);
  }
}

function accepted(k: Kernel, c: Connection, data?: string): void {
  c.state = 'ESTAB';
  c.sinceMs = k.ctx.nowMs;
  if (c.owner === '') return;
  const { tag, id: connection, pip: peerIP, pport: peerPort, lip: localIP, lport: localPort } = c;
  const message: Accepted =
    data === undefined
      ? { type: 'Accepted', tag, connection, peerIP, peerPort, localIP, localPort }
      : { type: 'Accepted', tag, connection, peerIP, peerPort, localIP, localPort, data };
  k.ctx.send(c.owner, message);
}

function take(k: Kernel, c: Connection, data: string, fin: boolean): void {
  if (c.orphan && data !== '') {
    // Data for a socket that was closed whole: RST, as tcp_rcv_state_process does.
    removeConnection(k.s, c, k.ctx.nowMs, false);
    segment(k, c, 'RST', '', false);
    return;
  }
  let rest = data;
  if (c.state === 'SYN-RECV') {
    accepted(k, c, data === '' ? undefined : data);
    rest = '';
  }
  if (fin) c.finReceived = true;
  // A server that has said its last word is not told that the client closed too.
  if (rest !== '' || (fin && !(c.server && c.finSent))) hand(k, c, rest, fin, false);
  if (c.finReceived && c.finSent) removeConnection(k.s, c, k.ctx.nowMs, true);
}

function hand(k: Kernel, c: Connection, data: string, closed: boolean, reset: boolean): void {
  if (c.owner === '') return;
  const message: Received = reset
    ? { type: 'Received', tag: c.tag, connection: c.id, data, closed, reset }
    : { type: 'Received', tag: c.tag, connection: c.id, data, closed };
  k.ctx.send(c.owner, message);
}
