/**
 * Sockets, links and routes of a host, served by `HOST/os`. All `Socket` and `Netlink` requests are calls; what happens later comes as messages
 * to the `owner` that opened the socket. Between hosts (and between namespaces of one) packets travel as `Packet` messages from os to os.
 */
import type { Body } from '../engine/types.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp';

export type SocketRequest = {
  type: 'Socket';
} /** `ip` '0.0.0.0' or '::' for any. EADDRINUSE when taken. `accept: false` leaves the backlog unanswered (a hung server). */ & (
  | { op: 'listen'; netns: string; protocol: Protocol; ip: string; port: number; owner: string; tag: string; accept?: boolean }
  | { op: 'unlisten'; netns: string; tag: string }
  /** Opens a TCP connection; `Connected` or `ConnectFailed` follows. `data` rides on it as soon as it is established. `timeoutMs` bounds connecting. */
  | { op: 'connect'; netns: string; protocol: Protocol; ip: string; port: number; owner: string; tag: string; timeoutMs: number; data?: string; uid?: number }
  /** Writes; `close` sends FIN after it. */
  | { op: 'send'; netns: string; connection: string; data: string; close?: boolean }
  | { op: 'close'; netns: string; connection: string; reset?: boolean }
  /** One datagram; answers come as `Datagram` to the owner. `ip`/`port` local when bound (listen), else ephemeral. */
  | { op: 'sendto'; netns: string; protocol: 'udp'; ip: string; port: number; fromPort?: number; data: string; owner: string; tag: string }
  | { op: 'ping'; netns: string; ip: string; owner: string; tag: string; timeoutMs: number }
  | { op: 'list'; netns: string } // → SocketAnswer.sockets, for ss
  | { op: 'releaseOwner'; tagPrefix: string; netns: string } // a process died: its sockets close
);
export interface SocketAnswer {
  error?: string;
  connection?: string;
  localIP?: string;
  localPort?: number;
  sockets?: SocketInfo[];
}
export interface SocketInfo {
  protocol: Protocol;
  state: string;
  localIP: string;
  localPort: number;
  peerIP: string;
  peerPort: number;
  owner: string;
  tag: string;
}

/** Messages to owners; `tag` is the owner's own name for it. */
export interface Connected extends Body {
  readonly type: 'Connected';
  readonly tag: string;
  readonly connection: string;
  readonly localIP: string;
  readonly localPort: number;
}
/** `reason` as the errno's words: `connection refused`, `i/o timeout`, `no route to host`, `network is unreachable`. */
export interface ConnectFailed extends Body {
  readonly type: 'ConnectFailed';
  readonly tag: string;
  readonly reason: string;
}
/** A server accepted; `data` is the first piece when it came with the handshake. */
export interface Accepted extends Body {
  readonly type: 'Accepted';
  readonly tag: string;
  readonly connection: string;
  readonly peerIP: string;
  readonly peerPort: number;
  readonly localIP: string;
  readonly localPort: number;
  readonly data?: string;
}
/** After `closed` the connection is still the owner's to `close` (it may write first); after `reset` it is gone. */
export interface Received extends Body {
  readonly type: 'Received';
  readonly tag: string;
  readonly connection: string;
  readonly data: string /** the peer sent FIN */;
  readonly closed: boolean /** the peer sent RST */;
  readonly reset?: boolean;
}
export interface Datagram extends Body {
  readonly type: 'Datagram';
  readonly tag: string;
  readonly peerIP: string;
  readonly peerPort: number;
  readonly localIP: string;
  readonly localPort: number;
  readonly data: string /** an ICMP error came instead */;
  readonly error?: string;
}
export interface PingReply extends Body {
  readonly type: 'PingReply';
  readonly tag: string;
  readonly ip: string;
  readonly rttMs: number;
  readonly error?: string;
}

/**
 * A packet between hosts or namespaces. Addresses are those on the wire at that point. UNREACHABLE stands for an ICMP error: it has the protocol
 * of the flow it is about and travels as a reply of it (addresses and ports of the refused packet swapped); `data` is the ICMP code, `icmp-port-unreachable`.
 * The echo identifier is `sport` of ECHO and `dport` of ECHO-REPLY.
 */
