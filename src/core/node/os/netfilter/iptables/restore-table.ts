/** One table of a restore while it is read, and what comes of it at its COMMIT. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { chainNames, type RestoreBlocks, type RuleBlock } from '../../../../contracts/rule-blocks.ts';
import { share } from '../../../../engine/share.ts';
import type { Namespace } from '../state.ts';
import { mayOwn } from './blocks.ts';
import { keepCompiled } from './compile.ts';
import type { Draft } from './draft.ts';
import { handOnInlay } from './inlay.ts';
import { handOnUsers } from './jumps.ts';
import { type Inlays, sameInlay, takeBlocks } from './restore-blocks.ts';
import type { Chain, Inlay } from './rule.ts';
import { chainCount, chainOf, keptChain, maxChains, maxRules, type Table, withChains } from './tables.ts';

export interface Transaction {
  name: string;
  table: Table;
  drafts: Map<string, Draft>;
  /** The chain whose rule the last line wrote. */
  last: Draft | null;
  ruleCount: number;
  chainCount: number;
  /** Of a restore with blocks; null: all is text. */
  blocks: BlockWork | null;
}

export interface BlockWork {
  inlays: ReadonlyMap<string, Inlay>;
  /** Blocks whose chains this table took. */
  written: readonly RuleBlock[];
  changed: boolean;
}

/** Chains as they are after the restore. */
export function chainsOf(tx: Transaction): Map<string, { chain: Chain | undefined; old: Chain | undefined; line: number }> {
  const out = new Map<string, { chain: Chain | undefined; old: Chain | undefined; line: number }>();
  for (const draft of tx.drafts.values()) {
    const old = chainOf(tx.table, draft.name);
    if (draft.deleted) {
      if (old) out.set(draft.name, { chain: undefined, old, line: draft.line });
      continue;
    }
    if (draft.untouched && draft.old && draft.old === old && draft.policy === old.policy) continue;
    if (old && old.policy === draft.policy && old.lines.length === draft.lines.length && old.lines.every((line, i) => line === draft.lines[i])) {
      out.set(draft.name, { chain: old, old, line: draft.line });
      continue;
    }
    const chain = share<Chain>({ name: draft.name, policy: draft.policy, lines: draft.lines, jumps: draft.jumps });
    if (draft.rules) keepCompiled(chain, tx.name, draft.rules);
    out.set(draft.name, { chain, old, line: draft.line });
  }
  return out;
}

/** False: the blocks are not what this table can take. */
export function beginBlocks(tx: Transaction, blocks: RestoreBlocks, all: Inlays): boolean {
  const taken = tx.name === 'nat' ? takeBlocks(tx.table, blocks) : { table: tx.table, written: [], changed: false };
  if (!taken) return false;
  const inlays = tx.name === 'nat' || tx.name === 'filter' ? all[tx.name] : new Map<string, Inlay>();
  let { ruleCount } = taken.table;
  for (const [name, { count }] of inlays) ruleCount += count - (keptChain(taken.table, name)?.inlay?.count ?? 0);
  tx.table = taken.table;
  tx.ruleCount = ruleCount;
  tx.chainCount = chainCount(taken.table);
  tx.blocks = { inlays, written: taken.written, changed: taken.changed };
  return ruleCount <= maxRules && tx.chainCount <= maxChains;
}

/** Chains as they are kept. Null: the text of the restore writes to the chains of blocks. */
export function blockChanges(tx: Transaction, { inlays }: BlockWork): Map<string, Chain | undefined> | null {
  const out = new Map<string, Chain | undefined>();
  for (const draft of tx.drafts.values()) {
    const { name, policy, lines, jumps } = draft;
    const old = keptChain(tx.table, name);
    if (!old && chainOf(tx.table, name)) return null;
    if (draft.deleted) {
      if (old) out.set(name, undefined);
      continue;
    }
    const inlay = inlays.get(name);
    if (draft.untouched && (inlay || old?.inlay)) return null;
    const isOld = old !== undefined && old.policy === policy && sameInlay(old.inlay, inlay);
    if (isOld && old.lines.length === lines.length && old.lines.every((line, i) => line === lines[i])) {
      out.set(name, old);
      continue;
    }
    const chain = share<Chain>(inlay ? { name, policy, lines, jumps, inlay } : { name, policy, lines, jumps });
    if (inlay) handOnInlay(old?.inlay, inlay);
    if (draft.rules) keepCompiled(chain, tx.name, draft.rules);
    out.set(name, chain);
  }
  for (const name of inlays.keys()) if (!out.get(name)) return null;
  return out;
}

export function commitBlocks(ns: Namespace, family: Family, tx: Transaction, work: BlockWork, written: Map<string, Chain | undefined>): boolean {
  const counters = ns.counters[family];
  const changes = new Map<string, Chain | undefined>();
  for (const [name, chain] of written) {
    delete counters[`${tx.name} ${name}`];
    if (chain !== keptChain(tx.table, name)) changes.set(name, chain);
  }
  if (countsOwn(counters, tx.name, work.written)) for (const block of work.written) for (const name of chainNames(block)) delete counters[`${tx.name} ${name}`];
  const there = ns.iptables[family][tx.name];
  if (changes.size === 0 && tx.table === there) return false;
  ns.iptables[family][tx.name] = changes.size === 0 ? tx.table : withChains(tx.table, changes);
  return work.changed || changes.size > 0 || there === undefined;
}

/** A chain of some block may have counted packets. */
function countsOwn(counters: Record<string, unknown>, table: string, blocks: readonly RuleBlock[]): boolean {
  for (const key in counters) if (key.startsWith(table) && mayOwn(blocks, key.slice(table.length + 1))) return true;
  return false;
}

/** True when something changed. Counters of chains that were written anew begin at zero. */
export function commit(ns: Namespace, family: Family, tx: Transaction, written: ReturnType<typeof chainsOf>): boolean {
  const changes = new Map<string, Chain | undefined>();
  for (const [name, { chain, old }] of written) {
    delete ns.counters[family][`${tx.name} ${name}`];
    if (chain !== old) changes.set(name, chain);
  }
  const fresh = ns.iptables[family][tx.name] === undefined;
  if (changes.size === 0 && !fresh) return false;
  const next = withChains(tx.table, changes);
  handOnUsers(tx.table, next, changes);
  ns.iptables[family][tx.name] = next;
  return true;
}
