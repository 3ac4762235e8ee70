/** Lanes as shapes: what is drawn where, without a canvas. Glass §8: bar ready, hollow running, dashed waiting, thin red failed, dotted amber back-off. */
import type { LaneInterval, LaneRecord, LaneState, MarkRecord } from '../../core/index.ts';
import { type Axis, xOf } from './axis.ts';
import { durationText } from './time-text.ts';

export type Stroke = 'bar' | 'hollow' | 'dashed' | 'red' | 'dotted' | 'thin' | 'node' | 'ghost';
export interface Span {
  stroke: Stroke;
  x1: number;
  x2: number;
}
export type Sign = 'exit' | 'probe-ok' | 'probe-failed' | 'connection-ok' | 'connection-refused';
export interface Point {
  sign: Sign;
  x: number;
  ghost: boolean;
}

const strokes: Record<LaneState, Stroke> = {
  ready: 'bar',
  running: 'hollow',
  waiting: 'dashed',
  failed: 'red',
  backoff: 'dotted',
  done: 'thin',
  terminating: 'dashed',
};

/** `node`: a node's line is thin. The future is an outline. */
export function spansOf(intervals: readonly LaneInterval[], axis: Axis, nowMs: number, knownUntilMs: number, node = false): Span[] {
  const out: Span[] = [];
  const add = (stroke: Stroke, fromMs: number, toMs: number): void => {
    const [x1, x2] = [Math.max(-2, xOf(axis, fromMs)), Math.min(axis.width + 2, xOf(axis, toMs))];
    if (x2 < 0 || x1 > axis.width || x2 < x1) return;
    out.push({ stroke, x1, x2 });
  };
  for (const { fromMs, toMs, state } of intervals) {
    const end = toMs ?? Math.max(nowMs, knownUntilMs);
    if (end < axis.fromMs || fromMs > axis.toMs) continue;
    const stroke = node && state === 'ready' ? 'node' : strokes[state];
    if (fromMs < nowMs || (fromMs === nowMs && end === nowMs)) add(stroke, fromMs, Math.min(end, nowMs));
    if (end > nowMs && state !== 'done') add('ghost', Math.max(fromMs, nowMs), end);
  }
  return out;
}

/** At most one sign of a kind per 3 px: a lane of thousands costs what can be seen. Failures win over successes. */
export function pointsOf(ticks: LaneRecord['ticks'], axis: Axis, nowMs: number, signs?: ReadonlySet<string>): Point[] {
  const out: Point[] = [];
  const last: Partial<Record<Sign, number>> = {};
  for (let i = firstFrom(ticks, axis.fromMs); i < ticks.length; i += 1) {
    const tick = ticks[i] as LaneRecord['ticks'][number];
    if (tick.atMs > axis.toMs) break;
    if (signs && !signs.has(tick.kind)) continue;
    const x = xOf(axis, tick.atMs);
    if (x - (last[tick.kind] ?? -10) < 3) continue;
    last[tick.kind] = x;
    out.push({ sign: tick.kind, x, ghost: tick.atMs > nowMs });
  }
  return out;
}

