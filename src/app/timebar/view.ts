/** How the time bar is looked at: its zoom. */
import { create } from 'zustand';
import { shownComparison } from '../compare/store.ts';
import { useRun } from '../state/run.ts';
import { type Axis, axisOf, type Zoom, zoomBy } from './axis.ts';

export const useTimeView = create<{ zoom: Zoom }>()(() => ({ zoom: null }));

export const setZoom = (zoom: Zoom): void => useTimeView.setState({ zoom });

export function currentAxis(width: number): Axis {
  const { nowMs } = useRun.getState();
  return axisOf(nowMs, reachMs(), useTimeView.getState().zoom, width);
}

/** How far there is something to see: what was computed, what a fork left behind, what is compared. */
export function reachMs(): number {
  const { knownUntilMs, runs } = useRun.getState();
  return Math.max(knownUntilMs, runs.ghostUntilMs, shownComparison()?.untilMs ?? 0);
}

/** Around the present. */
export function zoomKey(factor: number, width: number): void {
  const axis = currentAxis(width);
  const now = useRun.getState().nowMs;
  setZoom(zoomBy(axis, factor, ((now - axis.fromMs) / (axis.toMs - axis.fromMs)) * axis.width));
}
