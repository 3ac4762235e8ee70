/** A parsed iptables rule. Made once from its text and never changed. */
import type { RuleBlock } from '../../../../contracts/rule-blocks.ts';
import type { Words } from '../ip.ts';

export interface AddressCondition {
  readonly words: Words;
  readonly mask: Words;
  readonly inv: boolean;
}

/** `name` may end in `+`: every device that begins so. */
export interface DeviceCondition {
  readonly name: string;
  readonly inv: boolean;
}

/** `value` is the extension's own: see `extension.ts`. */
export interface Match {
  readonly ext: string;
  readonly value: unknown;
}

export interface Target {
  /** `jump`, `goto`, or the name of a target. */
  readonly kind: string;
  /** Of jumps. */
  readonly chain: string;
  readonly value: unknown;
}

export interface Rule {
  readonly src: AddressCondition | null;
  readonly dst: AddressCondition | null;
  readonly iif: DeviceCondition | null;
  readonly oif: DeviceCondition | null;
  /** '' any; `tcp`, or a number where it has no name. */
  readonly proto: string;
  readonly protoInv: boolean;
  readonly matches: readonly Match[];
  /** Null: the rule counts only. */
  readonly target: Target | null;
}

/**
 * A chain is replaced as a whole; its identity says whether something changed. It holds its rules as the words they were made of, which were
 * checked: what they mean is worked out when a packet comes (`compile.ts`), as most of many thousand chains are never asked.
 */
export interface Chain {
  readonly name: string;
  /** '' for chains that are no hook's own. */
  readonly policy: '' | 'ACCEPT' | 'DROP';
  /** `-A CHAIN …` */
  readonly lines: readonly string[];
  /** Chain each rule jumps or goes to, '' none. */
  readonly jumps: readonly string[];
  /** Rules of blocks, which come before `lines`. */
  readonly inlay?: Inlay;
}

export interface Inlay {
  /** `TABLE CHAIN`: for which of their entries it is. */
  readonly place: string;
  readonly blocks: readonly RuleBlock[];
  readonly count: number;
}

export const verdicts: readonly string[] = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE'];

/** IP protocol numbers that have names in /etc/protocols of common images. */
export const protocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};
const names: Record<string, string> = { n1: 'icmp', n6: 'tcp', n17: 'udp', n132: 'sctp', n58: 'ipv6-icmp', n4: 'ipencap', n47: 'gre', n50: 'esp', n51: 'ah' };

/** The name a protocol is printed by; null: there is none such. */
export function protocolName(text: string): string | null {
  const lower = text.toLowerCase();
  if (lower === 'all' || lower === '0') return '';
  if (lower === 'icmpv6') return 'ipv6-icmp';
  if (Object.hasOwn(protocolNumbers, lower)) return lower;
  if (!/^\d{1,3}$/.test(lower) || Number(lower) > 255) return null;
  return names[`n${Number(lower)}`] ?? String(Number(lower));
}

export const protocolNumber = (name: string): number =>
  name === '' ? 0 : Object.hasOwn(protocolNumbers, name) ? (protocolNumbers[name] as number) : Number(name);
