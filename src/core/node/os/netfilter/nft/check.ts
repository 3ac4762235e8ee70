/** What the kernel refuses at the end of a transaction: jumps and set names that lead nowhere, circles, chains too deep. */
import { entriesOf, lookUp } from '../buckets.ts';
import { maxJumps } from '../iptables/evaluate.ts';
import type { NftChain, NftTable, NftTables } from './state.ts';

interface Leads {
  chains: readonly string[];
  sets: readonly string[];
}
const leads = new WeakMap<NftChain, Leads>();

/** Chains a chain may jump to by itself or by elements written in it, and the sets it names. */
function leadsOf(chain: NftChain): Leads {
  let known = leads.get(chain);
  if (known) return known;
  const chains = new Set<string>();
  const sets = new Set<string>();
  const verdict = (value: string): void => {
    if (value.startsWith('goto ') || value.startsWith('jump ')) chains.add(value.slice(5));
  };
  for (const rule of chain.rules)
    for (const s of rule.statements) {
      if (s.do === 'verdict' && s.chain !== '') chains.add(s.chain);
      if (s.do === 'element') sets.add(s.set);
      const to = s.do === 'match' || s.do === 'vmap' ? s.to : s.do === 'nat' ? (s.map?.to ?? null) : null;
      if (to?.set) sets.add(to.set);
      if (s.do === 'vmap') for (const { value } of s.to.entries) verdict(value);
    }
  known = { chains: [...chains], sets: [...sets] };
  leads.set(chain, known);
  return known;
}

const sound = new WeakSet<NftTable>();

/** Null: nothing is wrong. */
export function checkTables(tables: NftTables): string | null {
  for (const key in tables) {
    const table = tables[key] as NftTable;
    if (sound.has(table)) continue;
    const wrong = checkTable(table);
    if (wrong !== null) return wrong;
    sound.add(table);
  }
  return null;
}

function checkTable(table: NftTable): string | null {
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
  return null;
}
