/**
 * Rules that came as blocks. A table keeps the blocks whose chains it has; chains that blocks write entries to keep the list of these (`inlay`).
 * Whoever wants names and lines gets them made; most of many thousand chains are never asked.
 */
import { chainNames, fill, type Pattern, type RuleBlock, type RuleForm, wordsOf } from '../../../../contracts/rule-blocks.ts';
import { share } from '../../../../engine/share.ts';
import type { Chain } from './rule.ts';
import { verdicts } from './rule.ts';
import { targets } from './targets.ts';

/** What is known of a form. */
export interface Prepared {
  /** Numbers of its entries by place, `TABLE CHAIN`. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  /** Chain each entry jumps to: as a pattern, or null. */
  readonly entryJumps: readonly (Pattern | null)[];
  /** Numbers of the rules of each chain. */
  readonly ofChain: readonly (readonly number[])[];
  readonly ruleJumps: readonly (Pattern | null)[];
  /** Chains outside the block that its rules and entries jump to. */
  readonly outside: readonly string[];
  /** How the names of its chains begin. */
  readonly prefixes: readonly string[];
}

const prepared = new WeakMap<RuleForm, Prepared>();

export function preparedForm(form: RuleForm): Prepared {
  let known = prepared.get(form);
  if (!known) {
    known = prepare(form);
    prepared.set(form, known);
  }
  return known;
}

function prepare(form: RuleForm): Prepared {
  const places = new Map<string, number[]>();
  form.entries.forEach(({ table, chain }, i) => {
    const key = `${table} ${chain}`;
    const there = places.get(key);
    if (there) there.push(i);
    else places.set(key, [i]);
  });
  const entryJumps = form.entries.map(({ line }) => jumpOf(line));
  const ruleJumps = form.rules.map(({ line }) => jumpOf(line));
  const ofChain: number[][] = form.chains.map(() => []);
  for (let i = 0; i < form.rules.length; i += 1) ofChain[(form.rules[i] as RuleForm['rules'][number]).chain]?.push(i);
  const own = new Set(form.chains.map((name) => JSON.stringify(name)));
  const outside = new Set<string>();
  for (const to of [...entryJumps, ...ruleJumps]) if (to !== null && !own.has(JSON.stringify(to))) outside.add(to.join(''));
  const prefixes = new Set(form.chains.map((name) => String(name[0] ?? '')));
  return { places, entryJumps, ofChain, ruleJumps, outside: [...outside], prefixes: [...prefixes] };
}

/** The chain a line jumps to; null when it goes to a target or nowhere. */
function jumpOf(line: Pattern): Pattern | null {
  for (let i = line.length - 1; i >= 0; i -= 1) {
    const part = line[i];
    if (typeof part !== 'string') continue;
    const at = part.lastIndexOf(' -j ');
    if (at < 0) continue;
    const head = part.slice(at + 4);
    const space = head.indexOf(' ');
    if (space >= 0) return isTarget(head.slice(0, space)) ? null : [head.slice(0, space)];
    const name: Pattern = [...(head === '' ? [] : [head]), ...line.slice(i + 1)];
    return name.length === 1 && isTarget(String(name[0])) ? null : name;
  }
  return null;
}

const isTarget = (name: string): boolean => verdicts.includes(name) || Object.hasOwn(targets, name);

/** Forms of a list of blocks. Derived. */
const formsIn = new WeakMap<readonly RuleBlock[], ReadonlySet<RuleForm>>();

export function formsOf(blocks: readonly RuleBlock[]): ReadonlySet<RuleForm> {
  let known = formsIn.get(blocks);
  if (!known) {
    const found = new Set<RuleForm>();
    let last: RuleForm | null = null;
    for (const { form } of blocks) {
      if (form !== last) found.add(form);
      last = form;
    }
    known = found;
    formsIn.set(blocks, known);
  }
  return known;
}

