/**
 * The blocks of a restore: which a table takes over, and what they write into chains that others write to as well. Whatever is not plainly as
 * expected is answered with null: the restore is then read as text.
 */
import { chainNames, type RestoreBlocks, type RuleBlock, type RuleForm } from '../../../../contracts/rule-blocks.ts';
import { share } from '../../../../engine/share.ts';
import { entriesOf, lookUp, update } from '../buckets.ts';
import { chainsOfBlock, formsOf, handOnForms, ownerOf, ownRules, preparedForm } from './blocks.ts';
import { maxJumps } from './evaluate.ts';
import type { Chain, Inlay } from './rule.ts';
import { builtins, type Table } from './tables.ts';

export interface Taken {
  table: Table;
  /** Blocks whose own chains were written. */
  written: readonly RuleBlock[];
  /** Some of them are others than before. */
  changed: boolean;
}

/** The table with the chains of the blocks as they are after the restore; those that are in no block any more are chains like all others. */
export function takeBlocks(table: Table, { all, written }: RestoreBlocks): Taken | null {
  const old = table.blocks;
  if (old === all) return { table, written, changed: false };
  const kept: RuleBlock[] = [];
  const fresh: RuleBlock[] = [];
  const leaving = new Map<string, Chain | undefined>();
  let { ruleCount } = table;
  let isWritten: ReadonlySet<RuleBlock> | null = null;
  let j = 0;
  let { blockChains } = table;
  const leave = (block: RuleBlock): void => {
    for (const [name, chain] of chainsOfBlock(block)) leaving.set(name, chain);
  };
  for (let i = 0; i < all.length; i += 1) {
    const block = all[i] as RuleBlock;
    if (old[j] === block) {
      j += 1;
      kept.push(block);
      continue;
    }
    while (j < old.length && (old[j] as RuleBlock).key < block.key) {
      leave(old[j] as RuleBlock);
      blockChains -= (old[j] as RuleBlock).form.chains.length;
      j += 1;
    }
    const was = j < old.length && (old[j] as RuleBlock).key === block.key ? (old[j] as RuleBlock) : undefined;
    if (was) j += 1;
    if (was === block) {
      kept.push(block);
      continue;
    }
    isWritten ??= new Set(written);
    if (!isWritten.has(block)) {
      if (was) return null;
      // Somebody changed its chains: they are kept one by one.
      continue;
    }
    ruleCount += ownRules(block);
    blockChains += block.form.chains.length - (was?.form.chains.length ?? 0);
    if (was) {
      leave(was);
      for (const name of chainNames(block)) {
        const chain = leaving.get(name);
        if (chain) ruleCount -= chain.lines.length;
        leaving.delete(name);
      }
    }
    fresh.push(block);
    kept.push(block);
  }
  for (; j < old.length; j += 1) {
    leave(old[j] as RuleBlock);
    blockChains -= (old[j] as RuleBlock).form.chains.length;
  }
  if (fresh.length === 0 && leaving.size === 0) return { table, written, changed: false };
  ruleCount -= takeOver(table, fresh, leaving);
  const blocks = kept.length === all.length ? all : kept;
  handOnForms(old, blocks, fresh);
  return { table: share({ chains: update(table.chains, leaving), blocks, blockChains, ruleCount }), written, changed: fresh.length > 0 };
}

/** Chains of the same names that were kept one by one make way. Returns the number of their rules. */
function takeOver(table: Table, fresh: readonly RuleBlock[], leaving: Map<string, Chain | undefined>): number {
  if (fresh.length === 0) return 0;
  const prefixes = new Set<string>();
  for (const form of formsOf(fresh)) for (const prefix of preparedForm(form).prefixes) prefixes.add(prefix);
  const possible = new Set<string>();
  for (const [name] of entriesOf(table.chains)) for (const prefix of prefixes) if (name.startsWith(prefix)) possible.add(name);
  if (possible.size === 0) return 0;
  let rules = 0;
  for (const block of fresh)
    for (const name of chainNames(block)) {
      if (!possible.has(name)) continue;
      rules += lookUp(table.chains, name)?.lines.length ?? 0;
      leaving.set(name, undefined);
    }
  return rules;
}

/** Table → chain → what blocks write into it. Derived: made of what was known of a list of which most is the same. */
export type Inlays = Readonly<Record<'filter' | 'nat', ReadonlyMap<string, Inlay>>>;
const inlaysKnown = new WeakMap<readonly RuleBlock[], Inlays>();

/** `before`: the list of the restore before, if there was one. */
export function inlaysOf(all: readonly RuleBlock[], before: readonly RuleBlock[] | undefined): Inlays {
  let known = inlaysKnown.get(all);
  if (!known) {
    const old = before && inlaysKnown.get(before);
    known = (before && old && patched(all, before, old)) ?? collected(all);
    inlaysKnown.set(all, known);
  }
  return known;
}

/** Null: more than a few are others, or they write elsewhere. */
function patched(all: readonly RuleBlock[], before: readonly RuleBlock[], old: Inlays): Inlays | null {
  if (all.length !== before.length) return null;
  const others = new Map<RuleBlock, RuleBlock>();
  for (let i = 0; i < all.length; i += 1) {
    const [was, now] = [before[i] as RuleBlock, all[i] as RuleBlock];
    if (was === now) continue;
    if (was.form !== now.form || others.size >= 100) return null;
    others.set(was, now);
  }
  const next = (inlays: ReadonlyMap<string, Inlay>): Map<string, Inlay> => {
    const out = new Map<string, Inlay>();
    for (const [chain, inlay] of inlays) out.set(chain, replaced(inlay, others, all, before));
    return out;
  };
  return { filter: next(old.filter), nat: next(old.nat) };
}

