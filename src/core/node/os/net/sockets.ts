/** The sockets of a host, by namespace: what listens, what is connected, and how a packet finds its socket. */
import type { Protocol, SocketAnswer, SocketInfo } from '../../../contracts/socket.ts';
import type { OsState } from '../state.ts';
import { isAddress } from './address.ts';
import { connectionAt, indexConnection, unindexConnection } from './demux.ts';

/** Bounds of what programs may open on one host. */
export const maxConnections = 50_000;
export const maxListenersPerNamespace = 5_000;
/** `net.ipv4.ip_local_port_range`. */
const [firstPort, lastPort] = [32768, 60999];
/** TCP_TIMEWAIT_LEN of Linux. */
const timeWaitMs = 60_000;
const maxTimeWait = 64;
/** A socket that was only bound by sending a datagram is forgotten when idle for this long. */
const ephemeralIdleMs = 60_000;

export interface Listener {
  protocol: Protocol;
  ip: string;
  port: number;
  owner: string;
  tag: string;
  /** false: connections are established by the kernel and nobody ever takes them. */
  accept: boolean;
  /** UDP socket bound by its first `sendto`. */
  ephemeral: boolean;
  usedAtMs: number;
}

/** One end of a TCP connection (SCTP is treated alike). */
export interface Connection {
  id: string;
  netns: string;
  protocol: Protocol;
  state: 'SYN-SENT' | 'SYN-RECV' | 'ESTAB';
  lip: string;
  lport: number;
  pip: string;
  pport: number;
  /** '' when nobody reads it (closed by its owner, or never accepted). */
  owner: string;
  tag: string;
  flow: string;
  server: boolean;
  sinceMs: number;
  finSent: boolean;
  finReceived: boolean;
  /** Its owner closed it whole: what still comes is refused with RST. */
  orphan: boolean;
  /** To be written as soon as it is established; '' for nothing. */
  pending: string;
  pendingFin: boolean;
  /** When connecting ends at the latest, and how often SYN was sent again. */
  deadlineMs: number;
  attempt: number;
  /** Of the process, -1 when unknown. */
  uid: number;
  /** The other end, when it is on this host ('' when not), and the way there as it was walked last. */
  peer: string;
  path: Path | null;
}
export interface Path {
  net: number;
  filter: number;
  hops: string[];
  translated: { dst: string; dport: number } | null;
  by: string | null;
}

export interface NamespaceSockets {
  /** `tcp 80` → sockets bound there, one per address. */
  listeners: Record<string, Listener[]>;
  /** Tag → port, of UDP sockets bound by sending. */
  ephemeral: Record<string, number>;
  nextPort: number;
  bound: number;
}
export interface SocketTable {
  namespaces: Record<string, NamespaceSockets>;
  /** Slot → connection; the id `c3.17` names slot 3. Slots are used again, ids are not. */
  connections: (Connection | null)[];
  freeSlots: number[];
  open: number;
  nextId: number;
  /** Connections that end when their peer stays silent (half open, or closed by their owner), oldest first. */
  dying: { id: string; untilMs: number }[];
  timeWait: { untilMs: number; netns: string; info: SocketInfo }[];
  /** `p7` → a ping under way. */
  pings: Record<string, { owner: string; tag: string; ip: string; netns: string; sentMs: number }>;
}

export const newSocketTable = (): SocketTable => ({
  namespaces: {},
  connections: [],
  freeSlots: [],
  open: 0,
  nextId: 1,
  dying: [],
  timeWait: [],
  pings: {},
});

export function socketsOf(s: OsState, netns: string): NamespaceSockets {
  let sockets = s.sockets.namespaces[netns];
  if (!sockets) {
    sockets = { listeners: {}, ephemeral: {}, nextPort: 0, bound: 0 };
    s.sockets.namespaces[netns] = sockets;
  }
  return sockets;
}

const isAny = (ip: string): boolean => ip === '0.0.0.0' || ip === '::' || ip === '';

