/** Keys that scrub need to know how wide the axis is. */
import { useEffect } from 'react';
import { scrub } from './controls.ts';
import { currentAxis } from './view.ts';

let trackWidth = 1000;

export function useTrackWidth(width: number): void {
  useEffect(() => {
    trackWidth = Math.max(1, width);
  }, [width]);
}

export const trackPx = (): number => trackWidth;

export function scrubKey(by: 1 | -1): void {
  const axis = currentAxis(trackWidth);
  scrub(by, axis.toMs - axis.fromMs);
}
