/**
 * What a restore hands over as values instead of text: the rules of many like Services are one form with other words in it. Whoever wants the
 * text gets it (`restoreText`); it is what the kernel would have read, and the kernel's tables are the same either way.
 */
import { hash16 } from './hash16.ts';

/** Text with holes: a number stands for the word of that number. */
export type Pattern = readonly (string | number)[];

/** Shared by all blocks that differ in nothing but words. */
export interface RuleForm {
  /** Words that are given; those after them are hashes. */
  readonly given: number;
  /** `hash16` of the words named, put together. */
  readonly hashed: readonly (readonly number[])[];
  /** Lines for chains that other blocks write to as well. */
  readonly entries: readonly { readonly table: 'filter' | 'nat'; readonly chain: string; readonly line: Pattern }[];
  /** Chains of its own, in table nat. */
  readonly chains: readonly Pattern[];
  /** Lines of its own chains, in the order in which they are written; `chain`: the number of the chain. */
  readonly rules: readonly { readonly chain: number; readonly line: Pattern }[];
}

/** Frozen. Its maker vouches that words are of one piece: no blanks, quotes or line ends. */
export interface RuleBlock {
  /** Blocks of a restore are sorted by it. */
  readonly key: string;
  readonly form: RuleForm;
  readonly words: readonly string[];
}

export interface RestoreBlocks {
  /** Places in the text where lines of table filter, chains of table nat and rules of table nat come in. */
  readonly at: readonly [filter: number, chains: number, rules: number];
  /** Their entries are written, before other lines of the same chain. */
  readonly all: readonly RuleBlock[];
  /** Those of `all` whose own chains are emptied and written again, in the same order. */
  readonly written: readonly RuleBlock[];
  /** Entries of all. */
  readonly entries: number;
}

const hashes = new WeakMap<RuleBlock, readonly string[]>();

/** Given words and hashes. */
export function wordsOf(block: RuleBlock): readonly string[] {
  const { form, words } = block;
  if (form.hashed.length === 0) return words;
  let all = hashes.get(block);
  if (!all) {
    const made = words.slice(0, form.given);
    for (const parts of form.hashed) {
      let text = '';
      for (const i of parts) text += words[i];
      made.push(hash16(text));
    }
    all = made;
    hashes.set(block, all);
  }
  return all;
}

export function fill(pattern: Pattern, words: readonly string[]): string {
  let out = '';
  for (const part of pattern) out += typeof part === 'number' ? words[part] : part;
  return out;
}

/** Names of the block's own chains. */
export function chainNames(block: RuleBlock): string[] {
  const words = wordsOf(block);
  return block.form.chains.map((name) => fill(name, words));
}

/** The whole text. */
export function restoreText(text: string, blocks: RestoreBlocks | undefined): string {
  if (!blocks) return text;
  const [filter, chains, rules] = blocks.at;
  const written = new Set(blocks.written);
  const filterLines: string[] = [];
  const chainLines: string[] = [];
  const natLines: string[] = [];
  for (const block of blocks.all) {
    const words = wordsOf(block);
    const { form } = block;
    for (const { table, line } of form.entries) (table === 'filter' ? filterLines : natLines).push(fill(line, words), '\n');
    if (!written.has(block)) continue;
    for (const name of form.chains) chainLines.push(':', fill(name, words), ' - [0:0]\n');
    for (const { line } of form.rules) natLines.push(fill(line, words), '\n');
  }
  return [text.slice(0, filter), ...filterLines, text.slice(filter, chains), ...chainLines, text.slice(chains, rules), ...natLines, text.slice(rules)].join('');
}

/** Lines of the whole text. */
export function restoreLines(text: string, blocks: RestoreBlocks | undefined): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  if (!blocks) return count;
  count += blocks.entries;
  for (const { form } of blocks.written) count += form.chains.length + form.rules.length;
  return count;
}
