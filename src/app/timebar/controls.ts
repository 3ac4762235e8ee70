/** What the time bar's buttons and keys do. */
import { useRun } from '../state/run.ts';
import { session, setSpeed } from '../state/session.ts';
import { useUi } from '../state/ui.ts';
import { nearest } from './axis.ts';
import { Seeker } from './seeker.ts';

export const detents = [0.1, 1, 10, 100, 1000] as const;
const seeker = new Seeker((atMs) => session.seek(atMs));
const quiet = (promise: Promise<unknown>): void => {
  promise.catch(() => {});
};

export const seekTo = (atMs: number): void => seeker.to(atMs);
export const toStart = (): void => seekTo(0);
export const toEnd = (): void => seekTo(useRun.getState().knownUntilMs);
export const stepMessage = (count: 1 | -1): void => quiet(session.step('message', count));
export const stepSecond = (count: 1 | -1): void => quiet(session.step('second', count));
export function stepEvent(count: 1 | -1): void {
  quiet(session.step('event', count, useUi.getState().selectedId || undefined));
}

/** To where the selected thing, or anything, changes next: by its lane where that is known, else by what the run says. */
export function jumpChange(count: 1 | -1): void {
  const { nowMs, lanes, marks } = useRun.getState();
  const about = useUi.getState().selectedId;
  const times = about ? lanes.filter((lane) => lane.about === about).flatMap((lane) => lane.intervals.map((i) => i.fromMs)) : marks.map((mark) => mark.atMs);
  const next = count > 0 ? Math.min(...times.filter((ms) => ms > nowMs)) : Math.max(...times.filter((ms) => ms < nowMs));
  if (Number.isFinite(next)) seekTo(next);
  else if (count > 0) stepEvent(1);
}

/** One hundredth of what the axis shows. */
export function scrub(by: 1 | -1, spanMs: number): void {
  seekTo(useRun.getState().nowMs + (by * spanMs) / 100);
}

/** Alt while dragging: to the nearest message that is known. */
export function snapped(ms: number): number {
  return nearest(
    useRun.getState().messages.map((m) => m.atMs),
    ms,
  );
}

export const speedIndex = (speed: number): number => {
  let best = 0;
  for (const [i, detent] of detents.entries()) if (Math.abs(Math.log10(detent / speed)) < Math.abs(Math.log10((detents[best] as number) / speed))) best = i;
  return best;
};
export const setSpeedIndex = (index: number): void => setSpeed(detents[Math.max(0, Math.min(detents.length - 1, index))] as number);