export interface Packet extends Body {
  readonly type: 'Packet';
  readonly protocol: Protocol;
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly flags: 'SYN' | 'SYN-ACK' | 'ACK' | 'DATA' | 'FIN' | 'RST' | 'UDP' | 'ECHO' | 'ECHO-REPLY' | 'UNREACHABLE';
  readonly data: string;
  /** FIN rides on DATA. */
  readonly fin?: boolean;
  /** Flow this belongs to: stable from the first SYN to the last FIN, for drawing. */
  readonly flow: string;
  readonly ttl: number;
  /** It travels inside a VXLAN datagram between these machines; it arrives on the VXLAN device. */
  readonly vxlan?: { src: string; dst: string };
}

/**
 * Told by an os when a packet left a socket or was dropped: what the page draws and the packet lens opens. `hops` name places in order:
 * `pod:NAMESPACE/NAME`, `cni0`, `netfilter`, `eth0`, `host:worker-2`, `client`, `external`. One note per packet, end to end within that host.
 */
export interface PacketNote extends Body {
  readonly type: 'PacketPath';
  readonly packet: Packet;
  readonly verdict: 'DELIVERED' | 'FORWARDED' | 'DROP' | 'REJECT' | 'NO_ROUTE' | 'NO_LISTENER';
  readonly hops: string[];
  /** Destination after translation, when it was translated. */
  readonly translated?: { dst: string; dport: number };
  /** What decided, as text: the rule, or the IPVS server. */
  readonly by?: string;
}

export type NetlinkRequest = { type: 'Netlink' } & (
  | { op: 'netns.add' | 'netns.delete'; netns: string; label?: string }
  /** veth pair: `name` in `netns`, `peer` in the host, enslaved to `bridge`. */
  | { op: 'veth.add'; netns: string; name: string; peer: string; bridge: string; mac: string; mtu: number; hairpin: boolean }
  | {
      op: 'link.add';
      name: string;
      kind: 'bridge' | 'dummy' | 'vxlan' | 'physical' | 'loopback';
      mtu: number;
      mac?: string;
      up: boolean /** of `physical`: the wire it is on */;
      network?: string;
    }
  | { op: 'link.delete'; netns?: string; name: string }
  | { op: 'addr.add' | 'addr.delete'; netns?: string; dev: string; cidr: string }
  | {
      op: 'route.add';
      netns?: string;
      destination: string;
      via?: string;
      dev: string;
      metric?: number;
      scope?: string;
      src?: string;
      proto?: string;
      onlink?: boolean;
    }
  | { op: 'route.delete'; netns?: string; destination: string }
  /** A static neighbour: `to` is the kernel (`HOST/os`) that answers for `ip` on a wire; on a VXLAN device the IP of the machine behind `ip`. */
  | { op: 'neigh.add'; dev: string; ip: string; to: string }
  | { op: 'neigh.delete'; dev: string; ip: string }
  | { op: 'dump'; netns?: string } // → NetlinkAnswer
  | { op: 'neigh.list'; netns?: string } // → NetlinkAnswer.neighbours
  | { op: 'sysctl.set'; name: string; value: string }
  | { op: 'sysctl.get'; name: string }
);
export interface LinkInfo {
  index: number;
  name: string;
  kind: string;
  mac: string;
  mtu: number;
  up: boolean;
  master?: string;
  peer?: string;
  /** Index of the peer in its own namespace: `eth0@if7`. */
  peerIndex?: number;
  addresses: string[];
}
export interface RouteInfo {
  destination: string;
  via?: string;
  dev: string;
  metric?: number;
  scope?: string;
  src?: string;
  proto?: string;
  /** The next hop is taken to be on the link, whatever the link's addresses say. */
  onlink?: boolean;
}
export interface NetlinkAnswer {
  error?: string;
  links?: LinkInfo[];
  routes?: RouteInfo[];
  /** Of IPv6. */
  routes6?: RouteInfo[];
  neighbours?: NeighbourInfo[];
  value?: string;
}
/** What stands for an address on a link. */
export interface NeighbourInfo {
  ip: string;
  dev: string;
  lladdr: string;
  state: 'REACHABLE' | 'PERMANENT';
}
