/** Which blocks of a chain can have a rule for a packet. Derived, and handed on when other blocks take the places of some. */

import type { Family } from '../../../../contracts/netfilter.ts';
import type { Pattern, RuleBlock, RuleForm } from '../../../../contracts/rule-blocks.ts';
import { parseIp } from '../ip.ts';
import { entriesAt, entryLine } from './blocks.ts';
import { exactDestination, exactPort, parsedLine } from './compile.ts';
import type { Inlay, Rule } from './rule.ts';

export interface InlayIndex {
  /** Places in the list of blocks, ascending. */
  dst: Map<number, number[]>;
  dport: Map<number, number[]>;
  any: number[];
  /** Number of the first rule of each block. */
  starts: Int32Array;
}

/** What tells the rules of a form apart: the word of the address, or of the port; -1: neither does. */
interface Filing {
  dst: number;
  dport: number;
}

const filings = new WeakMap<RuleForm, Map<string, Filing>>();

function filingOf(form: RuleForm, place: string, entries: readonly number[]): Filing {
  let known = filings.get(form);
  if (!known) {
    known = new Map();
    filings.set(form, known);
  }
  let filing = known.get(place);
  if (!filing) {
    const lines = entries.map((n) => (form.entries[n] as RuleForm['entries'][number]).line);
    filing = { dst: wordAfter(lines, ' -d '), dport: wordAfter(lines, ' --dport ') };
    known.set(place, filing);
  }
  return filing;
}

/** The word that every line has after an option; -1 when one has another. Lines with effects before their address are none of these. */
function wordAfter(lines: readonly Pattern[], option: string): number {
  let word = -1;
  for (const line of lines) {
    const at = line.findIndex((part) => typeof part === 'string' && part.endsWith(option) && !part.endsWith(` !${option}`));
    const here = at < 0 ? -1 : line[at + 1];
    if (typeof here !== 'number' || here < 0 || (word >= 0 && word !== here) || / -m (statistic|recent|limit) /.test(line.join('?'))) return -1;
    word = here;
  }
  return word;
}

const known = new WeakMap<Inlay, InlayIndex>();

export function inlayIndex(inlay: Inlay, family: Family): InlayIndex {
  let index = known.get(inlay);
  if (!index) {
    index = build(inlay, family);
    known.set(inlay, index);
  }
  return index;
}

function build({ blocks, place }: Inlay, family: Family): InlayIndex {
  const index: InlayIndex = { dst: new Map(), dport: new Map(), any: [], starts: new Int32Array(blocks.length + 1) };
  let at = 0;
  for (let i = 0; i < blocks.length; i += 1) {
    const block = blocks[i] as RuleBlock;
    const entries = entriesAt(block, place);
    index.starts[i] = at;
    at += entries.length;
    const { dst, dport } = filingOf(block.form, place, entries);
    if (dst >= 0) file(index.dst, parseIp(block.words[dst] ?? '', family)?.[0] ?? 0, i);
    else if (dport >= 0) file(index.dport, Number(block.words[dport]), i);
    else fileByRules(index, block, entries, family, i);
  }
  index.starts[blocks.length] = at;
  return index;
}

function fileByRules(index: InlayIndex, block: RuleBlock, entries: readonly number[], family: Family, i: number): void {
  const rules = entries.map((n) => entryRule(block, n, family));
  if (rules.some((rule) => exactDestination(rule) === null && exactPort(rule) < 0)) {
    index.any.push(i);
    return;
  }
  for (const rule of rules) {
    const dst = exactDestination(rule);
    if (dst !== null) file(index.dst, dst, i);
    else file(index.dport, exactPort(rule), i);
  }
}

function file(map: Map<number, number[]>, key: number, i: number): void {
  const there = map.get(key);
  if (!there) map.set(key, [i]);
  else if (there[there.length - 1] !== i) there.push(i);
}

/** What was worked out holds as long as blocks that took others' places are filed as these were. */
export function handOnInlay(from: Inlay | undefined, to: Inlay): void {
  const index = from && known.get(from);
  if (!from || !index || from.blocks.length !== to.blocks.length) return;
  for (let i = 0; i < to.blocks.length; i += 1) {
    const [old, now] = [from.blocks[i] as RuleBlock, to.blocks[i] as RuleBlock];
    if (old !== now && !filedAlike(old, now, to.place)) return;
  }
  known.set(to, index);
}

function filedAlike(a: RuleBlock, b: RuleBlock, place: string): boolean {
  const [of, to] = [entriesAt(a, place), entriesAt(b, place)];
  if (of.length !== to.length) return false;
  const [x, y] = [filingOf(a.form, place, of), filingOf(b.form, place, to)];
  if (x.dst >= 0) return y.dst >= 0 && a.words[x.dst] === b.words[y.dst];
  return x.dport >= 0 && y.dst < 0 && y.dport >= 0 && a.words[x.dport] === b.words[y.dport];
}

const rules = new WeakMap<RuleBlock, Map<number, Rule>>();

/** An entry of a block as a rule. */
export function entryRule(block: RuleBlock, entry: number, family: Family): Rule {
  let made = rules.get(block);
  if (!made) {
    made = new Map();
    rules.set(block, made);
  }
  let rule = made.get(entry);
  if (!rule) {
    rule = parsedLine(entryLine(block, entry), family);
    made.set(entry, rule);
  }
  return rule;
}

/** Of one packet: calls `ask` for the places of blocks that can have a rule for it, ascending, until it gives an answer. */
export function eachCandidate<T>(index: InlayIndex, dst: number, dport: number, ask: (i: number) => T | null): T | null {
  const byDst = index.dst.get(dst);
  const byPort = index.dport.get(dport);
  const { any } = index;
  const only =
    byPort === undefined && any.length === 0
      ? byDst
      : byDst === undefined && any.length === 0
        ? byPort
        : byDst === undefined && byPort === undefined
          ? any
          : null;
  if (only === undefined) return null;
  if (only !== null) {
    for (let k = 0; k < only.length; k += 1) {
      const answer = ask(only[k] as number);
      if (answer !== null) return answer;
    }
    return null;
  }
  const lists = [byDst ?? [], byPort ?? [], any];
  const all = [...new Set(lists.flat())].sort((a, b) => a - b);
  for (const i of all) {
    const answer = ask(i);
    if (answer !== null) return answer;
  }
  return null;
}
