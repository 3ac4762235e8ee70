/** Other runs on the lanes: the grey track of what a fork left behind, and the twin lanes of Compare. */
import type { LaneRecord } from '../../core/index.ts';
import type { CompareResult } from '../../session/protocol.ts';
import { type Axis, xOf } from './axis.ts';
import type { Colours } from './colours.ts';
import { type Ctx, drawPoints, drawSpans, line, triangle } from './draw-lane.ts';
import type { Row } from './rows.ts';
import { eventsOf, hatchOf, pointsOf, spansOf } from './shapes.ts';

/** Solid while its containers ran, dashed otherwise. */
export function drawGhost(ctx: Ctx, lane: LaneRecord, axis: Axis, ghost: { fromMs: number; untilMs: number }, y: number, c: Colours): void {
  for (const { fromMs, toMs, state } of lane.intervals) {
    const [from, to] = [Math.max(fromMs, ghost.fromMs), Math.min(toMs ?? ghost.untilMs, ghost.untilMs)];
    if (to <= from) continue;
    const [x1, x2] = [Math.max(-2, xOf(axis, from)), Math.min(axis.width + 2, xOf(axis, to))];
    if (x2 < x1) continue;
    line(ctx, x1, y - 7.5, x2, y - 7.5, c.rule, 2, state === 'ready' || state === 'running' ? [] : [2, 3]);
  }
}

/** The first run's lane above, the second's below, each at half the height. */
export function drawTwins(ctx: Ctx, row: Row, compared: CompareResult, axis: Axis, y: number, c: Colours): void {
  const { untilMs } = compared;
  if (row.kind === 'events') {
    for (const [side, dy] of [
      ['a', -1],
      ['b', 9],
    ] as const)
      for (const { x, warning } of eventsOf(compared.marks[side], axis, untilMs))
        half(ctx, x, y + dy, () => triangle(ctx, 0, 0, warning ? c.amber : c.paper, warning ? c.amber : c['ink-2']));
    return;
  }
  const [first, second] = [row.lane, row.twin ?? null];
  if (first && second) hatch(ctx, hatchOf(first, second, untilMs), axis, y, c);
  else {
    const only = (first ?? second)?.intervals ?? [];
    hatch(ctx, only.length > 0 ? [{ fromMs: only[0]?.fromMs ?? 0, toMs: only.at(-1)?.toMs ?? untilMs }] : [], axis, y, c);
  }
  for (const [lane, dy] of [
    [first, -5],
    [second, 5],
  ] as const) {
    if (!lane) continue;
    half(ctx, 0, y + dy, () => {
      if (row.kind !== 'connections') drawSpans(ctx, spansOf(lane.intervals, axis, untilMs, untilMs, row.kind === 'node'), 0, c);
      drawPoints(ctx, pointsOf(lane.ticks, axis, untilMs, row.kind === 'connections' ? undefined : exits), 0, c);
    });
  }
}

const exits = new Set(['exit']);

function half(ctx: Ctx, x: number, y: number, act: () => void): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(1, 0.7);
  act();
  ctx.restore();
}

/** Slanted lines every 6 px: seen without colour. */
function hatch(ctx: Ctx, spans: readonly { fromMs: number; toMs: number }[], axis: Axis, y: number, c: Colours): void {
  const height = 20;
  for (const span of spans) {
    const [x1, x2] = [Math.max(0, xOf(axis, span.fromMs)), Math.min(axis.width, xOf(axis, span.toMs))];
    if (x2 <= x1) continue;
    const width = Math.max(3, x2 - x1);
    ctx.save();
    ctx.beginPath();
    ctx.rect(x1, y - height / 2, width, height);
    ctx.clip();
    ctx.beginPath();
    for (let x = Math.floor(x1 / 6) * 6 - height; x < x1 + width; x += 6) {
      ctx.moveTo(x, y + height / 2);
      ctx.lineTo(x + height, y - height / 2);
    }
    ctx.strokeStyle = c.rule;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.restore();
  }
}

export function firstDifference(ctx: Ctx, compared: CompareResult, axis: Axis, height: number, word: string, c: Colours): void {
  if (!compared.first) return;
  const x = xOf(axis, compared.first.atMs);
  if (x < 0 || x > axis.width) return;
  line(ctx, x, 20, x, height, c.ink, 1.5, [3, 3]);
  ctx.font = `600 11px ${c.sans}`;
  const width = Math.ceil(ctx.measureText(word).width) + 14;
  // Beside the fork's number where both are one.
  const from = Math.abs(x - xOf(axis, compared.fromMs)) < 12 ? x + 10 : x;
  const left = from + width > axis.width ? x - width : from;
  ctx.fillStyle = c.marker;
  ctx.fillRect(left, 2, width, 18);
  ctx.fillStyle = c['marker-line'];
  ctx.fillRect(left >= x ? left : left + width - 3, 2, 3, 18);
  ctx.fillStyle = c.ink;
  ctx.textAlign = 'left';
  ctx.fillText(word, left + 7, 15);
}
