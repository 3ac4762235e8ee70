/** A chain while it is being written. */
import { compiledBefore } from './compile.ts';
import type { Chain, Rule } from './rule.ts';

export interface Draft {
  name: string;
  policy: Chain['policy'];
  old: Chain | undefined;
  lines: string[];
  jumps: string[];
  /** Rules of `lines`; null: packets have not asked for them, and they need not be kept. */
  rules: Rule[] | null;
  /** Whether `lines` are still those of `old`. */
  untouched: boolean;
  /** Old rules that new ones are compared with: from here on. */
  next: number;
  deleted: boolean;
  line: number;
}

export function emptyDraft(name: string, policy: Chain['policy'], old: Chain | undefined, line: number): Draft {
  return { name, policy, old, lines: [], jumps: [], rules: compiledBefore(old) === null ? null : [], untouched: false, next: 0, deleted: false, line };
}

export function clear(draft: Draft): void {
  draft.lines = [];
  draft.jumps = [];
  if (draft.rules) draft.rules = [];
  draft.untouched = false;
  draft.next = 0;
}

/** Takes out `count` rules from `at` on and puts one in. */
export function splice(draft: Draft, at: number, count: number, line?: string, rule?: Rule): void {
  if (draft.untouched) {
    draft.lines = draft.lines.slice();
    draft.jumps = draft.jumps.slice();
    draft.rules = draft.rules ? draft.rules.slice() : null;
    draft.untouched = false;
  }
  if (line === undefined || !rule) {
    draft.lines.splice(at, count);
    draft.jumps.splice(at, count);
    draft.rules?.splice(at, count);
    return;
  }
  draft.lines.splice(at, count, line);
  draft.jumps.splice(at, count, rule.target?.chain ?? '');
  draft.rules?.splice(at, count, rule);
}

/** Words of a rule as a line that gives them again. */
export const lineOf = (chain: string, words: readonly string[], from: number): string =>
  `-A ${chain}${words
    .slice(from)
    .map((word) => ` ${/^[^\s"\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, (c) => `\\${c}`)}"`}`)
    .join('')}`;
