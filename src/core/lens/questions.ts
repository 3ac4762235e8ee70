/** What the packet lens is asked and what it answers. Plain data: it goes between the page and the session. */
import type { WalkAnswer } from '../contracts/netfilter.ts';
import type { Protocol } from '../contracts/socket.ts';
import type { ProxyMode } from '../node/kube-proxy/config.ts';

export type { ProxyMode };

export interface LensPacketQuestion {
  /** `client`, a node's name, or `namespace/pod`. */
  from: string;
  toIP: string;
  /** 0 for icmp. */
  toPort: number;
  protocol: Protocol;
  /** Port it is sent from; default 41 874. */
  fromPort?: number;
  /** Another seed takes other random choices; the same seed takes the same in every mode. */
  seed: number;
  /** A `later` packet belongs to a connection that exists. */
  packet: 'first' | 'later';
}

export interface ModeQuestion {
  mode: ProxyMode;
  /** Services on the cluster: its own, and generated ones up to so many; 0: its own alone. */
  services: number;
}

export type LensQuestion =
  | ({ ask: 'journey'; question: LensPacketQuestion } & ModeQuestion)
  | ({ ask: 'spread'; question: LensPacketQuestion; count: number; clients: 'one' | 'many' } & ModeQuestion)
  | ({ ask: 'cost'; question: LensPacketQuestion } & ModeQuestion)
  | ({ ask: 'chains'; node: string } & ModeQuestion)
  | ({ ask: 'rows'; node: string; table: string; chain: string; from: number; count: number } & ModeQuestion)
  | ({ ask: 'find'; node: string; table: string; chain: string; text: string; after: number } & ModeQuestion)
  /** `without`: walk although lines cannot be read, as if those were not there. */
  | { ask: 'pasted'; text: string; packet: PastedPacket; without: boolean };

/** One machine's part of a packet's way. */
export interface Leg {
  host: string;
  way: 'out' | 'back';
  answer: WalkAnswer;
}

export type Outcome = 'answered' | 'refused' | 'rejected' | 'dropped' | 'outside' | 'noroute';

export interface Journey {
  mode: ProxyMode;
  /** The rules are those that the node's kernel has; otherwise those that kube-proxy would write in that mode. */
  running: boolean;
  services: number;
  legs: Leg[];
  outcome: Outcome;
  /** `ip:port` that got it, and who that is: `namespace/pod`, a node's name, '' nobody of the model. */
  backend: string;
  backendName: string;
  /** kube-proxy's rules that the packet was held against on the first node with one, and look-ups in verdict maps and in IPVS' table. */
  rules: number;
  countedOn: string;
  /** The same on further nodes. */
  others: number;
  lookups: number;
  /** One for each of those rules, in order: whether it matched. At most 200; more are no strip. */
  strip: boolean[];
  /** All rules of iptables and nftables, those of the CNI too. */
  looked: number;
  /** Estimate, see `estimate.ts`. */
  ns: number;
  error?: string;
}

export interface Spread {
  mode: ProxyMode;
  running: boolean;
  count: number;
  clients: 'one' | 'many';
  rows: { backend: string; name: string; count: number; expected: number }[];
  /** Connections that reached no backend. */
  lost: number;
  lostWhy: string;
  /** How far a count may be from what is expected, for nineteen of twenty random draws; 0: nothing is drawn. */
  margin: number;
  /** `random`, `round robin`, `affinity` …: how the mode chose. */
  how: string;
  error?: string;
}

export interface Cost {
  mode: ProxyMode;
  services: number;
  rules: number;
  ns: number;
  error?: string;
}

export interface ChainList {
  mode: ProxyMode;
  running: boolean;
  services: number;
  tables: { name: string; rules: number; chains: { name: string; rules: number; policy: string }[]; more: number }[];
}

export interface RuleRow {
  place: number;
  packets: number;
  /** As its tool prints it, comment and all. */
  text: string;
  /** Chain it calls; '' none. */
  calls: string;
  /** What it was made of, as kube-proxy's comment or the chain says: `default/web:http`; '' unknown. */
  origin: string;
}

export interface RuleRows {
  total: number;
  from: number;
  rows: RuleRow[];
}

export interface Found {
  /** Place of the next row that holds the text, from 1; 0: none. */
  place: number;
  inChain: number;
  inTable: number;
  /** The chain of the first one in the table when this chain has none. */
  elsewhere: string;
}

export interface PastedPacket {
  protocol: Protocol;
  src: string;
  sport: number;
  dst: string;
  dport: number;
  /** Addresses of the machine the rules are of. */
  localAddresses: string[];
  seed: number;
}

export interface Pasted {
  /** `iptables-save`, `nft`; '' nothing to read. */
  form: string;
  tables: number;
  chains: number;
  rules: number;
  /** Lines that cannot be read, as the tool says it; `more`: what follows was not read. */
  problems: { line: number; text: string; message: string }[];
  more: boolean;
  answer: WalkAnswer | null;
}

export type LensAnswer = Journey | Spread | Cost | ChainList | RuleRows | Found | Pasted;
export type LensAnswerOf<Q extends LensQuestion> = {
  journey: Journey;
  spread: Spread;
  cost: Cost;
  chains: ChainList;
  rows: RuleRows;
  find: Found;
  pasted: Pasted;
}[Q['ask']];
