/**
 * Which rules of a long chain can match a packet at all. A rule that names one destination, port or source cannot match another, whatever
 * else it says: only the rules filed under what the packet has, and those that name none, are asked, in their order. The result, and the count
 * of rules a linear walk looks at, are those of the linear walk.
 */
import type { Family } from '../../../../contracts/netfilter.ts';
import { fullMask } from './addresses.ts';
import type { MatchExtension } from './extension.ts';
import { matches } from './matches.ts';
import { parseRule } from './parse-rule.ts';
import type { AddressCondition, Chain, Rule } from './rule.ts';
import { splitWords } from './words.ts';

export interface Compiled {
  rules: readonly Rule[];
  /** Of the chain's counters. */
  key: string;
  /** Null: short, asked rule by rule. */
  index: ChainIndex | null;
}

export interface ChainIndex {
  any: number[];
  dst: Map<number, number[]>;
  src: Map<number, number[]>;
  dport: Map<number, number[]>;
}

/** Chains this short are walked as fast without. */
const shortChain = 8;
const none: number[] = [];
const cache = new WeakMap<Chain, Compiled>();

/** What the rules of a chain mean. Derived: made when it is first asked for. */
export function compiled(chain: Chain, table: string, family: Family): Compiled {
  let known = cache.get(chain);
  if (!known) {
    known = compileRules(
      chain,
      table,
      chain.lines.map((line) => parsedLine(line, family)),
    );
    cache.set(chain, known);
  }
  return known;
}

/** Its rules if they were worked out before. */
export const compiledBefore = (chain: Chain | undefined): readonly Rule[] | null => (chain && cache.get(chain)?.rules) ?? null;

/** A chain whose rules are known already: a changed version of one that packets go through. */
export function keepCompiled(chain: Chain, table: string, rules: readonly Rule[]): void {
  cache.set(chain, compileRules(chain, table, rules));
}

function compileRules(chain: Chain, table: string, rules: readonly Rule[]): Compiled {
  return { rules, key: `${table} ${chain.name}`, index: rules.length > shortChain ? indexOf(rules) : null };
}

export function parsedLine(line: string, family: Family): Rule {
  const parsed = parseRule(splitWords(line) ?? [], 2, family);
  if ('error' in parsed) throw new Error(`a rule that was accepted cannot be read: ${line}: ${parsed.error}`);
  return parsed.rule;
}

function indexOf(rules: readonly Rule[]): ChainIndex {
  const index: ChainIndex = { any: [], dst: new Map(), src: new Map(), dport: new Map() };
  for (let i = 0; i < rules.length; i += 1) {
    const rule = rules[i] as Rule;
    const dst = exact(rule.dst);
    if (dst !== null) {
      file(index.dst, dst, i);
      continue;
    }
    const port = exactPort(rule);
    if (port >= 0) {
      file(index.dport, port, i);
      continue;
    }
    const src = exact(rule.src);
    if (src !== null) file(index.src, src, i);
    else index.any.push(i);
  }
  return index;
}

function file(map: Map<number, number[]>, key: number, i: number): void {
  const there = map.get(key);
  if (there) there.push(i);
  else map.set(key, [i]);
}

/** The one IPv4 address a rule allows as destination. */
export const exactDestination = (rule: Rule): number | null => exact(rule.dst);

/** The one IPv4 address a condition allows. */
const exact = (c: AddressCondition | null): number | null =>
  c !== null && !c.inv && c.words.length === 1 && c.mask[0] === fullMask(1)[0] ? (c.words[0] as number) : null;

/** The one destination port a rule allows; -1 when a match before it draws or leaves traces, which must happen for other ports too. */
export function exactPort(rule: Rule): number {
  for (const match of rule.matches) {
    if (match.ext === 'tcp' || match.ext === 'udp' || match.ext === 'sctp') {
      const { dport, dinv } = match.value as { dport: [number, number] | null; dinv: boolean };
      return dport !== null && !dinv && dport[0] === dport[1] ? dport[0] : -1;
    }
    if ((matches[match.ext] as MatchExtension<never>).effects) return -1;
  }
  return -1;
}

/** Walks the numbers of the rules to ask in ascending order. */
export class Candidates {
  private readonly lists: number[][];
  private readonly at: number[];

  constructor(index: ChainIndex, dst: number, src: number, dport: number) {
    this.lists = [index.any, index.dst.get(dst) ?? none, index.src.get(src) ?? none, index.dport.get(dport) ?? none];
    this.at = [0, 0, 0, 0];
  }

  /** -1: no more. */
  next(): number {
    let best = -1;
    let from = 0;
    for (let k = 0; k < 4; k += 1) {
      const i = (this.lists[k] as number[])[this.at[k] as number];
      if (i !== undefined && (best < 0 || i < best)) {
        best = i;
        from = k;
      }
    }
    if (best >= 0) this.at[from] = (this.at[from] as number) + 1;
    return best;
  }
}
