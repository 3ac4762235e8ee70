/**
 * The seam between a host's packet path and netfilter. `net/walk.ts` calls it at the points of the kernel's hooks, in this order:
 *
 * - a packet of a local socket: `conntrackIn`, `hook('OUTPUT')`, routed again when `dst`, `dport` or `mark` changed, `hook('POSTROUTING')`, `confirm`;
 * - a packet that came in: `conntrackIn`, `hook('PREROUTING')`, routed, then `hook('INPUT')`, `confirm` when it is for this namespace,
 *   or `hook('FORWARD')`, `hook('POSTROUTING')`, `confirm`;
 * - a packet that stayed on `lo`: output as above, then `hook('PREROUTING')` and `hook('INPUT')` with `iif` `lo` and the same `skb.ct`;
 * - a packet from bridge port to bridge port, when net.bridge.bridge-nf-call-iptables is 1: as forwarded, `iif` and `oif` the bridge,
 *   `physin` and `physout` the ports.
 *
 * `hook` evaluates the hook's tables in priority order and applies translations to `skb` in place: destination at PREROUTING and OUTPUT,
 * source at POSTROUTING and INPUT; for packets of known flows, in both directions, those of the conntrack entry. Each namespace has tables
 * and flows of its own; where `active` is false nothing is called.
 */
import type { Packet, Protocol } from '../../contracts/socket.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import { netfilter as implementation } from './netfilter/netfilter.ts';

export interface Tuple {
  src: string;
  sport: number;
  dst: string;
  dport: number;
}

/** A packet on its way through one host. Not state: it lives as long as the handling of one message. */
export interface Skb extends Tuple {
  protocol: Protocol;
  flags: Packet['flags'];
  data: string;
  fin: boolean;
  flow: string;
  ttl: number;
  mark: number;
  /** Namespace whose hooks it is in. */
  netns: string;
  /** Device it came in by, leaves by. Absent where it has none (yet). */
  iif?: string | undefined;
  oif?: string | undefined;
  /** Ports of a bridge, for `physdev`. */
  physin?: string | undefined;
  physout?: string | undefined;
  /** Sent by a socket of `netns`. */
  local: boolean;
  /** Of the sending socket's process, for `owner`. */
  uid?: number | undefined;
  /** Addresses with which it entered `netns`, before any translation there. */
  orig: Tuple;
  /** Set by `conntrackIn`: the key of the entry in netfilter's state, the packet's state and direction. */
  ct?: string | undefined;
  ctstate?: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED' | undefined;
  ctdir?: 'ORIGINAL' | 'REPLY' | undefined;
  /** Netfilter's own: the flow that this packet begins, until `confirm`. */
  begun?: unknown;
  /** Connection of this host that sent it. */
  origin?: string | undefined;
  vxlan?: Packet['vxlan'];
}

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

export interface HookResult {
  /** STOLEN: taken over; with `next` the walk goes on there (IPVS at INPUT rewrote `dst` and sends it out), without it the packet is gone. */
  verdict: 'ACCEPT' | 'DROP' | 'REJECT' | 'STOLEN';
  /** Of REJECT; `tcp-reset` or an ICMP code. Default `icmp-port-unreachable`. */
  rejectWith?: 'tcp-reset' | 'icmp-port-unreachable' | 'icmp-host-unreachable' | 'icmp-net-unreachable' | 'icmp-admin-prohibited';
  /** Where a STOLEN packet goes on: it is routed by its new `dst`, then POSTROUTING. */
  next?: 'POSTROUTING';
  /** What decided, as its tool prints it: shown with the packet. */
  by?: string;
}

/** What netfilter may ask of the kernel around it. */
export interface HookEnvironment {
  ctx: Ctx;
  /** `addrtype LOCAL`, `fib daddr type local`: whether `ip` is of `netns` itself. */
  isLocal(netns: string, ip: string): boolean;
  /** The address a packet to `towards` gets from MASQUERADE when it leaves by `dev`; null when the device has none. */
  addressOf(netns: string, dev: string, towards: string): string | null;
  /** Addresses of `dev` as CIDRs, for `addrtype --limit-iface-in` and the like. */
  addresses(netns: string, dev: string): string[];
  /** The device a packet to `ip` leaves by, and its next hop; `lo` for local addresses; null: no route. */
  route(netns: string, ip: string): { dev: string; via?: string } | null;
  /** `''` when unknown. */
  sysctl(name: string): string;
  /** Whether a socket listens there: last step of a walk. The owner's name, or null. */
  listener(netns: string, protocol: Protocol, ip: string, port: number): string | null;
  /** The namespace that has `ip` behind a bridge of this host, and its label; null: none. */
  ownerOf(ip: string): { netns: string; label: string } | null;
}

/** `generation` goes up with every change after which a flow's packets may go elsewhere (rules, sets, servers, deleted entries). */
export interface NetfilterState {
  generation: number;
}

export interface Netfilter<S extends NetfilterState = NetfilterState> {
  initial(): S;
  /** Whether a namespace has rules or tracked flows. */
  active(state: S, netns: string): boolean;
  /** Finds or begins the flow of a packet: sets `ct`, `ctstate`, `ctdir`. A packet that has `ct` keeps it. */
  conntrackIn(state: S, skb: Skb, env: HookEnvironment): void;
  hook(state: S, hook: Hook, skb: Skb, env: HookEnvironment): HookResult;
  /** The packet made it through: a new entry becomes visible, timers are renewed. */
  confirm(state: S, skb: Skb, env: HookEnvironment): void;
  /**
   * A later packet of a flow both of whose ends are on this host, whose path was walked before under the same generation, passes without
   * being walked: state and timers of its entry follow its flags. `skb` has the addresses its sender gave it.
   */
  touch(state: S, skb: Pick<Skb, 'protocol' | 'src' | 'sport' | 'dst' | 'dport' | 'flags' | 'fin' | 'netns'>, env: HookEnvironment): void;
  removeNamespace(state: S, netns: string): void;
  /** The contract's requests Iptables*, Nft*, Ipvs, Ipset, Conntrack, Walk. */
  serve(state: S, request: Body, env: HookEnvironment): unknown;
}

export const netfilter: Netfilter = implementation;
