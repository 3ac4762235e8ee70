/** Judges conditions by the state of the model, without changing it. The same for the page, the tests and the command line. */
import { compareAmounts, globMatch, type View } from '../core/index.ts';
import type { Comparison, Condition, Query, Verdict } from './format.ts';
import { type Found, find } from './sources.ts';

export interface Subject {
  view: View;
  /** Where `since: step` begins. */
  since: Moment;
}
/** `place`: how many entries of the trace were told (`told` of the engine). */
export interface Moment {
  atMs: number;
  place: number;
}

export const start: Moment = { atMs: 0, place: 0 };
const maxDepth = 20;
const shownValues = 4;

export function judge(condition: Condition, subject: Subject, depth = 0): Verdict {
  if (depth > maxDepth) return { holds: false, evidence: `nested more than ${maxDepth} levels deep` };
  if ('all' in condition || 'any' in condition) {
    const verdicts = ('all' in condition ? condition.all : condition.any).map((part) => judge(part, subject, depth + 1));
    const holds = 'all' in condition ? verdicts.every((v) => v.holds) : verdicts.some((v) => v.holds);
    // What decided: those that hold when it holds, those that do not when it does not.
    const decided = verdicts.filter((v) => v.holds === holds);
    return { holds, evidence: decided.map((v) => v.evidence).join('; ') };
  }
  if ('not' in condition) {
    const verdict = judge(condition.not, subject, depth + 1);
    return { holds: !verdict.holds, evidence: verdict.evidence };
  }
  return judgeQuery(condition, subject);
}

function judgeQuery(query: Query, subject: Subject): Verdict {
  if ('time' in query) return { holds: subject.view.world.nowMs >= query.time, evidence: seconds(subject.view.world.nowMs) };
  const found = find(query, subject);
  if (typeof found === 'string') return { holds: false, evidence: found };
  const passing = found.values.filter((one) => passes(one.value, query));
  const compared = comparisons.some((key) => query[key] !== undefined);
  const holds =
    query.count !== undefined
      ? counts(passing.length, query.count)
      : compared && !found.some
        ? passing.length === found.values.length && passing.length > 0
        : passing.length > 0;
  const shown = query.count !== undefined || (found.some && holds) ? passing : found.values;
  return { holds, evidence: evidenceOf(found, shown, query.count !== undefined ? passing.length : null) };
}

const comparisons = ['is', 'isNot', 'contains', 'matches', 'atLeast', 'atMost'] as const;

function passes(value: string, c: Comparison): boolean {
  if (c.is !== undefined && value !== String(c.is)) return false;
  if (c.isNot !== undefined && value === String(c.isNot)) return false;
  if (c.contains !== undefined && !value.includes(c.contains)) return false;
  if (c.matches !== undefined && !globMatch(c.matches, value)) return false;
  if (c.atLeast !== undefined) {
    const order = compareAmounts(value, String(c.atLeast));
    if (order === null || order < 0) return false;
  }
  if (c.atMost !== undefined) {
    const order = compareAmounts(value, String(c.atMost));
    if (order === null || order > 0) return false;
  }
  return true;
}

/** `3`, `>= 2`, `< 5`. */
export function counts(n: number, wanted: number | string): boolean {
  const m = /^(>=|<=|>|<|=)? ?(\d{1,7})$/.exec(String(wanted));
  if (!m) return false;
  const limit = Number(m[2]);
  switch (m[1]) {
    case '>=':
      return n >= limit;
    case '<=':
      return n <= limit;
    case '>':
      return n > limit;
    case '<':
      return n < limit;
    default:
      return n === limit;
  }
}

function evidenceOf(found: Found, shown: Found['values'], count: number | null): string {
  const words = shown.slice(0, shownValues).map(({ of, value }) => (of === '' ? cut(value) : value === of ? of : `${of}: ${cut(value)}`));
  const more = shown.length > shownValues ? `, and ${shown.length - shownValues} more` : '';
  const list = words.join(', ') + more;
  if (count !== null) return `${count} ${count === 1 ? found.one : found.many}${list && count > 0 ? ` (${list})` : ''}`;
  return list || found.none;
}

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`;
