/** What the kernel refuses at the end of a transaction: jumps and set names that lead nowhere, circles, chains too deep. */
import { entriesOf, lookUp } from '../buckets.ts';
import { maxJumps } from '../iptables/evaluate.ts';
import type { NftChain, NftElement, NftTable } from './state.ts';

interface Leads {
  chains: readonly string[];
  sets: readonly string[];
}
const nowhere: readonly string[] = Object.freeze([]);
const leads = new WeakMap<NftChain, Leads>();

/** Chains a chain may jump to by itself or by elements written in it, and the sets it names. */
function leadsOf(chain: NftChain): Leads {
  let known = leads.get(chain);
  if (known) return known;
  const chains = new Set<string>();
  const sets = new Set<string>();
  for (const rule of chain.rules)
    for (const s of rule.statements) {
      if (s.do === 'verdict' && s.chain !== '') chains.add(s.chain);
      if (s.do === 'element') sets.add(s.set);
      const to = s.do === 'match' || s.do === 'vmap' ? s.to : s.do === 'nat' ? (s.map?.to ?? null) : null;
      if (to?.set) sets.add(to.set);
      if (s.do === 'vmap') for (const { value } of s.to.entries) if (targetOf(value) !== '') chains.add(targetOf(value));
    }
  known = { chains: chains.size === 0 ? nowhere : [...chains], sets: sets.size === 0 ? nowhere : [...sets] };
  leads.set(chain, known);
  return known;
}

export interface TableChange {
  from: NftTable;
  to: NftTable;
  /** What became of chains; undefined: gone. */
  chains: ReadonlyMap<string, NftChain | undefined>;
  /** Elements of sets that are still the same set; null: the set is new, gone or emptied. */
  elements: ReadonlyMap<string, ReadonlyMap<string, NftElement | undefined> | null>;
}

/** Null: nothing is wrong. A table that was sound is asked only about what changed, unless something may have become deeper. */
export function checkTable(change: TableChange): string | null {
  const facts = factsOf.get(change.from);
  factsOf.delete(change.from);
  if (facts && stillSound(facts, change)) {
    factsOf.set(change.to, facts);
    return null;
  }
  return checkWhole(change.to);
}

/** What was worked out for a sound table. Derived; handed on from table to table. */
interface Facts {
  /** Longest way down from each chain. */
  heights: Map<string, number>;
  /** Chain → chains and elements that lead to it; set → chains that name it. */
  chainUsers: Map<string, number>;
  setUsers: Map<string, number>;
  /** Set → most of the heights its elements lead to, so far; -1: they lead nowhere. */
  setHeights: Map<string, number>;
}
const factsOf = new WeakMap<NftTable, Facts>();

const targetOf = (value: string): string => (value.startsWith('goto ') || value.startsWith('jump ') ? value.slice(5) : '');
const bump = (map: Map<string, number>, key: string, by: number): void => void map.set(key, (map.get(key) ?? 0) + by);

/** False: it must be looked at whole; `facts` are spoilt then. A circle always makes a chain that was there deeper, or consists of new ones. */
function stillSound(facts: Facts, { from, to, chains, elements }: TableChange): boolean {
  const { heights, chainUsers, setUsers, setHeights } = facts;
  const isVerdict = (name: string): boolean => lookUp(to.sets, name)?.data[0] === 'verdict' || lookUp(from.sets, name)?.data[0] === 'verdict';
  const lost: string[] = [];
  for (const [name, changed] of elements) {
    if (changed) {
      if (!isVerdict(name)) continue;
      const before = lookUp(from.sets, name)?.elements;
      for (const [key, element] of changed) {
        const was = before ? targetOf(lookUp(before, key)?.value ?? '') : '';
        if (was !== '') bump(chainUsers, was, -1);
        if (element && targetOf(element.value) !== '') bump(chainUsers, targetOf(element.value), 1);
      }
    } else if (isVerdict(name)) return false;
    else if (!lookUp(to.sets, name)) lost.push(name);
  }
  for (const [name, chain] of chains) {
    const old = lookUp(from.chains, name);
    if (old) {
      for (const target of leadsOf(old).chains) bump(chainUsers, target, -1);
      for (const set of leadsOf(old).sets) bump(setUsers, set, -1);
    }
    if (!chain) continue;
    for (const target of leadsOf(chain).chains) {
      if (!lookUp(to.chains, target)) return false;
      bump(chainUsers, target, 1);
    }
    for (const set of leadsOf(chain).sets) {
      if (!lookUp(to.sets, set)) return false;
      bump(setUsers, set, 1);
    }
  }
  for (const set of lost) if ((setUsers.get(set) ?? 0) > 0) return false;
  const path: string[] = [];
  const fresh = new Map<string, number>();
  /** -1: a circle, or too deep to be sure. */
  const height = (name: string): number => {
    const chain = chains.get(name);
    if (!chain) return chains.has(name) ? -1 : (heights.get(name) ?? -1);
    const known = fresh.get(name);
    if (known !== undefined) return known;
    if (path.includes(name) || path.length > maxJumps) return -1;
    path.push(name);
    let most = 0;
    const leads = leadsOf(chain);
    for (const target of leads.chains) {
      const below = height(target);
      if (below < 0) return -1;
      most = Math.max(most, below + 1);
    }
    for (const set of leads.sets) if (isVerdict(set)) most = Math.max(most, (setHeights.get(set) ?? -1) + 1);
    path.pop();
    fresh.set(name, most);
    return most;
  };
  for (const [name, chain] of chains) {
    if (!chain) {
      if ((chainUsers.get(name) ?? 0) > 0) return false;
      continue;
    }
    const now = height(name);
    if (now < 0 || now >= maxJumps || now > (heights.get(name) ?? now)) return false;
  }
  for (const [name, changed] of elements) {
    if (!changed || !isVerdict(name)) continue;
    for (const [, element] of changed) {
      const target = element ? targetOf(element.value) : '';
      if (target === '') continue;
      const below = height(target);
      if (below < 0 || below > (setHeights.get(name) ?? -1)) return false;
    }
  }
  for (const [name, chain] of chains) {
    // A chain that became less deep keeps its old height: what lies above was measured with it.
    if (!chain) heights.delete(name);
    else if (!heights.has(name)) heights.set(name, fresh.get(name) as number);
  }
  return true;
}

