/** The time bar: clock at the left, lanes under the map. */
import { useEffect, useRef } from 'react';
import type { DockProps, SlotProps } from '../slots.tsx';
import { useFrame } from '../state/run.ts';
import { panelWords } from '../words/panels.en.ts';
import { type CanvasControl, LaneCanvas } from './canvas.tsx';
import { Clock, PlayButton } from './clock.tsx';
import { useTrackWidth } from './keys.ts';
import { Lanes } from './lanes.tsx';
import { timeText } from './time-text.ts';
import './timebar.css';
import { useRows } from './use-rows.ts';
import { useScrub } from './use-scrub.ts';

export function Dock({ width, height, clock, names }: DockProps) {
  useTrackWidth(width - clock - names);
  return (
    <div className="timebar" style={{ gridTemplateColumns: `${clock}px minmax(0, 1fr)`, height }}>
      <Clock height={height} />
      <Lanes width={width - clock} height={height - 1} names={names} />
    </div>
  );
}

const playWidth = 72;

export function PhoneDock({ width, height }: SlotProps) {
  const rows = useRows().filter((row) => row.kind === 'lane');
  const track = Math.max(1, width - playWidth);
  const control = useRef<CanvasControl>({ scrollTop: 0, hoverX: null, repaint: () => {} });
  const scrubbing = useScrub(track);
  const nowMs = useFrame((run) => run.nowMs);
  const known = useFrame((run) => Math.max(run.knownUntilMs, run.nowMs));
  useTrackWidth(track);
  useEffect(() => control.current.repaint());
  return (
    <div className="timebar phone-time" style={{ height }}>
      <PlayButton size={48} />
      <div
        className="phone-track"
        role="slider"
        tabIndex={0}
        aria-label={panelWords.time.ruler}
        aria-valuemin={0}
        aria-valuemax={known}
        aria-valuenow={nowMs}
        aria-valuetext={timeText(nowMs)}
        {...scrubbing}
      >
        <LaneCanvas width={track} height={height - 1} rows={rows} control={control} small />
      </div>
    </div>
  );
}
