/** nftables as it is held: tables by `FAMILY NAME`, each frozen and replaced as a whole; chains and elements in persistent maps. */
import { share } from '../../../../engine/share.ts';
import { type Buckets, emptyBuckets, entriesOf } from '../buckets.ts';
import type { Statement } from './rule.ts';

export type NftFamily = 'ip' | 'ip6' | 'inet';

export interface NftRule {
  readonly handle: number;
  /** As `nft -s list` prints it. */
  readonly text: string;
  readonly statements: readonly Statement[];
}

export interface NftHook {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
}

export interface NftChain {
  readonly name: string;
  /** Order in which things came into being: that of the listing. */
  readonly order: number;
  readonly comment: string;
  readonly base: NftHook | null;
  readonly rules: readonly NftRule[];
}

export interface NftElement {
  /** Data of a map, or its verdict: `goto X`. '' in sets. */
  readonly value: string;
  readonly comment: string;
  /** Of this element alone; 0: the set's. */
  readonly timeoutMs: number;
  /** 0: never. */
  readonly expiresMs: number;
}

export interface NftSet {
  readonly name: string;
  readonly order: number;
  readonly map: boolean;
  readonly key: readonly string[];
  /** Types of a map's data; `verdict`. */
  readonly data: readonly string[];
  readonly flags: readonly string[];
  readonly timeoutMs: number;
  /** 0: none given. */
  readonly size: number;
  readonly comment: string;
  /** `10.96.0.1 . tcp . 80` → the element. */
  readonly elements: Buckets<NftElement>;
}

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly order: number;
  readonly comment: string;
  readonly next: number;
  readonly chains: Buckets<NftChain>;
  readonly sets: Buckets<NftSet>;
  readonly ruleCount: number;
}

export type NftTables = Record<string, NftTable>;

export const tableKey = (family: string, name: string): string => `${family} ${name}`;

export const newNftTable = (family: NftFamily, name: string, order: number, comment: string): NftTable =>
  share({ family, name, order, comment, next: 1, chains: emptyBuckets, sets: emptyBuckets, ruleCount: 0 });

export const inOrder = <T extends { readonly order: number }>(map: Buckets<T>): T[] =>
  entriesOf(map)
    .map(([, value]) => value)
    .sort((a, b) => a.order - b.order);

/** Numbers of priorities that have names, for the hooks where nft knows them. */
export const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 };
