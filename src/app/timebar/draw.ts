/** Draws ruler and lanes on a canvas. Pure: what comes in decides what is seen. */
import type { LaneRecord, MarkRecord } from '../../core/index.ts';
import type { CompareResult } from '../../session/protocol.ts';
import { type Axis, ticksOf, xOf } from './axis.ts';
import type { Colours } from './colours.ts';
import { type Ctx, drawPoints, drawSpans, exitOnly, line, triangle } from './draw-lane.ts';
import { drawGhost, drawTwins, firstDifference } from './draw-runs.ts';
import type { Row } from './rows.ts';
import { eventsOf, type Flag, flagsOf, forksOf, pointsOf, spansOf, waitsOf } from './shapes.ts';
import { tickText, timeText } from './time-text.ts';

export const rowHeight = 22;
export const rulerHeight = 28;

export interface Scene {
  axis: Axis;
  nowMs: number;
  knownUntilMs: number;
  rows: readonly Row[];
  /** First row to draw and where its top is. */
  scrollTop: number;
  height: number;
  marks: readonly MarkRecord[];
  /** Starts of the faults that are on. */
  runningFaults: readonly number[];
  selectedId: string;
  hoverX: number | null;
  /** Word at the place where a wait will end. */
  restart: string;
  /** The fork that the ghosts begin at, and how far they go. */
  ghost: { fromMs: number; untilMs: number } | null;
  compared: CompareResult | null;
  /** Word at the first difference. */
  firstWord: string;
  bookmarks: readonly number[];
  /** The phone: lanes 13 high, no words. */
  small?: boolean;
}

export function draw(ctx: Ctx, scene: Scene, c: Colours): void {
  const { axis, nowMs, height } = scene;
  const pitch = scene.small ? 13 : rowHeight;
  ctx.clearRect(0, 0, axis.width, height);
  ctx.lineJoin = 'miter';
  const now = xOf(axis, nowMs);
  ctx.fillStyle = c.well;
  ctx.fillRect(Math.max(0, now), 0, axis.width - Math.max(0, now), height);
  const top = rulerHeight;
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, top, axis.width, height - top);
  ctx.clip();
  const first = Math.max(0, Math.floor(scene.scrollTop / pitch));
  for (let i = first; i < scene.rows.length; i += 1) {
    const y = top + i * pitch - scene.scrollTop;
    if (y > height) break;
    const row = scene.rows[i] as Row;
    if (row.about !== '' && row.about === scene.selectedId && row.strong) {
      ctx.fillStyle = c.marker;
      ctx.fillRect(0, y, axis.width, pitch);
    }
    if (!scene.small) line(ctx, 0, y + pitch - 0.5, axis.width, y + pitch - 0.5, c.hair, 1);
  }
  ctx.restore();
  ruler(ctx, scene, c);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, top, axis.width, height - top);
  ctx.clip();
  for (let i = first; i < scene.rows.length; i += 1) {
    const y = top + i * pitch - scene.scrollTop;
    if (y > height) break;
    drawRow(ctx, scene, scene.rows[i] as Row, y + (scene.small ? 6 : 11), c);
  }
  ctx.restore();
  forks(ctx, scene, c);
  bookmarks(ctx, scene, c);
  if (scene.compared) firstDifference(ctx, scene.compared, axis, height, scene.firstWord, c);
  present(ctx, scene, now, c);
}

let dotted: { colour: string; fill: CanvasPattern | string } | null = null;

/** One dot in four px, as a fill: a dashed stroke over the whole height costs as much as all lanes. */
function dots(ctx: Ctx, colour: string): CanvasPattern | string {
  if (dotted?.colour === colour) return dotted.fill;
  const tile = document.createElement('canvas');
  tile.width = 1;
  tile.height = 4;
  const on = tile.getContext('2d');
  if (on) {
    on.fillStyle = colour;
    on.fillRect(0, 0, 1, 1);
  }
  dotted = { colour, fill: ctx.createPattern(tile, 'repeat') ?? colour };
  return dotted.fill;
}

