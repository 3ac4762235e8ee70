/** Signs of a lane on the canvas: spans, points, triangles. */
import type { Colours } from './colours.ts';
import type { Point, Span } from './shapes.ts';

export type Ctx = CanvasRenderingContext2D;

export function line(ctx: Ctx, x1: number, y1: number, x2: number, y2: number, colour: string, width: number, dash: number[] = []): void {
  // A rectangle costs a tenth of a stroke, and there are thousands of ticks.
  if (dash.length === 0 && (x1 === x2 || y1 === y2)) {
    ctx.fillStyle = colour;
    if (x1 === x2) ctx.fillRect(x1 - width / 2, Math.min(y1, y2), width, Math.abs(y2 - y1));
    else ctx.fillRect(Math.min(x1, x2), y1 - width / 2, Math.abs(x2 - x1), width);
    return;
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
  if (dash.length > 0) ctx.setLineDash([]);
}

export const exitOnly = new Set(['exit']);

/** Dashed ones of a lane are one path: what costs is each stroke. */
export function drawSpans(ctx: Ctx, spans: readonly Span[], y: number, c: Colours): void {
  for (const span of spans) if (span.stroke !== 'dashed' && span.stroke !== 'dotted') drawSpan(ctx, span, y, c);
  dashes(ctx, spans, 'dashed', y, c['ink-2'], 2.5, [3, 2]);
  dashes(ctx, spans, 'dotted', y, c.amber, 3, [2, 3]);
}

function dashes(ctx: Ctx, spans: readonly Span[], stroke: Span['stroke'], y: number, colour: string, width: number, dash: number[]): void {
  let any = false;
  for (const span of spans) {
    if (span.stroke !== stroke) continue;
    if (!any) ctx.beginPath();
    any = true;
    ctx.moveTo(span.x1, y);
    ctx.lineTo(span.x2, y);
  }
  if (!any) return;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Passed probes, the many, share a colour. */
export function drawPoints(ctx: Ctx, points: readonly Point[], y: number, c: Colours): void {
  ctx.fillStyle = c.glass;
  for (const point of points) if (point.sign === 'probe-ok' && !point.ghost) ctx.fillRect(point.x - 0.75, y + 5, 1.5, 5);
  for (const point of points) if (point.sign !== 'probe-ok' || point.ghost) drawPoint(ctx, point, y, c);
}

function drawSpan(ctx: Ctx, { stroke, x1, x2 }: Span, y: number, c: Colours): void {
  const width = Math.max(1, x2 - x1);
  switch (stroke) {
    case 'bar':
      ctx.fillStyle = c.glass;
      ctx.fillRect(x1, y - 3, width, 6);
      break;
    case 'hollow':
      if (width < 3) {
        line(ctx, x1 + 0.75, y - 3, x1 + 0.75, y + 3, c.glass, 1.5);
        break;
      }
      ctx.fillStyle = c.plate;
      ctx.fillRect(x1, y - 3, width, 6);
      ctx.strokeStyle = c.glass;
      ctx.lineWidth = 1.5;
      ctx.strokeRect(x1 + 0.75, y - 2.5, Math.max(1, width - 1.5), 5);
      break;
    case 'red':
      line(ctx, x1, y, x2, y, c.red, 1.5);
      break;
    case 'thin':
      line(ctx, x1, y, x2, y, c.rule, 1.5);
      break;
    case 'node':
      line(ctx, x1, y, x2, y, c.glass, 2);
      break;
    case 'ghost':
      ctx.strokeStyle = c.rule;
      ctx.lineWidth = 1;
      ctx.setLineDash([2, 2]);
      ctx.strokeRect(x1 + 0.5, y - 2.5, Math.max(1, width - 1), 5);
      ctx.setLineDash([]);
      break;
  }
}

function drawPoint(ctx: Ctx, { sign, x, ghost }: Point, y: number, c: Colours): void {
  ctx.globalAlpha = ghost ? 0.45 : 1;
  if (sign === 'probe-ok') line(ctx, x, y + 5, x, y + 10, c.glass, 1.5);
  else if (sign === 'probe-failed') {
    line(ctx, x - 2, y + 5.5, x + 2, y + 9.5, c.red, 1.5);
    line(ctx, x + 2, y + 5.5, x - 2, y + 9.5, c.red, 1.5);
  } else if (sign === 'connection-ok') line(ctx, x, y - 5, x, y + 5, c.blue, 1.5);
  else if (sign === 'connection-refused') line(ctx, x, y, x, y + 5, c.red, 1.5);
  else {
    ctx.fillStyle = c.red;
    ctx.fillRect(x - 4, y - 4, 8, 8);
    line(ctx, x - 2, y - 2, x + 2, y + 2, c.plate, 1.4);
    line(ctx, x + 2, y - 2, x - 2, y + 2, c.plate, 1.4);
  }
  ctx.globalAlpha = 1;
}

export function triangle(ctx: Ctx, x: number, y: number, fill: string, stroke: string): void {
  ctx.beginPath();
  ctx.moveTo(x, y - 8.5);
  ctx.lineTo(x + 4.5, y);
  ctx.lineTo(x - 4.5, y);
  ctx.closePath();
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1.2;
  ctx.stroke();
}