function checkWhole(table: NftTable): string | null {
  for (const [name, chain] of entriesOf(table.chains)) {
    const { chains, sets } = leadsOf(chain);
    for (const target of chains)
      if (!lookUp(table.chains, target)) return `Could not process rule: No such file or directory (chain ${name} leads to ${target}, which does not exist)`;
    for (const set of sets)
      if (!lookUp(table.sets, set)) return `Could not process rule: No such file or directory (chain ${name} names set ${set}, which does not exist)`;
  }
  const heights = new Map<string, number>();
  const targets = new Map<string, readonly string[]>();
  const path: string[] = [];
  const targetsOf = (chain: NftChain): readonly string[] => {
    const { chains, sets } = leadsOf(chain);
    if (sets.length === 0) return chains;
    const out = new Set(chains);
    for (const set of sets) {
      let list = targets.get(set);
      if (!list) {
        const found = new Set<string>();
        const map = lookUp(table.sets, set);
        if (map?.data[0] === 'verdict')
          for (const [, element] of entriesOf(map.elements)) if (/^(goto|jump) /.test(element.value)) found.add(element.value.slice(5));
        list = [...found];
        targets.set(set, list);
      }
      for (const name of list) out.add(name);
    }
    return [...out];
  };
  const height = (name: string): number | string => {
    const known = heights.get(name);
    if (known !== undefined) return known;
    if (path.includes(name)) return `loop: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`;
    if (path.length > 64) return `more than ${maxJumps} jumps: ${path.slice(0, 20).join(' → ')} → …`;
    const chain = lookUp(table.chains, name);
    if (!chain) return `chain ${name} does not exist`;
    path.push(name);
    let most = 0;
    for (const next of targetsOf(chain)) {
      const below = height(next);
      if (typeof below === 'string') return below;
      most = Math.max(most, below + 1);
    }
    path.pop();
    heights.set(name, most);
    return most;
  };
  for (const [name] of entriesOf(table.chains)) {
    const result = height(name);
    if (typeof result === 'string')
      return result.startsWith('loop')
        ? `Could not process rule: Too many levels of symbolic links (${result})`
        : result.startsWith('more')
          ? `Could not process rule: Too many links (${result})`
          : `Could not process rule: No such file or directory (${result})`;
    if (result >= maxJumps) return `Could not process rule: Too many links (chain ${name}: ${result} jumps, ${maxJumps - 1} at most)`;
  }
  const facts: Facts = { heights: heights as Map<string, number>, chainUsers: new Map(), setUsers: new Map(), setHeights: new Map() };
  for (const [, chain] of entriesOf(table.chains)) {
    const { chains, sets } = leadsOf(chain);
    for (const target of chains) bump(facts.chainUsers, target, 1);
    for (const set of sets) bump(facts.setUsers, set, 1);
  }
  for (const [name, set] of entriesOf(table.sets)) {
    if (set.data[0] !== 'verdict') continue;
    let most = -1;
    for (const [, element] of entriesOf(set.elements)) {
      const target = targetOf(element.value);
      if (target === '') continue;
      bump(facts.chainUsers, target, 1);
      // An element of a map that no chain names may lead to a chain that is not there.
      most = Math.max(most, heights.get(target) ?? maxJumps);
    }
    facts.setHeights.set(name, most);
  }
  factsOf.set(table, facts);
  return null;
}