function ruler(ctx: Ctx, scene: Scene, c: Colours): void {
  const { axis, nowMs, height } = scene;
  const { stepMs, ticks } = ticksOf(axis);
  ctx.font = `11px ${c.sans}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'alphabetic';
  const label = timeText(nowMs).length * 4 + 14;
  const now = xOf(axis, nowMs);
  for (const { ms, x, major } of ticks) {
    if (!major) {
      line(ctx, x, 23, x, 26, c.hair, 1);
      continue;
    }
    line(ctx, x, 20, x, 26, c.rule, 1);
    ctx.fillStyle = dots(ctx, c.hair);
    ctx.fillRect(x - 0.5, rulerHeight, 1, height - rulerHeight);
    if (x < 14 || x > axis.width - 14 || Math.abs(x - now) < label + 14) continue;
    ctx.fillStyle = c['ink-3'];
    ctx.fillText(tickText(ms, stepMs), x, 15);
  }
  line(ctx, 0, 26.5, axis.width, 26.5, c.hair, 1);
}

function drawRow(ctx: Ctx, scene: Scene, row: Row, y: number, c: Colours): void {
  const { axis, nowMs, knownUntilMs, marks, ghost, compared } = scene;
  if (ghost && row.ghost) drawGhost(ctx, row.ghost, axis, ghost, y, c);
  if (compared && row.twin !== undefined) drawTwins(ctx, row, compared, axis, y, c);
  else if (row.kind === 'commands' || row.kind === 'faults') {
    ctx.font = `11px ${c.sans}`;
    const kind = row.kind === 'faults' ? 'fault' : 'command';
    for (const flag of flagsOf(marks, kind, axis, nowMs, scene.runningFaults, (text) => ctx.measureText(text).width)) drawFlag(ctx, flag, y, c);
  } else if (row.kind === 'events') {
    for (const { x, warning, ghost } of eventsOf(marks, axis, nowMs)) {
      ctx.globalAlpha = ghost ? 0.45 : 1;
      triangle(ctx, x, y + 5, warning ? c.amber : c.paper, warning ? c.amber : c['ink-2']);
    }
    ctx.globalAlpha = 1;
  } else if (row.kind === 'backoff') {
    ctx.font = `11px ${c.sans}`;
    for (const { x1, x2, text } of waitsOf(row.lane?.intervals ?? [], axis, nowMs)) {
      line(ctx, x1, y - 8, x1, y - 2, c['ink-2'], 1);
      line(ctx, x2, y - 8, x2, y - 2, c['ink-2'], 1);
      if (x2 - x1 < 24) continue;
      ctx.fillStyle = c['ink-2'];
      ctx.textAlign = 'center';
      ctx.fillText(text, (Math.max(0, x1) + x2) / 2, y + 4);
    }
    if (row.nextMs !== null && row.nextMs > nowMs) {
      const x = xOf(axis, row.nextMs);
      line(ctx, x, y - 8, x, y + 6, c['ink-2'], 1, [1, 2]);
      ctx.textAlign = 'left';
      ctx.fillStyle = c.ink;
      ctx.fillText(scene.restart, x + 6, y + 4);
    }
  } else if (row.lane) {
    if (row.kind !== 'connections') drawSpans(ctx, spansOf(row.lane.intervals, axis, nowMs, knownUntilMs, row.kind === 'node'), y, c);
    if (row.kind === 'node') downWords(ctx, scene, row.lane.intervals, row.about === scene.selectedId, y, c);
    drawPoints(ctx, pointsOf(row.lane.ticks, axis, nowMs, scene.small ? exitOnly : undefined), y, c);
    for (const exits of row.exits) drawPoints(ctx, pointsOf(exits.ticks, axis, nowMs, exitOnly), y, c);
  }
}

/** A node's lane says NotReady where it is red, over the line, wherever there is room. */
function downWords(ctx: Ctx, scene: Scene, intervals: LaneRecord['intervals'], selected: boolean, y: number, c: Colours): void {
  ctx.font = `11px ${c.sans}`;
  ctx.textAlign = 'left';
  for (const { fromMs, toMs, state } of intervals) {
    if (state !== 'failed' || fromMs >= scene.nowMs) continue;
    const x1 = Math.max(0, xOf(scene.axis, fromMs));
    const x2 = Math.min(scene.axis.width, xOf(scene.axis, Math.min(toMs ?? scene.nowMs, scene.nowMs)));
    const width = ctx.measureText(notReady).width;
    if (x2 - x1 < width + 24) continue;
    const x = Math.min(x1 + 16, x2 - width - 12);
    if (selected) {
      ctx.fillStyle = c.marker;
      ctx.fillRect(x - 4, y - 3, width + 8, 6);
    } else ctx.clearRect(x - 4, y - 3, width + 8, 6);
    ctx.fillStyle = c.red;
    ctx.fillText(notReady, x, y + 4);
  }
}

/** Kubernetes' word. */
const notReady = 'NotReady';

function drawFlag(ctx: Ctx, { x, kind, text, side, x2, ghost }: Flag, y: number, c: Colours): void {
  ctx.globalAlpha = ghost ? 0.45 : 1;
  line(ctx, x, y - 8, x, y + 7, c.ink, 1.5);
  if (kind === 'command') {
    ctx.fillStyle = c.ink;
    ctx.beginPath();
    ctx.moveTo(x, y - 8);
    ctx.lineTo(x + 7, y - 8);
    ctx.lineTo(x + 4.5, y - 5);
    ctx.lineTo(x + 7, y - 2);
    ctx.lineTo(x, y - 2);
    ctx.fill();
  } else {
    line(ctx, x - 3, y - 8, x + 3, y - 2, c.ink, 1.5);
    line(ctx, x + 3, y - 8, x - 3, y - 2, c.ink, 1.5);
    if (x2 !== null) {
      line(ctx, x, y + 7, x2, y + 7, c.ink, 1.5);
      line(ctx, x2, y + 3, x2, y + 8, c.ink, 1.5);
    }
  }
  if (side !== '') {
    ctx.textAlign = side === 'right' ? 'left' : 'right';
    ctx.fillStyle = c.ink;
    ctx.fillText(text, side === 'right' ? x + 12 : x - 8, y + 3);
  }
  ctx.globalAlpha = 1;
}

function forks(ctx: Ctx, scene: Scene, c: Colours): void {
  for (const { x, run } of forksOf(scene.marks, scene.axis)) {
    if (x < -9 || x > scene.axis.width + 9) continue;
    line(ctx, x, 20, x, scene.height, c['ink-2'], 1, [1, 3]);
    ctx.beginPath();
    ctx.arc(x, 12, 8, 0, Math.PI * 2);
    ctx.fillStyle = c.plate;
    ctx.fill();
    ctx.strokeStyle = c['ink-2'];
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.fillStyle = c.ink;
    ctx.font = `600 11px ${c.sans}`;
    ctx.textAlign = 'center';
    ctx.fillText(String(run), x, 16);
  }
}

/** A small ribbon on the ruler. */
function bookmarks(ctx: Ctx, { bookmarks: times, axis }: Scene, c: Colours): void {
  ctx.fillStyle = c.ink;
  for (const ms of times) {
    const x = xOf(axis, ms);
    if (x < -5 || x > axis.width + 5) continue;
    ctx.beginPath();
    ctx.moveTo(x - 4, 16);
    ctx.lineTo(x + 4, 16);
    ctx.lineTo(x + 4, 27);
    ctx.lineTo(x, 23.5);
    ctx.lineTo(x - 4, 27);
    ctx.fill();
  }
}

function present(ctx: Ctx, scene: Scene, x: number, c: Colours): void {
  const { axis, height, hoverX } = scene;
  if (hoverX !== null) line(ctx, hoverX, 20, hoverX, height, c['ink-3'], 1, [2, 2]);
  if (x < -40 || x > axis.width + 40) return;
  line(ctx, x, 20, x, height, c.ink, 1.5);
  ctx.font = `500 11px ${c.sans}`;
  const text = timeText(scene.nowMs);
  const width = Math.ceil(ctx.measureText(text).width) + 20;
  const left = Math.max(0, Math.min(axis.width - width, x - width / 2));
  ctx.fillStyle = c.ink;
  ctx.beginPath();
  ctx.roundRect(left, 2, width, 18, 2);
  ctx.fill();
  ctx.fillStyle = c['on-ink'];
  ctx.textAlign = 'center';
  ctx.fillText(text, left + width / 2, 15);
}
