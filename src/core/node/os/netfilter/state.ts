/** What netfilter holds: rules as shared frozen values, flows and counters as plain data. */
import type { Family } from '../../../contracts/netfilter.ts';
import type { RandomState } from '../../../engine/random.ts';
import type { NetfilterState } from '../hooks.ts';
import { type ConntrackTable, newConntrack } from './conntrack/table.ts';
import type { Ipsets } from './ipset.ts';
import type { Tables } from './iptables/tables.ts';
import { type IpvsTable, newIpvs } from './ipvs/table.ts';
import type { NftTables } from './nft/state.ts';

/** `TABLE CHAIN` → `rN` (its Nth rule) or `policy` → [packets, bytes]; only what was hit. */
export type Counters = Record<string, Record<string, [number, number]>>;

/** Rules and flows of one network namespace. */
export interface Namespace {
  iptables: Record<Family, Tables>;
  counters: Record<Family, Counters>;
  nft: NftTables;
  sets: Ipsets;
  ipvs: IpvsTable;
  ct: ConntrackTable;
  /** List name → address → times of its packets, ms, newest last. */
  recent: Record<string, Record<string, number[]>>;
  /** Of numgen, statistic, port choice: seeded at the first draw. */
  random: RandomState | null;
}

/** Simplified: only the machine's own namespace has rules; those of pods have none. */
export interface NetfilterTables extends NetfilterState {
  generation: number;
  host: Namespace;
}

export const newNamespace = (): Namespace => ({
  iptables: { IPv4: {}, IPv6: {} },
  counters: { IPv4: {}, IPv6: {} },
  nft: {},
  sets: {},
  ipvs: newIpvs(),
  ct: newConntrack(),
  recent: {},
  random: null,
});
