/** Names of ipsets that iptables rules look at: those cannot be destroyed. Derived; made anew when the tables are others. */
import { formsOf } from './iptables/blocks.ts';
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
    for (const row of table.chains.rows) for (const key in row) for (const line of (row[key] as Chain).lines) addNames(names, line);
    for (const form of formsOf(table.blocks)) for (const { line } of [...form.entries, ...form.rules]) addNames(names, line.join(''));
    cache.set(table, names);
  }
  return names;
}

function addNames(names: Set<string>, line: string): void {
  if (!line.includes('--match-set ')) return;
  for (const [, name] of line.matchAll(/--match-set (\S+)/g)) names.add(name as string);
}
