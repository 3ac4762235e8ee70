/** Tables of one family: chains by name. A table comes into being when it is first used. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { share } from '../../../../engine/share.ts';
import type { Hook } from '../../hooks.ts';
import { type Buckets, emptyBuckets, entriesOf, lookUp, update } from '../buckets.ts';
import type { Chain } from './rule.ts';

export interface Table {
  readonly chains: Buckets<Chain>;
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

export const isBuiltin = (table: string, chain: string): boolean => (builtins[table] ?? []).includes(chain as Hook);

export function newTable(name: string): Table {
  const chains = new Map<string, Chain>();
  for (const hook of builtins[name] ?? []) chains.set(hook, share<Chain>({ name: hook, policy: 'ACCEPT', lines: [], jumps: [] }));
  return share({ chains: update<Chain>(emptyBuckets, chains), ruleCount: 0 });
}

export const chainOf = (table: Table | undefined, name: string): Chain | undefined => (table ? lookUp(table.chains, name) : undefined);

export function withChains(table: Table, changes: ReadonlyMap<string, Chain | undefined>): Table {
  let { ruleCount } = table;
  for (const [name, chain] of changes) ruleCount += (chain?.lines.length ?? 0) - (lookUp(table.chains, name)?.lines.length ?? 0);
  return share({ chains: update(table.chains, changes), ruleCount });
}

/** Built-in chains in hook order, then the others by name. */
export function chainsInOrder(name: string, table: Table): Chain[] {
  const hooks = builtins[name] ?? [];
  const own = hooks.map((hook) => lookUp(table.chains, hook)).filter((c): c is Chain => c !== undefined);
  const others = entriesOf(table.chains)
    .map(([, chain]) => chain)
    .filter((chain) => chain.policy === '');
  others.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...own, ...others];
}

export const programOf = (family: Family, suffix = ''): string => `${family === 'IPv4' ? 'iptables' : 'ip6tables'}${suffix}`;
export const versionOf = (family: Family, suffix = ''): string => `${programOf(family, suffix)} v1.8.9 (nf_tables)`;
