/** The canvas under ruler and lanes. Painted in the frame in which the run changes. */
import { type RefObject, useEffect, useRef } from 'react';
import type { MarkRecord } from '../../core/index.ts';
import type { CompareResult } from '../../session/protocol.ts';
import { shownComparison, useCompare } from '../compare/store.ts';
import { useRun } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { useBookmarks } from './bookmarks.ts';
import { colours, onColours } from './colours.ts';
import { draw } from './draw.ts';
import type { Row } from './rows.ts';
import { runningFaults } from './use-rows.ts';
import { currentAxis, useTimeView } from './view.ts';

export interface CanvasControl {
  scrollTop: number;
  hoverX: number | null;
  repaint(): void;
}

interface Props {
  width: number;
  height: number;
  rows: readonly Row[];
  control: RefObject<CanvasControl>;
  small?: boolean;
}

export function LaneCanvas({ width, height, rows, control, small = false }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef({ width, height, rows, small });
  latest.current = { width, height, rows, small };
  useEffect(() => {
    let asked = false;
    const paint = (): void => {
      asked = false;
      const element = canvas.current;
      const ctx = element?.getContext('2d');
      if (!element || !ctx) return;
      const { width: w, height: h, rows: all, small: few } = latest.current;
      const scale = Math.min(3, devicePixelRatio || 1);
      const [pw, ph] = [Math.round(w * scale), Math.round(h * scale)];
      if (element.width !== pw || element.height !== ph) {
        element.width = pw;
        element.height = ph;
      }
      ctx.setTransform(scale, 0, 0, scale, 0, 0);
      const { nowMs, knownUntilMs, marks, runs } = useRun.getState();
      const mine = runs.list.find((run) => run.id === runs.current);
      const compared = few ? null : shownComparison();
      draw(
        ctx,
        {
          axis: currentAxis(w),
          nowMs,
          knownUntilMs,
          rows: all,
          scrollTop: control.current.scrollTop,
          height: h,
          marks: compared ? comparedMarks(compared, marks) : marks,
          runningFaults: runningFaults(),
          selectedId: useUi.getState().selectedId,
          hoverX: control.current.hoverX,
          restart: panelWords.time.restart,
          ghost: mine && runs.ghosts.length > 0 && !compared ? { fromMs: mine.forkAtMs, untilMs: runs.ghostUntilMs } : null,
          compared,
          firstWord: panelWords.time.firstDifference,
          bookmarks: useBookmarks.getState().times,
          small: few,
        },
        colours(),
      );
    };
    // A microtask still belongs to the frame in which the run was applied.
    const ask = (): void => {
      if (asked) return;
      asked = true;
      queueMicrotask(paint);
    };
    control.current.repaint = ask;
    const stops = [
      useRun.subscribe(ask),
      useUi.subscribe(ask),
      useTimeView.subscribe(ask),
      useCompare.subscribe(ask),
      useBookmarks.subscribe(ask),
      onColours(ask),
    ];
    ask();
    return () => {
      control.current.repaint = () => {};
      for (const stop of stops) stop();
    };
  }, [control]);
  useEffect(() => control.current.repaint());
  return (
    <div aria-hidden="true">
      <canvas ref={canvas} className="lanes-canvas" style={{ width, height }} />
    </div>
  );
}

/** Commands of both runs, and the fork between them. */
function comparedMarks({ a, b, fromMs, marks }: CompareResult, own: readonly MarkRecord[]): MarkRecord[] {
  const commands = [...marks.a, ...marks.b.filter((m) => m.atMs >= fromMs && !marks.a.some((other) => other.atMs === m.atMs && other.text === m.text))];
  const forks =
    b.parent === a.id && fromMs > 0 ? [{ atMs: fromMs, kind: 'fork' as const, text: '', about: '', seq: 0, run: b.id }] : own.filter((m) => m.kind === 'fork');
  return [...commands.filter((m) => m.kind !== 'fork'), ...forks].sort((x, y) => x.atMs - y.atMs);
}