/** Binds a listening socket. Errors: EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENFILE. */
export function listen(s: OsState, netns: string, listener: Listener): SocketAnswer {
  const sockets = socketsOf(s, netns);
  const { port, ip, protocol } = listener;
  if (!Number.isInteger(port) || port < 1 || port > 65535 || !(ip === '' || isAddress(ip)) || !/^(tcp|udp|sctp)$/.test(protocol)) return { error: 'EINVAL' };
  if (!isAny(ip) && s.netns[netns]?.local[ip] === undefined && !ip.startsWith('127.') && ip !== '::1') return { error: 'EADDRNOTAVAIL' };
  const key = `${protocol} ${port}`;
  const there = sockets.listeners[key];
  if (there?.some((other) => other.ip === ip || isAny(other.ip) || isAny(ip))) return { error: 'EADDRINUSE' };
  if (sockets.bound >= maxListenersPerNamespace) return { error: 'ENFILE' };
  sockets.bound += 1;
  if (there) there.push(listener);
  else sockets.listeners[key] = [listener];
  return { localIP: ip, localPort: port };
}

/** Closes listening sockets of `netns` whose tag answers `matches`. */
export function unlisten(s: OsState, netns: string, matches: (tag: string) => boolean): void {
  const sockets = s.sockets.namespaces[netns];
  if (!sockets) return;
  for (const key of Object.keys(sockets.listeners)) {
    const there = sockets.listeners[key] as Listener[];
    const left = there.filter((listener) => !matches(listener.tag));
    if (left.length === there.length) continue;
    sockets.bound -= there.length - left.length;
    for (const gone of there) if (gone.ephemeral && matches(gone.tag)) delete sockets.ephemeral[`t ${gone.tag}`];
    if (left.length > 0) sockets.listeners[key] = left;
    else delete sockets.listeners[key];
  }
}

/** The socket bound at `ip:port`: an exact address before any. */
export function listenerAt(s: OsState, netns: string, protocol: Protocol, ip: string, port: number): Listener | null {
  const there = s.sockets.namespaces[netns]?.listeners[`${protocol} ${port}`];
  if (!there) return null;
  let any: Listener | null = null;
  for (const listener of there) {
    if (listener.ip === ip) return listener;
    if (isAny(listener.ip) && !(listener.ip === '0.0.0.0' && ip.includes(':') && !listener.ephemeral)) any = listener;
  }
  return any;
}

/** A free port for a connection to `pip:pport`; 0: none left. Even ones, as Linux gives to connect(). */
export function ephemeralPort(s: OsState, netns: string, protocol: Protocol, lip: string, pip: string, pport: number, random: () => number): number {
  const sockets = socketsOf(s, netns);
  const span = (lastPort - firstPort + 1) / 2;
  if (sockets.nextPort === 0) sockets.nextPort = 1 + Math.floor(random() * span);
  for (let tries = 0; tries < span; tries += 1) {
    sockets.nextPort = (sockets.nextPort % span) + 1;
    const port = firstPort + (sockets.nextPort - 1) * 2;
    if (sockets.bound > 0 && sockets.listeners[`${protocol} ${port}`]) continue;
    if (protocol === 'udp' || connectionAt(s, netns, protocol, lip, port, pip, pport) === null) return port;
  }
  return 0;
}

/** Every field from the start, so that all connections keep one shape. */
export function newConnection(netns: string, protocol: Protocol, state: Connection['state'], nowMs: number): Connection {
  return {
    id: '',
    netns,
    protocol,
    state,
    lip: '',
    lport: 0,
    pip: '',
    pport: 0,
    owner: '',
    tag: '',
    flow: '',
    server: false,
    sinceMs: nowMs,
    finSent: false,
    finReceived: false,
    orphan: false,
    pending: '',
    pendingFin: false,
    deadlineMs: 0,
    attempt: 0,
    uid: -1,
    peer: '',
    path: null,
  };
}

/** Puts a connection into the table and gives it its id. */
export function addConnection(s: OsState, connection: Connection): void {
  const { connections, freeSlots } = s.sockets;
  const slot = freeSlots.pop() ?? connections.length;
  connection.id = `c${slot}.${s.sockets.nextId++}`;
  connections[slot] = connection;
  s.sockets.open += 1;
  indexConnection(s, connection);
}

export function connectionOf(s: OsState, id: string): Connection | undefined {
  const c = s.sockets.connections[slotOf(id)];
  return c && c.id === id ? c : undefined;
}

/** NaN, which is no slot, for what is no id. */
const slotOf = (id: string): number => (typeof id === 'string' && id.length < 32 ? Number.parseInt(id.slice(1), 10) : Number.NaN);

