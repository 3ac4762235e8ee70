/** How the time bar is looked at: its zoom. */
import { create } from 'zustand';
import { useRun } from '../state/run.ts';
import { type Axis, axisOf, type Zoom, zoomBy } from './axis.ts';

export const useTimeView = create<{ zoom: Zoom }>()(() => ({ zoom: null }));

export const setZoom = (zoom: Zoom): void => useTimeView.setState({ zoom });

export function currentAxis(width: number): Axis {
  const { nowMs, knownUntilMs } = useRun.getState();
  return axisOf(nowMs, knownUntilMs, useTimeView.getState().zoom, width);
}

/** Around the present. */
export function zoomKey(factor: number, width: number): void {
  const axis = currentAxis(width);
  const now = useRun.getState().nowMs;
  setZoom(zoomBy(axis, factor, ((now - axis.fromMs) / (axis.toMs - axis.fromMs)) * axis.width));
}