function firstFrom(ticks: readonly { atMs: number }[], ms: number): number {
  let [low, high] = [0, ticks.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((ticks[mid] as { atMs: number }).atMs < ms) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Where two lanes are not in the same state. What comes twice in a lane counts by its time. */
export function hatchOf(a: LaneRecord, b: LaneRecord, untilMs: number): { fromMs: number; toMs: number }[] {
  const raw = a.id === 'lane/connections' || b.id === 'lane/connections' ? tickDifferences(a, b) : stateDifferences(a, b, untilMs);
  const out: { fromMs: number; toMs: number }[] = [];
  for (const span of raw) {
    const last = out[out.length - 1];
    if (last && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else if (span.fromMs < untilMs) out.push({ fromMs: span.fromMs, toMs: Math.min(span.toMs, untilMs) });
  }
  return out;
}

function stateDifferences(a: LaneRecord, b: LaneRecord, untilMs: number): { fromMs: number; toMs: number }[] {
  const times = [...new Set([a, b].flatMap((lane) => lane.intervals.flatMap((i) => [i.fromMs, i.toMs ?? untilMs])))].sort((x, y) => x - y);
  const stateAt = (lane: LaneRecord, ms: number): string =>
    lane.intervals.find((i) => i.fromMs <= ms && ms < (i.toMs ?? Number.POSITIVE_INFINITY))?.state ?? '';
  const out: { fromMs: number; toMs: number }[] = [];
  for (const [i, fromMs] of times.entries()) {
    const toMs = times[i + 1];
    if (toMs !== undefined && stateAt(a, fromMs) !== stateAt(b, fromMs)) out.push({ fromMs, toMs });
  }
  return out;
}

const nearMs = 500;
/** Differences of points closer than this are one. */
const joinMs = 2000;

function tickDifferences(a: LaneRecord, b: LaneRecord): { fromMs: number; toMs: number }[] {
  const missing = (from: LaneRecord, to: LaneRecord): number[] => {
    let at = 0;
    return from.ticks.flatMap((tick) => {
      while (at < to.ticks.length && (to.ticks[at] as { atMs: number }).atMs < tick.atMs - nearMs) at += 1;
      for (let i = at; i < to.ticks.length && (to.ticks[i] as { atMs: number }).atMs <= tick.atMs + nearMs; i += 1)
        if (to.ticks[i]?.kind === tick.kind) return [];
      return [tick.atMs];
    });
  };
  const times = [...missing(a, b), ...missing(b, a)].sort((x, y) => x - y);
  const out: { fromMs: number; toMs: number }[] = [];
  for (const ms of times) {
    const last = out[out.length - 1];
    if (last && ms - last.toMs <= joinMs) last.toMs = ms;
    else out.push({ fromMs: ms, toMs: ms + 1 });
  }
  return out;
}

export interface Flag {
  x: number;
  kind: 'command' | 'fault';
  text: string;
  /** Where its words stand; '' when there is no room. */
  side: 'right' | 'left' | '';
  /** A fault's end, when it lasts. */
  x2: number | null;
  ghost: boolean;
}

/** Flags with their words where there is room: right of the flag, else left of it. `measure` gives the width of a text in px. */
export function flagsOf(
  marks: readonly MarkRecord[],
  kind: 'command' | 'fault',
  axis: Axis,
  nowMs: number,
  running: readonly number[],
  measure: (text: string) => number,
): Flag[] {
  const seen = marks.filter((m) => m.kind === kind && m.atMs <= axis.toMs);
  const ends = marks.filter((m) => m.kind === 'fault-end').map((m) => m.atMs);
  const flags: Flag[] = seen.map((m) => {
    let x2: number | null = null;
    if (kind === 'fault') {
      const at = ends.findIndex((ms) => ms >= m.atMs);
      if (running.includes(m.atMs)) x2 = xOf(axis, nowMs);
      else if (at >= 0) x2 = xOf(axis, ends.splice(at, 1)[0] as number);
    }
    return { x: xOf(axis, m.atMs), kind, text: m.text, side: '', x2, ghost: m.atMs > nowMs };
  });
  const now = xOf(axis, nowMs);
  let free = -10;
  for (const [i, flag] of flags.entries()) {
    if (flag.x < -12 && (flag.x2 ?? 0) < 0) continue;
    const width = measure(flag.text);
    const next = flags[i + 1]?.x ?? axis.width;
    const right = flag.x + 14 + width;
    const crossed = flag.x <= now && right > now - 4 && flag.x - 10 - width >= Math.max(0, free);
    if (!crossed && right <= next - 4) {
      flag.side = 'right';
      free = right;
    } else if (flag.x - 10 - width >= free) {
      flag.side = 'left';
      free = flag.x + 12;
    } else free = flag.x + 12;
  }
  return flags.filter((f) => f.x >= -12 || (f.x2 ?? -1) >= 0);
}

export interface Triangle {
  x: number;
  warning: boolean;
  ghost: boolean;
}

export function eventsOf(marks: readonly MarkRecord[], axis: Axis, nowMs: number): Triangle[] {
  const out: Triangle[] = [];
  let lastX = -10;
  for (const m of marks) {
    if ((m.kind !== 'event' && m.kind !== 'warning') || m.atMs < axis.fromMs || m.atMs > axis.toMs) continue;
    const x = xOf(axis, m.atMs);
    const last = out[out.length - 1];
    if (last && x - lastX < 3) {
      if (m.kind === 'warning' && !last.warning) out[out.length - 1] = { ...last, warning: true };
      continue;
    }
    lastX = x;
    out.push({ x, warning: m.kind === 'warning', ghost: m.atMs > nowMs });
  }
  return out;
}

const ran = (interval: LaneInterval): boolean => interval.state === 'running' || interval.state === 'ready';

/** A container's waits between an end and its next start, with how long each was; an open one reaches to the present. */
export function waitsOf(intervals: readonly LaneInterval[], axis: Axis, nowMs: number): { x1: number; x2: number; text: string; open: boolean }[] {
  const out: { x1: number; x2: number; text: string; open: boolean }[] = [];
  let endedMs: number | null = null;
  const add = (toMs: number, open: boolean): void => {
    if (endedMs === null || endedMs > Math.min(nowMs, axis.toMs) || toMs < axis.fromMs) return;
    const untilMs = Math.min(toMs, nowMs);
    out.push({ x1: xOf(axis, endedMs), x2: xOf(axis, untilMs), text: durationText(Math.round((untilMs - endedMs) / 1000) * 1000), open });
  };
  for (const interval of intervals) {
    if (!ran(interval) || interval.fromMs > nowMs) continue;
    add(interval.fromMs, false);
    endedMs = interval.toMs !== null && interval.toMs <= nowMs ? interval.toMs : null;
  }
  add(nowMs, true);
  return out;
}

/** Forks, numbered by the run that begins there; run 1 is the first. */
export const forksOf = (marks: readonly MarkRecord[], axis: Axis): { x: number; run: number }[] =>
  marks.filter((m) => m.kind === 'fork').map((m, i) => ({ x: xOf(axis, m.atMs), run: m.run ?? i + 2 }));
