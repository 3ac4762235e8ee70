/** Lanes of a run as pictures: which states each pod went through. */
import type { LaneRecord } from '../../src/core/index.ts';

export interface Lanes {
  untilMs: number;
  lanes: readonly Pick<LaneRecord, 'intervals'>[];
}

interface Box {
  x: number;
  y: number;
  width: number;
  pitch: number;
  rows: number;
}

/** Outlines of the first lanes as an SVG path. */
export function lanePaths({ untilMs, lanes }: Lanes, { x, y, width, pitch, rows }: Box): string {
  const at = (ms: number): number => Math.round(x + (Math.min(ms, untilMs) / untilMs) * width);
  return lanes
    .slice(0, rows)
    .flatMap(({ intervals }, row) =>
      intervals.map(({ fromMs, toMs }) => {
        const [from, to] = [at(fromMs), at(toMs ?? untilMs)];
        return to > from ? `M${from}.5 ${y + row * pitch}.5h${to - from}v5h-${to - from}z` : '';
      }),
    )
    .join('');
}