/** `to` is `from` with some `fresh` ones: forms that went stay in the list, as it only says what may be. */
export function handOnForms(from: readonly RuleBlock[], to: readonly RuleBlock[], fresh: readonly RuleBlock[]): void {
  const before = formsIn.get(from);
  if (!before || fresh.length > 100) return;
  const all = fresh.every(({ form }) => before.has(form)) ? before : new Set([...before, ...fresh.map(({ form }) => form)]);
  // Not for ever.
  if (all.size < 200) formsIn.set(to, all);
}

/** Whether a chain of these blocks may have that name. */
export function mayOwn(blocks: readonly RuleBlock[], name: string): boolean {
  for (const form of formsOf(blocks)) for (const prefix of preparedForm(form).prefixes) if (name.startsWith(prefix)) return true;
  return false;
}

/** Name → the block that has the chain. Derived: names are hashes, so that it takes its time. */
const owners = new WeakMap<readonly RuleBlock[], ReadonlyMap<string, RuleBlock>>();

export function ownerOf(blocks: readonly RuleBlock[], name: string): RuleBlock | undefined {
  if (blocks.length === 0 || !mayOwn(blocks, name)) return undefined;
  let known = owners.get(blocks);
  if (!known) {
    const made = new Map<string, RuleBlock>();
    for (const block of blocks) for (const chain of chainNames(block)) made.set(chain, block);
    known = made;
    owners.set(blocks, known);
  }
  return known.get(name);
}

const made = new WeakMap<RuleBlock, ReadonlyMap<string, Chain>>();

/** The chains of a block, by name. */
export function chainsOfBlock(block: RuleBlock): ReadonlyMap<string, Chain> {
  let known = made.get(block);
  if (!known) {
    const { form } = block;
    const { ofChain, ruleJumps } = preparedForm(form);
    const words = wordsOf(block);
    const chains = new Map<string, Chain>();
    form.chains.forEach((pattern, i) => {
      const name = fill(pattern, words);
      const numbers = ofChain[i] as readonly number[];
      const lines = numbers.map((n) => fill((form.rules[n] as RuleForm['rules'][number]).line, words));
      const jumps = numbers.map((n) => jumpText(ruleJumps[n] ?? null, words));
      chains.set(name, share<Chain>({ name, policy: '', lines, jumps }));
    });
    known = chains;
    made.set(block, known);
  }
  return known;
}

const jumpText = (pattern: Pattern | null, words: readonly string[]): string => (pattern === null ? '' : fill(pattern, words));

/** Numbers of a block's entries for a place `TABLE CHAIN`. */
export const entriesAt = (block: RuleBlock, place: string): readonly number[] => preparedForm(block.form).places.get(place) ?? nothing;
const nothing: readonly number[] = [];

export const entryLine = (block: RuleBlock, entry: number): string => fill((block.form.entries[entry] as RuleForm['entries'][number]).line, wordsOf(block));

/** Rules of a chain, those of blocks with it. */
export const ruleTotal = (chain: Chain | undefined): number => (chain ? chain.lines.length + (chain.inlay?.count ?? 0) : 0);

const flat = new WeakMap<Chain, Chain>();

/** The chain with the lines of blocks written out. */
export function plainChain(chain: Chain): Chain {
  const { inlay } = chain;
  if (!inlay) return chain;
  let known = flat.get(chain);
  if (!known) {
    const lines: string[] = [];
    const jumps: string[] = [];
    for (const block of inlay.blocks) {
      const words = wordsOf(block);
      const { entryJumps } = preparedForm(block.form);
      for (const n of entriesAt(block, inlay.place)) {
        lines.push(entryLine(block, n));
        jumps.push(jumpText(entryJumps[n] ?? null, words));
      }
    }
    lines.push(...chain.lines);
    jumps.push(...chain.jumps);
    known = share<Chain>({ name: chain.name, policy: chain.policy, lines, jumps });
    flat.set(chain, known);
  }
  return known;
}

/** Own rules of a block. */
export const ownRules = (block: RuleBlock): number => block.form.rules.length;