function replaced(inlay: Inlay, others: ReadonlyMap<RuleBlock, RuleBlock>, all: readonly RuleBlock[], before: readonly RuleBlock[]): Inlay {
  if (others.size === 0) return inlay;
  if (inlay.blocks === before) return { ...inlay, blocks: all };
  if (!inlay.blocks.some((block) => others.has(block))) return inlay;
  return { ...inlay, blocks: inlay.blocks.map((block) => others.get(block) ?? block) };
}

function collected(all: readonly RuleBlock[]): Inlays {
  const places = new Map<string, { blocks: RuleBlock[]; count: number }>();
  let form: RuleForm | null = null;
  let here: [{ blocks: RuleBlock[]; count: number }, number][] = [];
  for (const block of all) {
    if (block.form !== form) {
      form = block.form;
      here = [];
      for (const [place, entries] of preparedForm(form).places) {
        let list = places.get(place);
        if (!list) {
          list = { blocks: [], count: 0 };
          places.set(place, list);
        }
        here.push([list, entries.length]);
      }
    }
    for (const [list, entries] of here) {
      list.blocks.push(block);
      list.count += entries;
    }
  }
  const out = { filter: new Map<string, Inlay>(), nat: new Map<string, Inlay>() };
  for (const [place, { blocks, count }] of places) {
    const [table, chain] = place.split(' ') as ['filter' | 'nat', string];
    out[table].set(chain, { place, blocks: blocks.length === all.length ? all : blocks, count });
  }
  return out;
}

export function sameInlay(a: Inlay | undefined, b: Inlay | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.count !== b.count || a.blocks.length !== b.blocks.length) return false;
  return sameBlocks(a.blocks, b.blocks);
}

/** Every jump leads somewhere, none too deep or in a circle, and nothing that goes is still used: as `jumpError`, which says what is wrong. */
export function jumpsSound(name: string, table: Table, changes: ReadonlyMap<string, Chain | undefined>): boolean {
  const find = (chain: string): Chain | undefined => (changes.has(chain) ? changes.get(chain) : lookUp(table.chains, chain));
  const hooks: readonly string[] = builtins[name] ?? [];
  const heights = new Map<string, number>();
  const path: string[] = [];
  /** -1: not sound. */
  const height = (chain: string): number => {
    const known = heights.get(chain);
    if (known !== undefined) return known;
    const found = find(chain);
    if (!found || path.includes(chain) || path.length > maxJumps) return -1;
    path.push(chain);
    let most = 0;
    for (const target of new Set(found.jumps)) {
      if (target === '') continue;
      const below = find(target) ? height(target) : ownedHeight(target);
      if (below < 0) return -1;
      most = Math.max(most, below + 1);
    }
    if (found.inlay) for (const form of formsOf(found.inlay.blocks)) most = Math.max(most, formHeight(form) + 1);
    path.pop();
    heights.set(chain, most);
    return most;
  };
  const forms = new Map<RuleForm, number>();
  /** Of what its entries jump to. Its own chains are as deep as they are many at most. */
  const formHeight = (form: RuleForm): number => {
    const known = forms.get(form);
    if (known !== undefined) return known;
    let below = 0;
    for (const target of preparedForm(form).outside) below = Math.max(below, height(target) < 0 ? maxJumps : height(target) + 1);
    const deep = ownDepth(form) + below;
    forms.set(form, deep);
    return deep;
  };
  const ownedHeight = (target: string): number => {
    const owner = ownerOf(table.blocks, target);
    return owner ? formHeight(owner.form) : -1;
  };
  for (const [chain, found] of changes) {
    if (!found) continue;
    for (const target of found.jumps) if (hooks.includes(target)) return false;
    const h = height(chain);
    if (h < 0 || h >= maxJumps) return false;
  }
  for (const hook of hooks) {
    const h = height(hook);
    if (h < 0 || h >= maxJumps) return false;
  }
  return noneUsed(table, changes);
}

/** Chains of a block jump to one another in a row at most. */
function ownDepth(form: RuleForm): number {
  const kinds = new Set(form.chains.map((chain) => String(chain[0])));
  return kinds.size;
}

function noneUsed(table: Table, changes: ReadonlyMap<string, Chain | undefined>): boolean {
  const gone = new Set<string>();
  for (const [name, chain] of changes) if (!chain && lookUp(table.chains, name)) gone.add(name);
  if (gone.size === 0) return true;
  const uses = (chain: Chain): boolean => {
    for (const target of chain.jumps) if (gone.has(target)) return true;
    if (!chain.inlay) return false;
    for (const form of formsOf(chain.inlay.blocks)) if (preparedForm(form).outside.some((name) => gone.has(name))) return true;
    // Entries whose block has no chains of its own any more jump to chains that are kept one by one.
    const { blocks } = chain.inlay;
    if (blocks === table.blocks || sameBlocks(blocks, table.blocks)) return false;
    const own = new Set(table.blocks);
    for (const block of blocks) if (!own.has(block)) for (const name of chainNames(block)) if (gone.has(name)) return true;
    return false;
  };
  for (const [name, chain] of entriesOf(table.chains)) if (!changes.has(name) && uses(chain)) return false;
  for (const [, chain] of changes) if (chain && uses(chain)) return false;
  for (const form of formsOf(table.blocks)) if (preparedForm(form).outside.some((name) => gone.has(name))) return false;
  return true;
}

function sameBlocks(a: readonly RuleBlock[], b: readonly RuleBlock[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
