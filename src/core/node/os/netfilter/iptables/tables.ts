/** Tables of one family: chains by name. A table comes into being when it is first used. */
import type { Family } from '../../../../contracts/netfilter.ts';
import type { RuleBlock } from '../../../../contracts/rule-blocks.ts';
import { share } from '../../../../engine/share.ts';
import type { Hook } from '../../hooks.ts';
import { type Buckets, emptyBuckets, entriesOf, lookUp, update } from '../buckets.ts';
import { chainsOfBlock, ownerOf, plainChain, ruleTotal } from './blocks.ts';
import type { Chain } from './rule.ts';

export interface Table {
  readonly chains: Buckets<Chain>;
  /** Whose chains it has besides, by key. */
  readonly blocks: readonly RuleBlock[];
  /** How many those are. */
  readonly blockChains: number;
  readonly ruleCount: number;
}

export type Tables = Record<string, Table>;

/** In the order iptables-save (nf_tables) prints them. */
export const tableNames: readonly string[] = ['mangle', 'security', 'raw', 'filter', 'nat'];

/** In hook order, as they are printed. */
export const builtins: Readonly<Record<string, readonly Hook[]>> = {
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
  raw: ['PREROUTING', 'OUTPUT'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
};

/** Rules of all tables of a family; what is beyond is refused. */
export const maxRules = 600_000;
export const maxChains = 300_000;

const noBlocks: readonly RuleBlock[] = [];

export const isBuiltin = (table: string, chain: string): boolean => (builtins[table] ?? []).includes(chain as Hook);

export function newTable(name: string): Table {
  const chains = new Map<string, Chain>();
  for (const hook of builtins[name] ?? []) chains.set(hook, share<Chain>({ name: hook, policy: 'ACCEPT', lines: [], jumps: [] }));
  return share({ chains: update<Chain>(emptyBuckets, chains), blocks: noBlocks, blockChains: 0, ruleCount: 0 });
}

/** With all its lines. */
export function chainOf(table: Table | undefined, name: string): Chain | undefined {
  if (!table) return undefined;
  const chain = lookUp(table.chains, name);
  if (chain) return plainChain(chain);
  const owner = ownerOf(table.blocks, name);
  return owner && chainsOfBlock(owner).get(name);
}

/** As it is kept; none of a block's own. */
export const keptChain = (table: Table | undefined, name: string): Chain | undefined => (table ? lookUp(table.chains, name) : undefined);

export const hasChain = (table: Table, name: string): boolean => lookUp(table.chains, name) !== undefined || ownerOf(table.blocks, name) !== undefined;

/** Chains of the table, those of blocks with them. */
export const chainCount = (table: Table): number => table.chains.size + table.blockChains;

/** A block of which a chain is changed is one no longer: its chains are kept like all others. */
export function withChains(table: Table, changes: ReadonlyMap<string, Chain | undefined>): Table {
  let { ruleCount } = table;
  const opened = new Set<RuleBlock>();
  for (const [name, chain] of changes) {
    const kept = lookUp(table.chains, name);
    const owner = kept ? undefined : ownerOf(table.blocks, name);
    if (owner) opened.add(owner);
    ruleCount += ruleTotal(chain) - ruleTotal(kept ?? (owner && chainsOfBlock(owner).get(name)));
  }
  if (opened.size === 0) return share({ ...table, chains: update(table.chains, changes), ruleCount });
  const all = new Map<string, Chain | undefined>();
  let { blockChains } = table;
  for (const block of opened) {
    blockChains -= block.form.chains.length;
    for (const [name, chain] of chainsOfBlock(block)) all.set(name, chain);
  }
  for (const [name, chain] of changes) all.set(name, chain);
  const blocks = table.blocks.filter((block) => !opened.has(block));
  return share({ chains: update(table.chains, all), blocks, blockChains, ruleCount });
}

/** Built-in chains in hook order, then the others by name; all with all their lines. */
export function chainsInOrder(name: string, table: Table): Chain[] {
  const hooks = builtins[name] ?? [];
  const own = hooks.map((hook) => lookUp(table.chains, hook)).filter((c): c is Chain => c !== undefined);
  const others = entriesOf(table.chains)
    .map(([, chain]) => plainChain(chain))
    .filter((chain) => chain.policy === '');
  for (const block of table.blocks) others.push(...chainsOfBlock(block).values());
  others.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...own, ...others];
}

export const programOf = (family: Family, suffix = ''): string => `${family === 'IPv4' ? 'iptables' : 'ip6tables'}${suffix}`;
export const versionOf = (family: Family, suffix = ''): string => `${programOf(family, suffix)} v1.8.9 (nf_tables)`;
