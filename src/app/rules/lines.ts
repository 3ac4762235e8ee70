/** What the table shows line by line: rows of the chain, breaks, and what a packet met in the chains that were called. Pure. */
import type { Journey, WalkStep } from '../../core/index.ts';

export type Line =
  /** Row `row` of the chain, from 0. */
  | { kind: 'row'; row: number; key: string; matched: boolean | null }
  | { kind: 'step'; step: WalkStep; key: string; depth: number }
  | { kind: 'chain'; name: string; key: string; depth: number }
  | { kind: 'gap'; rules: number; after: boolean; key: string };

export interface Met {
  /** Place from 1 of the rule that took the packet; 0: none did. */
  matched: number[];
  /** How far the packet came. */
  far: number;
  /** Place → steps in chains that the rule there called. */
  inside: Map<number, WalkStep[]>;
}

/** What the packet met in `chain` of `table`. Null: it did not come here. */
export function metIn(journey: Journey | undefined, table: string, chain: string): Met | null {
  const leg = journey?.legs.find((l) => l.way === 'out' && l.host === journey.countedOn);
  if (!leg) return null;
  const met: Met = { matched: [], far: 0, inside: new Map() };
  let depth = -1;
  let at = 0;
  let before = 0;
  for (const step of leg.answer.steps) {
    const here = step.kind === 'rule' && step.table === table && step.chain === chain;
    if (here) {
      depth = step.depth;
      at = step.place ?? before + (step.skipped ?? 0);
      before = at;
      met.far = Math.max(met.far, at);
      if (step.matched && !met.matched.includes(at)) met.matched.push(at);
    } else if (depth >= 0 && step.depth > depth && (step.kind === 'rule' || step.kind === 'chain') && met.matched.includes(at)) {
      const inside = met.inside.get(at) ?? [];
      inside.push(step);
      met.inside.set(at, inside);
    } else if (step.depth <= depth) depth = -1;
  }
  return met.far > 0 ? met : null;
}

/** Rows kept at both sides of what matched, and at the ends. */
const around = 3;
const ends = 2;

/** The whole chain as lines is as long as the chain: this is the way of the packet alone. */
export function wayLines(total: number, met: Met): Line[] {
  const keep = new Set<number>();
  const add = (row: number): void => {
    if (row >= 0 && row < total) keep.add(row);
  };
  for (let i = 0; i < around; i += 1) add(i);
  for (let i = 0; i < ends; i += 1) add(total - 1 - i);
  for (const place of met.matched) for (let i = 0; i <= around; i += 1) add(place - 1 - i);
  if (met.matched.length === 0) add(met.far - 1);
  const rows = [...keep].sort((a, b) => a - b);
  const out: Line[] = [];
  let next = 0;
  for (const row of rows) {
    if (row > next) out.push({ kind: 'gap', rules: row - next, after: next >= met.far, key: `gap ${next}` });
    out.push({ kind: 'row', row, key: `row ${row}`, matched: row + 1 > met.far ? null : met.matched.includes(row + 1) });
    for (const [i, step] of (met.inside.get(row + 1) ?? []).entries()) {
      const key = `in ${row} ${i}`;
      if (step.kind === 'chain') out.push({ kind: 'chain', name: step.text, key, depth: step.depth });
      else if (step.skipped !== undefined && step.text === '') out.push({ kind: 'gap', rules: step.skipped, after: false, key });
      else out.push({ kind: 'step', step, key, depth: step.depth });
    }
    next = row + 1;
  }
  return out;
}
