/** Two runs' messages beside one another: which are the same, which differ, which only one run has. */
import type { MessageRecord } from '../core/index.ts';

export interface Told {
  message: MessageRecord;
  detail: string;
}

/** What the page shows of a message. */
export type Side = Pick<MessageRecord, 'atMs' | 'kind' | 'reply' | 'outcome' | 'fromName' | 'toName' | 'text'> & { detail: string };

/** `same`: in both, at the same time or (`laterMs`) apart. `changed`: in both, saying other things. `only`: `a` or `b` is null. */
export interface Pair {
  atMs: number;
  what: 'same' | 'changed' | 'only';
  a: Side | null;
  b: Side | null;
  laterMs: number;
}

/** Messages further apart are not the same one. */
const nearMs = 500;

/** Names drawn by chance, ports of the moment and hashes are no difference. */
export function plain(text: string): string {
  return text
    .replace(/\b[0-9a-f]{12,64}\b/g, '#')
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}(?![\w-])/g, '-…')
    .replace(/:(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b/g, ':port');
}

const baseOf = ({ message: m }: Told): string => `${m.kind} ${m.reply} ${plain(m.fromName)} ${plain(m.toName)} ${plain(m.text).replace(/\d+/g, '0')}`;
const wholeOf = (t: Told): string =>
  `${t.message.kind} ${t.message.reply} ${t.message.outcome} ${plain(t.message.fromName)} ${plain(t.message.toName)} ${plain(t.message.text)} ${plain(t.detail)}`;

const sideOf = ({ message: m, detail }: Told): Side => ({
  atMs: m.atMs,
  kind: m.kind,
  reply: m.reply,
  outcome: m.outcome,
  fromName: m.fromName,
  toName: m.toName,
  text: m.text,
  detail,
});

/** In order of time. The longest common beginning is told by its length (`common`), its pairs are among the result. */
export function align(a: readonly Told[], b: readonly Told[]): { pairs: Pair[]; common: number } {
  const out: Pair[] = [];
  let common = 0;
  while (common < a.length && common < b.length && equal(a[common] as Told, b[common] as Told)) {
    const t = a[common] as Told;
    out.push({ atMs: t.message.atMs, what: 'same', a: sideOf(t), b: sideOf(b[common] as Told), laterMs: 0 });
    common += 1;
  }
  const rest: Pair[] = [];
  const [restA, restB] = match(a.slice(common), b.slice(common), wholeOf, 'same', rest);
  const [onlyA, onlyB] = match(restA, restB, baseOf, 'changed', rest);
  for (const t of onlyA) rest.push({ atMs: t.message.atMs, what: 'only', a: sideOf(t), b: null, laterMs: 0 });
  for (const t of onlyB) rest.push({ atMs: t.message.atMs, what: 'only', a: null, b: sideOf(t), laterMs: 0 });
  // A stable sort: what is equal in time stays as it came.
  rest.sort((x, y) => x.atMs - y.atMs);
  for (const pair of rest) out.push(pair);
  return { pairs: out, common };
}

const equal = (a: Told, b: Told): boolean => a.message.atMs === b.message.atMs && wholeOf(a) === wholeOf(b);

/** Pairs the nearest of the same key; what is left of both sides comes back. */
function match(a: readonly Told[], b: readonly Told[], keyOf: (t: Told) => string, what: 'same' | 'changed', out: Pair[]): [Told[], Told[]] {
  const waiting = new Map<string, Told[]>();
  for (const t of b) {
    const key = keyOf(t);
    const known = waiting.get(key);
    if (known) known.push(t);
    else waiting.set(key, [t]);
  }
  const next = new Map<string, number>();
  const left: Told[] = [];
  const taken = new Set<Told>();
  for (const t of a) {
    const key = keyOf(t);
    const candidates = waiting.get(key) ?? [];
    let at = next.get(key) ?? 0;
    while (at < candidates.length && (candidates[at] as Told).message.atMs < t.message.atMs - nearMs) at += 1;
    const found = candidates[at];
    if (found && found.message.atMs <= t.message.atMs + nearMs) {
      taken.add(found);
      at += 1;
      const atMs = Math.min(t.message.atMs, found.message.atMs);
      out.push({ atMs, what, a: sideOf(t), b: sideOf(found), laterMs: found.message.atMs - t.message.atMs });
    } else left.push(t);
    next.set(key, at);
  }
  return [left, b.filter((t) => !taken.has(t))];
}
