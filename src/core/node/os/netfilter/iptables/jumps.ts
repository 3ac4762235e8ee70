/** Where jumps may not lead: to chains that are not there, in circles, too deep; and no chain may go while rules jump to it. */
import { maxJumps } from './evaluate.ts';
import type { Chain } from './rule.ts';
import { builtins, chainCount, chainOf, chainsInOrder, type Table } from './tables.ts';

type Changes = ReadonlyMap<string, { chain: Chain | undefined; old: Chain | undefined; line: number }>;

/** Tables up to this size are measured whole; in larger ones only what changed is, downwards. */
const wholeUpTo = 4000;

/** Targets without ''; each once where there are many. */
const jumpsOf = ({ jumps }: Chain): string[] => (jumps.length <= 16 ? jumps.slice() : [...new Set(jumps)]).filter((name) => name !== '');

export function jumpError(tableName: string, table: Table, changes: Changes): { message: string; line: number } | null {
  const find = (name: string): Chain | undefined => {
    const change = changes.get(name);
    return change ? change.chain : chainOf(table, name);
  };
  const heights = new Map<string, number>();
  const path: string[] = [];
  const small = chainCount(table) + changes.size <= wholeUpTo;
  /** Longest way down; a string: the circle. */
  const height = (chain: Chain): number | string => {
    const known = heights.get(chain.name);
    if (known !== undefined) return known;
    if (path.includes(chain.name)) return [...path.slice(path.indexOf(chain.name)), chain.name].join(' → ');
    path.push(chain.name);
    let most = 0;
    for (const name of jumpsOf(chain)) {
      const next = find(name);
      if (!next) continue;
      if (path.length > 256) return [...path.slice(0, 20), '…'].join(' → ');
      const below = height(next);
      if (typeof below === 'string') return below;
      most = Math.max(most, below + 1);
    }
    path.pop();
    heights.set(chain.name, most);
    return most;
  };
  for (const [name, { chain, old, line }] of changes) {
    if (!chain || chain === old) continue;
    const before = old ? new Set(old.jumps) : null;
    const targets = jumpsOf(chain);
    for (const target of targets) {
      if (before?.has(target) && !changes.has(target)) continue;
      const next = find(target);
      if (!next) return { message: `RULE_APPEND failed (No such file or directory): rule in chain ${name} (chain ${target} does not exist)`, line };
      if (builtins[tableName]?.includes(target as never))
        return { message: `RULE_APPEND failed (Operation not supported): rule in chain ${name} (${target} is a built-in chain)`, line };
    }
    // Nothing jumps to a built-in chain, so none is part of a circle; in a large table depth is left to the packets.
    const measured = small || chain.policy === '';
    const depth = measured && (before === null || targets.some((t) => !before.has(t))) ? height(chain) : 0;
    if (typeof depth === 'string') return { message: `RULE_APPEND failed (Too many levels of symbolic links): rule in chain ${name} (loop: ${depth})`, line };
    if (depth >= maxJumps) return { message: `RULE_APPEND failed (Too many links): rule in chain ${name} (${depth} jumps, ${maxJumps - 1} at most)`, line };
  }
  if (small)
    for (const hook of builtins[tableName] ?? []) {
      const chain = find(hook);
      const depth = chain ? height(chain) : 0;
      const line = Math.max(0, ...[...changes.values()].map((c) => c.line));
      if (typeof depth === 'number' && depth >= maxJumps)
        return { message: `RULE_APPEND failed (Too many links): rule in chain ${hook} (${depth} jumps, ${maxJumps - 1} at most)`, line };
    }
  for (const [name, { chain, old, line }] of changes) {
    if (chain || !old) continue;
    const user = userOf(name, table, changes);
    if (user !== null) return { message: `CHAIN_DEL failed (Device or resource busy): chain ${name}`, line };
  }
  return null;
}

/** A chain that jumps to `name` after the changes. Only chains whose jumps were counted. */
function userOf(name: string, table: Table, changes: Changes): string | null {
  for (const [other, { chain, old }] of changes) if (chain && chain !== old && chain.jumps.includes(name)) return other;
  for (const user of usersOf(table, name)) {
    const change = changes.get(user);
    if (!change || (change.chain && change.chain === change.old)) return user;
  }
  return null;
}

/** Chain → those that jump to it. Derived from a table; made when a chain is deleted, then handed on from table to table. */
const users = new WeakMap<Table, Map<string, Set<string>>>();
const hooks: readonly string[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const nobody: ReadonlySet<string> = new Set();

export function usersOf(table: Table, name: string): ReadonlySet<string> {
  let map = users.get(table);
  if (!map) {
    map = new Map();
    for (const chain of chainsInOrder('', table)) addJumps(map, chain.name, chain.jumps);
    for (const hook of hooks) addJumps(map, hook, chainOf(table, hook)?.jumps ?? []);
    users.set(table, map);
  }
  return map.get(name) ?? nobody;
}

/** What was worked out for `from` holds for `to`, but for the chains that changed. */
export function handOnUsers(from: Table, to: Table, changes: ReadonlyMap<string, Chain | undefined>): void {
  const map = users.get(from);
  if (!map) return;
  users.delete(from);
  for (const [name, chain] of changes) {
    const before = chainOf(from, name)?.jumps ?? [];
    const after = chain?.jumps ?? [];
    // Long chains mostly stay as they were at both ends.
    let start = 0;
    while (start < before.length && before[start] === after[start]) start += 1;
    let tail = 0;
    while (tail < before.length - start && tail < after.length - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const added = after.slice(start, after.length - tail);
    const gone = before.slice(start, before.length - tail);
    for (const target of gone) if (target !== '' && !added.includes(target) && !after.includes(target)) map.get(target)?.delete(name);
    addJumps(map, name, added);
  }
  users.set(to, map);
}

function addJumps(map: Map<string, Set<string>>, from: string, targets: readonly string[]): void {
  for (const target of targets) {
    if (target === '') continue;
    const there = map.get(target);
    if (there) there.add(from);
    else map.set(target, new Set([from]));
  }
}
