/** Netfilter, IPVS, ipset and conntrack of a host: what kube-proxy and the CNI plugins ask of the kernel. Served by `HOST/os` through `ctx.call`. */
import type { Body } from '../engine/types.ts';
import type { RestoreBlocks, RuleBlock } from './rule-blocks.ts';
import type { Protocol } from './socket.ts';

export type Family = 'IPv4' | 'IPv6';

export interface IptablesRestore extends Body {
  readonly type: 'IptablesRestore';
  readonly family: Family;
  readonly text: string;
  readonly noflush: boolean;
  /** Lines that are part of the text, as values: see `restoreText`. */
  readonly blocks?: RestoreBlocks;
}
/** One `iptables` command, argv after the program name, e.g. ['-t','nat','-I','PREROUTING','-j','X']. */
export interface IptablesCommand extends Body {
  readonly type: 'Iptables';
  readonly family: Family;
  readonly argv: string[];
}
export interface IptablesSave extends Body {
  readonly type: 'IptablesSave';
  readonly family: Family;
  readonly table?: string;
  readonly counters?: boolean;
  /** Leave out the chains of blocks that came by restores, and their lines: they are in the answer as `blocks`. */
  readonly blocks?: boolean;
}
export interface NftTransaction extends Body {
  readonly type: 'Nft';
  readonly text: string;
}
export interface NftList extends Body {
  readonly type: 'NftList';
  readonly family?: 'ip' | 'ip6';
  readonly table?: string;
}
/** `text` of the saves and lists; `error` as the tool says it, with its line. */
export interface NetfilterAnswer {
  text?: string;
  error?: string;
  code?: number;
  blocks?: readonly RuleBlock[];
}

export interface VirtualServer {
  ip: string;
  port: number;
  protocol: Protocol;
  scheduler: string /** 0: none */;
  persistentSeconds: number;
  flags?: string[];
}
export interface RealServer {
  ip: string;
  port: number;
  weight: number;
  activeConnections?: number;
  inactiveConnections?: number;
}
export type IpvsRequest = { type: 'Ipvs' } & (
  | { op: 'addService' | 'editService' | 'deleteService'; server: VirtualServer }
  | { op: 'addServer' | 'editServer' | 'deleteServer'; server: VirtualServer; real: RealServer }
  /** → IpvsAnswer.servers; with `server` that one alone. */
  | { op: 'list'; server?: VirtualServer }
  | { op: 'flush' }
);
export interface IpvsAnswer {
  error?: string;
  servers?: (VirtualServer & { real: RealServer[] })[];
}

export type IpsetRequest = { type: 'Ipset' } & (
  | { op: 'create'; name: string; settype: string; family: Family; comment?: string }
  | { op: 'destroy' | 'flush'; name: string }
  | { op: 'add' | 'del'; name: string; entry: string }
  /** As `ipset restore` with one line for each entry: the first that fails ends it, what was before stays. */
  | { op: 'restore'; name: string; add: readonly string[] }
  | { op: 'list'; name?: string }
);
export interface IpsetInfo {
  name: string;
  settype: string;
  family: Family;
  entries: string[];
}
export interface IpsetAnswer {
  error?: string;
  sets?: IpsetInfo[];
}

export type ConntrackRequest = { type: 'Conntrack' } & (
  | { op: 'list'; protocol?: Protocol }
  | { op: 'delete'; protocol: Protocol; origSrc?: string; origSport?: number; origDst?: string; origDport?: number; replySrc?: string }
);
export interface ConntrackEntry {
  protocol: Protocol;
  state: string;
  orig: { src: string; dst: string; sport: number; dport: number };
  reply: { src: string; dst: string; sport: number; dport: number };
  assured: boolean;
  unreplied: boolean;
  mark: number;
  /** When it goes, unless a packet renews it. */
  expiresAtMs: number;
}
export interface ConntrackAnswer {
  entries?: ConntrackEntry[];
  deleted?: number;
}

/** Asks the kernel to walk one packet without sending it: the packet lens. */
export interface WalkRequest extends Body {
  readonly type: 'Walk';
  readonly netns: string;
  readonly protocol: Protocol;
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  /** Arrives on `eth0` from outside instead of leaving a local socket. */
  readonly incoming?: boolean;
  /**
   * Which of a random choice to take: consumed in order; none left: the kernel's own stream, without advancing it. Below 1: what the kernel would
   * draw; from 1 on: the choice itself (the number of `numgen`; a rule of `statistic` does not take the packet).
   */
  readonly draws?: number[];
  /** Default `first`: the packet that begins a connection. `later`: one of a connection that exists. `reply`, `reset`: what its other end sends back. */
  readonly packet?: 'first' | 'later' | 'reply' | 'reset';
}
export interface Tuple4 {
  src: string;
  sport: number;
  dst: string;
  dport: number;
}
export interface WalkStep {
  kind: 'hook' | 'rule' | 'chain' | 'route' | 'conntrack' | 'ipvs' | 'device' | 'socket' | 'nat';
  hook?: string;
  table?: string;
  chain?: string;
  /** The rule or fact as its tool prints it. */
  text: string;
  matched?: boolean;
  /** Why not, or what was drawn. */
  detail?: string;
  depth: number;
  /** Of a rule: its place in the chain, from 1. */
  place?: number;
  /** So many rules that do not match are told as this one. */
  skipped?: number;
  before?: { src: string; sport: number; dst: string; dport: number; mark: number };
  after?: { src: string; sport: number; dst: string; dport: number; mark: number };
}
export interface WalkAnswer {
  steps: WalkStep[];
  verdict: string;
  rulesLookedAt: number;
  endpoint?: string;
  masquerade: boolean;
  /** Addresses and mark with which it ended its way on this machine. */
  end?: Tuple4 & { mark: number };
  /** The entry that connection tracking has, or would make. */
  flow?: { protocol: Protocol; state: string; orig: Tuple4; reply: Tuple4; mark: number };
  error?: string;
}

/** To `NODE/kube-proxy`: run in another mode from now on (its rules of the old mode are cleaned up, as a restarted kube-proxy does). */
export interface SetMode extends Body {
  readonly type: 'SetMode';
  readonly mode: 'iptables' | 'ipvs' | 'nftables';
}
