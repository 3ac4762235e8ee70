/** Dragging time. The run rests meanwhile and goes on afterwards. */
import { type PointerEvent, useRef } from 'react';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { msOf } from './axis.ts';
import { seekTo, snapped } from './controls.ts';
import { currentAxis } from './view.ts';

export function useScrub(width: number): {
  onPointerDown(e: PointerEvent): void;
  onPointerMove(e: PointerEvent): void;
  onPointerUp(e: PointerEvent): void;
  onPointerCancel(e: PointerEvent): void;
} {
  const dragging = useRef<{ left: number; wasPlaying: boolean } | null>(null);
  const go = (event: PointerEvent, left: number): void => {
    const x = Math.max(0, Math.min(width, event.clientX - left));
    const ms = msOf(currentAxis(width), x);
    seekTo(event.altKey ? snapped(ms) : ms);
  };
  const end = (): void => {
    const drag = dragging.current;
    dragging.current = null;
    if (drag?.wasPlaying) session.play(useRun.getState().speed);
  };
  return {
    onPointerDown(event) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const { playing } = useRun.getState();
      if (playing) session.pause();
      dragging.current = { left: event.currentTarget.getBoundingClientRect().left, wasPlaying: playing };
      go(event, dragging.current.left);
    },
    onPointerMove(event) {
      if (dragging.current) go(event, dragging.current.left);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
