/** Names of ipsets that iptables rules look at: those cannot be destroyed. Derived; made anew when the tables are others. */
import type { Chain } from './iptables/rule.ts';
import type { Table } from './iptables/tables.ts';
import type { Namespace } from './state.ts';

const cache = new WeakMap<Table, Set<string>>();

export function usedSets(ns: Namespace): Set<string> {
  const all = new Set<string>();
  for (const tables of [ns.iptables.IPv4, ns.iptables.IPv6]) for (const name in tables) for (const set of ofTable(tables[name] as Table)) all.add(set);
  return all;
}

function ofTable(table: Table): Set<string> {
  let names = cache.get(table);
  if (!names) {
    names = new Set();
    for (const row of table.chains.rows)
      for (const key in row)
        for (const rule of (row[key] as Chain).rules)
          for (const match of rule.matches) if (match.ext === 'set') names.add((match.value as { name: string }).name);
    cache.set(table, names);
  }
  return names;
}
