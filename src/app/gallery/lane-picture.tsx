/** What became of the pods in the scenario's own run. Under the pointer it runs again, from 0 s to its end. */
import { useEffect, useState } from 'react';
import type { LaneState } from '../../core/index.ts';
import type { Picture } from '../../scenario/picture.ts';
import { useReducedMotion } from '../state/motion.ts';
import { lessonWords } from '../words/lessons.en.ts';

const width = 120;
const height = 64;
const margin = 6;
const replayMs = 2600;

export function LanePicture({ picture, replay }: { picture: Picture; replay: boolean }) {
  const part = useReplay(replay);
  const { lanes, ticks, untilMs } = picture;
  const x = (thousandths: number): number => margin + ((width - 2 * margin) * thousandths) / 1000;
  const rows = lanes.length + (ticks.length > 0 ? 1 : 0);
  const pitch = Math.min(14, (height - 12) / Math.max(1, rows));
  const y = (row: number): number => (height - pitch * rows) / 2 + pitch * (row + 0.5);
  const end = part * 1000;
  return (
    <svg className="lane-picture" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <rect width={width} height={height} className="ground" />
      {lanes.flatMap((lane, row) =>
        lane
          .filter(([from]) => from <= end)
          .map(([from, to, state]) => <Interval key={`${y(row)} ${from}`} x1={x(from)} x2={x(Math.min(to, end))} y={y(row)} state={state} />),
      )}
      {ticks
        .filter((tick) => Math.abs(tick) <= end)
        .map((tick) => (
          <path
            key={tick}
            className={tick < 0 ? 'tick refused' : 'tick'}
            d={`M${x(Math.abs(tick))} ${y(lanes.length) - (tick < 0 ? 1 : 3)}v${tick < 0 ? 3 : 6}`}
          />
        ))}
      {part < 1 && (
        <>
          <path className="now" d={`M${x(end)} 2V${height - 2}`} />
          <text x={width - 4} y={height - 4} textAnchor="end">
            {lessonWords.gallery.at(String(Math.round((part * untilMs) / 1000)))}
          </text>
        </>
      )}
    </svg>
  );
}

const Interval = ({ x1, x2, y, state }: { x1: number; x2: number; y: number; state: LaneState }) => (
  <path className={`lane-${state}`} d={`M${x1} ${y}H${Math.max(x1 + 0.5, x2)}`} />
);

/** How much of the run is shown, 0 to 1. */
function useReplay(replay: boolean): number {
  const [part, setPart] = useState(1);
  const still = useReducedMotion();
  useEffect(() => {
    if (!replay || still) {
      setPart(1);
      return;
    }
    let handle = 0;
    let begun = 0;
    const draw = (now: number): void => {
      begun ||= now;
      const next = Math.min(1, (now - begun) / replayMs);
      setPart(next);
      if (next < 1) handle = requestAnimationFrame(draw);
    };
    handle = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(handle);
  }, [replay, still]);
  return part;
}