/** Forgets a connection; the end that closed first stays in TIME-WAIT. */
export function removeConnection(s: OsState, connection: Connection, nowMs: number, timeWait: boolean): void {
  if (!connectionOf(s, connection.id)) return;
  const slot = slotOf(connection.id);
  s.sockets.connections[slot] = null;
  s.sockets.freeSlots.push(slot);
  s.sockets.open -= 1;
  unindexConnection(s, connection);
  if (!timeWait) return;
  const waiting = s.sockets.timeWait;
  waiting.push({ untilMs: nowMs + timeWaitMs, netns: connection.netns, info: { ...infoOf(connection), state: 'TIME-WAIT', owner: '', tag: '' } });
  // Simplified: only the last ones are remembered, for `ss`; their ports are not held back.
  if (waiting.length > maxTimeWait) waiting.splice(0, waiting.length - maxTimeWait);
}

/** A UDP socket bound by sending: one per tag. Idle ones are forgotten on the way. */
export function bindEphemeral(s: OsState, netns: string, owner: string, tag: string, nowMs: number, random: () => number): Listener | null {
  const sockets = socketsOf(s, netns);
  const known = sockets.ephemeral[`t ${tag}`];
  const there = known === undefined ? undefined : sockets.listeners[`udp ${known}`]?.[0];
  if (there) {
    there.usedAtMs = nowMs;
    return there;
  }
  for (const key in sockets.ephemeral) {
    const old = sockets.listeners[`udp ${sockets.ephemeral[key]}`]?.[0];
    if (old && nowMs - old.usedAtMs < ephemeralIdleMs) break;
    if (old) {
      delete sockets.listeners[`udp ${old.port}`];
      sockets.bound -= 1;
    }
    delete sockets.ephemeral[key];
  }
  const port = ephemeralPort(s, netns, 'udp', '', '', 0, random);
  if (port === 0 || sockets.bound >= maxListenersPerNamespace) return null;
  const listener: Listener = { protocol: 'udp', ip: '0.0.0.0', port, owner, tag, accept: true, ephemeral: true, usedAtMs: nowMs };
  sockets.listeners[`udp ${port}`] = [listener];
  sockets.ephemeral[`t ${tag}`] = port;
  sockets.bound += 1;
  return listener;
}

/** For `ss`: listening sockets first, then connections, then those in TIME-WAIT. */
export function listSockets(s: OsState, netns: string, nowMs: number): SocketInfo[] {
  const infos: SocketInfo[] = [];
  const sockets = s.sockets.namespaces[netns];
  if (sockets) {
    for (const there of Object.values(sockets.listeners))
      for (const { protocol, ip, port, owner, tag } of there)
        infos.push({ protocol, state: protocol === 'udp' ? 'UNCONN' : 'LISTEN', localIP: ip, localPort: port, peerIP: '0.0.0.0', peerPort: 0, owner, tag });
  }
  for (const connection of connectionsOf(s, netns)) infos.push(infoOf(connection));
  for (const { untilMs, netns: where, info } of s.sockets.timeWait) if (where === netns && untilMs > nowMs) infos.push(info);
  return infos;
}

/** The connections of a namespace. */
export function connectionsOf(s: OsState, netns: string): Connection[] {
  const found: Connection[] = [];
  for (const connection of s.sockets.connections) if (connection?.netns === netns) found.push(connection);
  return found;
}

function infoOf(c: Connection): SocketInfo {
  return { protocol: c.protocol, state: stateOf(c), localIP: c.lip, localPort: c.lport, peerIP: c.pip, peerPort: c.pport, owner: c.owner, tag: c.tag };
}

function stateOf(c: Connection): string {
  if (c.state !== 'ESTAB') return c.state;
  if (c.finSent) return c.finReceived ? 'LAST-ACK' : 'FIN-WAIT-2';
  return c.finReceived ? 'CLOSE-WAIT' : 'ESTAB';
}

/** The namespace is gone: so are its sockets, without a word to anybody. */
export function releaseNamespace(s: OsState, netns: string): void {
  if (!s.sockets.namespaces[netns]) return;
  for (const connection of connectionsOf(s, netns)) removeConnection(s, connection, 0, false);
  delete s.sockets.namespaces[netns];
  s.sockets.timeWait = s.sockets.timeWait.filter((entry) => entry.netns !== netns);
}
