/** The two runs that are compared, and the answer. */
import { create } from 'zustand';
import type { CompareResult } from '../../session/protocol.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { setUi, useUi } from '../state/ui.ts';

export interface CompareState {
  pair: readonly [number, number] | null;
  busy: boolean;
  error: string;
  result: CompareResult | null;
  /** Index among the differences; -1 before the first. */
  at: number;
}

const none: CompareState = { pair: null, busy: false, error: '', result: null, at: -1 };

export const useCompare = create<CompareState>()(() => none);

/** The answer while its pane is open. */
export const useShownComparison = (): CompareResult | null => {
  const result = useCompare((compare) => compare.result);
  const open = useUi((ui) => ui.overlay === 'compare');
  return open ? result : null;
};
export const shownComparison = (): CompareResult | null => (useUi.getState().overlay === 'compare' ? useCompare.getState().result : null);

/** The older run is `a`, drawn above. */
export async function compareRuns(one: number, other: number): Promise<void> {
  const pair = [Math.min(one, other), Math.max(one, other)] as const;
  useCompare.setState({ ...none, pair, busy: true });
  setUi({ overlay: 'compare', dialog: null });
  try {
    const answer = await session.compare(...pair);
    if (useCompare.getState().pair !== pair) return;
    if ('ended' in answer) useCompare.setState(none);
    else useCompare.setState({ busy: false, result: answer, at: answer.differences.length > 0 ? 0 : -1 });
  } catch (error) {
    if (useCompare.getState().pair === pair) useCompare.setState({ busy: false, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Compares the run that plays with the one it came from, or the last two. */
export function compareLatest(): void {
  const { list, current } = useRun.getState().runs;
  const mine = list.find((run) => run.id === current);
  const other = mine?.parent ?? list.findLast((run) => run.id !== current)?.id;
  if (mine && other !== undefined) void compareRuns(mine.id, other);
  else setUi({ lowerTab: 'runs' });
}

export function nextDifference(by: 1 | -1 = 1): boolean {
  const { result, at } = useCompare.getState();
  if (!shownComparison() || !result || result.differences.length === 0) return false;
  const count = result.differences.length;
  useCompare.setState({ at: (at + by + count) % count });
  return true;
}

// Another run opened: nothing of the old ones is left to compare.
useRun.subscribe((now, before) => {
  if (now.opened === before.opened) return;
  useCompare.setState(none);
  if (useUi.getState().overlay === 'compare') setUi({ overlay: null });
});
