/** The lane picture of the gallery, drawn from the run of the golden trace: what becomes of the pods, and the connections. */
import type { LaneRecord, LaneState } from '../core/index.ts';
import type { Scenario } from './format.ts';
import { stage } from './play.ts';

export interface Picture {
  untilMs: number;
  /** Per lane its intervals: from and to in thousandths of the width. */
  lanes: [from: number, to: number, state: LaneState][][];
  /** Connections, in thousandths; negative: refused. */
  ticks: number[];
}

export const maxLanes = 5;
/** As many as can be told apart in the picture's width. */
const columns = 28;

export function pictureOf(scenario: Scenario): Picture {
  const { world, view } = stage(scenario);
  world.advance(scenario.untilMs);
  const { untilMs } = scenario;
  const all = [...view.lanes.lanes.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
  const nodes = all.filter((lane) => lane.id.startsWith('lane/node/') && lane.intervals.some((i) => i.state !== 'ready'));
  const pods = all.filter((lane) => lane.id.startsWith('lane/pod/') && !lane.order.startsWith('2 kube-system '));
  // The most eventful first, so that what the scenario is about is in the picture; then in their order.
  const chosen = [...nodes, ...[...pods].sort((a, b) => b.intervals.length - a.intervals.length)]
    .slice(0, maxLanes)
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  return {
    untilMs,
    lanes: chosen.map((lane) => intervalsOf(lane, untilMs)),
    ticks: ticksOf(
      all.find((lane) => lane.id === 'lane/connections'),
      untilMs,
    ),
  };
}

function intervalsOf(lane: LaneRecord, untilMs: number): Picture['lanes'][number] {
  const at = (ms: number): number => Math.round((1000 * Math.min(untilMs, Math.max(0, ms))) / untilMs);
  const out: Picture['lanes'][number] = [];
  for (const { fromMs, toMs, state } of lane.intervals) {
    const [from, to] = [at(fromMs), at(toMs ?? untilMs)];
    const last = out[out.length - 1];
    if (last && last[2] === state) last[1] = to;
    else if (to > from || state === 'failed') out.push([from, Math.max(to, Math.min(1000, from + 12)), state]);
  }
  return out.slice(0, 60);
}

function ticksOf(lane: LaneRecord | undefined, untilMs: number): number[] {
  const byColumn = new Map<number, number>();
  for (const { atMs, kind } of lane?.ticks ?? []) {
    const column = Math.floor((columns * Math.max(0, atMs)) / untilMs);
    const x = Math.round((1000 * (column + 0.5)) / columns);
    // A refused one is seen among many answered ones.
    if (kind === 'connection-refused') byColumn.set(column, -x);
    else if (!byColumn.has(column)) byColumn.set(column, x);
  }
  return [...byColumn.values()].filter((x) => Math.abs(x) <= 1000);
}
