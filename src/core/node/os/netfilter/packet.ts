/** What matches and expressions see: a packet at a hook, and the kernel around it. */
import type { WalkStep } from '../../../contracts/netfilter.ts';
import type { Hook, HookEnvironment, HookResult, Skb } from '../hooks.ts';
import { type Words, wordsOf } from './ip.ts';
import type { Namespace } from './state.ts';

/** Where the drawn numbers come from. */
export interface Draws {
  /** Uniform in [0, 1): whether a rule of a random choice takes the packet. */
  chance(probability: number): boolean;
  /** One of 0 … n−1. */
  pick(n: number): number;
}

/** A translation a nat rule asked for. */
export interface NatRequest {
  kind: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT';
  /** Address range; '' leaves it (MASQUERADE: the device's). */
  min: string;
  max: string;
  /** Port range; 0: none. */
  portMin: number;
  portMax: number;
  random: boolean;
}

export interface Evaluation {
  ns: Namespace;
  skb: Skb;
  env: HookEnvironment;
  hook: Hook;
  /** Table being walked, for words. */
  table: string;
  nowMs: number;
  draws: Draws;
  /** What nat rules decided. */
  nat: NatRequest | null;
  rejectWith: NonNullable<HookResult['rejectWith']>;
  by: string | undefined;
  /** Rules a linear walk looks at. */
  looked: number;
  /** Null: nobody looks. */
  steps: WalkStep[] | null;
  /** Whether the packet leaves traces (counters, recent lists, dynamic sets). */
  live: boolean;
  /** Interface conditions count as met when the packet has no device: a pasted rule set. */
  looseDevices: boolean;
  /** Whether the flow's destination, source was translated. */
  natStatus(): { dnat: boolean; snat: boolean };
  /** Mark of the connection. */
  ctmark(value?: number): number;
  /** The flow's first tuple: ctorigdst and the like. */
  original(): { src: string; sport: number; dst: string; dport: number };
  src: Words;
  dst: Words;
  /** Sum of bytes, for counters. */
  bytes: number;
}

/** To be called when the addresses of `skb` have changed. */
export function refresh(ev: Evaluation): void {
  ev.src = wordsOf(ev.skb.src);
  ev.dst = wordsOf(ev.skb.dst);
}

export const lengthOf = (skb: Pick<Skb, 'protocol' | 'flags' | 'data'>): number =>
  skb.protocol === 'tcp' ? (skb.flags === 'SYN' || skb.flags === 'SYN-ACK' ? 60 : 52 + skb.data.length) : skb.protocol === 'udp' ? 28 + skb.data.length : 84;
