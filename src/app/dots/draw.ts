/** Draws dots, streaks and line widths over the map. Pure: everything it needs is given. */
import { isHollow, isPacket, type MessageShape, shapeOf, shapePaths } from '../map/glyphs.tsx';
import type { Rect } from '../map/scene.ts';
import type { Traffic } from './engine.ts';
import { along, type Dot, type Leg, positionOf } from './flight.ts';

export interface Palette {
  ink: string;
  blue: string;
  red: string;
  plate: string;
  paper: string;
  sans: string;
}
export interface Picture {
  nowMs: number;
  /** For streaks, which move though nothing else does. */
  realMs: number;
  dots: readonly Dot[];
  traffic: Iterable<Traffic>;
  lines: boolean;
  outlines: readonly Rect[];
  /** What streaks and lines do not cover: ports that a line runs through. */
  holes: readonly Rect[];
  /** Message whose words stand beside it. */
  focused: number;
}
export interface View {
  x: number;
  y: number;
  zoom: number;
}

type Ctx = CanvasRenderingContext2D;
/** Where numbers stand already: no second one is written over them. */
type Labels = { x: number; y: number }[];

function free(labels: Labels, x: number, y: number): boolean {
  if (labels.some((l) => Math.abs(l.x - x) < 34 && Math.abs(l.y - y) < 14)) return false;
  labels.push({ x, y });
  return true;
}

const made = new Map<string, Path2D>();
function pathOf(shape: MessageShape, hollow: boolean): Path2D {
  const key = `${shape}${hollow}`;
  const known = made.get(key);
  if (known) return known;
  const path = new Path2D(shapePaths[shape][hollow ? 'hollow' : 'filled']);
  made.set(key, path);
  return path;
}

export function draw(ctx: Ctx, size: { width: number; height: number; ratio: number }, view: View, picture: Picture, palette: Palette): void {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, size.width * size.ratio, size.height * size.ratio);
  ctx.setTransform(size.ratio * view.zoom, 0, 0, size.ratio * view.zoom, size.ratio * view.x, size.ratio * view.y);
  for (const r of picture.outlines) {
    ctx.strokeStyle = palette.ink;
    ctx.lineWidth = 2;
    ctx.strokeRect(r.x - 2, r.y - 2, r.width + 4, r.height + 4);
  }
  const labels: Labels = [];
  ctx.save();
  spare(ctx, picture.holes);
  for (const t of picture.traffic) {
    if (picture.lines) drawLine(ctx, t, palette);
    else drawStreak(ctx, t, picture.realMs, palette, labels);
  }
  ctx.restore();
  for (const dot of picture.dots) drawDot(ctx, dot, picture.nowMs, palette, labels);
  const focused = picture.focused === 0 ? undefined : picture.dots.find((dot) => dot.seq === picture.focused);
  if (focused) drawWords(ctx, focused, picture.nowMs, palette);
}

function spare(ctx: Ctx, holes: readonly Rect[]): void {
  if (holes.length === 0) return;
  ctx.beginPath();
  ctx.rect(-4000, -4000, 10_000, 10_000);
  for (const r of holes) ctx.rect(r.x, r.y, r.width, r.height);
  ctx.clip('evenodd');
}

function drawDot(ctx: Ctx, dot: Dot, nowMs: number, palette: Palette, labels: Labels): void {
  const p = positionOf(dot, nowMs);
  if (!p) return;
  const { message } = dot;
  const shape = shapeOf(message);
  const packet = isPacket(message.kind);
  const refused = message.outcome === 'refused';
  const lost = message.outcome === 'lost';
  const color = refused ? palette.red : packet ? palette.blue : palette.ink;
  // What is lost goes half its way.
  const at = lost ? (positionOf(dot, dot.startMs + (nowMs - dot.startMs) * 0.55) ?? p) : p;
  ctx.save();
  ctx.translate(at.x, at.y);
  if (lost) ctx.globalAlpha = Math.max(0, 1 - p.progress ** 3);
  ctx.save();
  if (shape === 'tcp' && Math.abs(Math.sin(at.angle)) > 0.7) ctx.rotate(Math.PI / 2);
  // A rim of the ground keeps it apart from its line.
  ctx.lineWidth = 3.5;
  ctx.strokeStyle = palette.paper;
  ctx.lineJoin = 'round';
  ctx.stroke(pathOf(shape === 'patch' ? 'watch' : shape, false));
  const hollow = !refused && isHollow(message);
  if (hollow || shape === 'patch') {
    ctx.fillStyle = palette.plate;
    ctx.fill(pathOf(shape, true));
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.6;
    ctx.stroke(pathOf(shape, true));
  }
  if (!hollow || shape === 'patch') {
    ctx.fillStyle = color;
    ctx.fill(pathOf(shape, false));
  }
  ctx.restore();
  if (refused) cross(ctx, 2, palette.plate);
  if (lost && p.progress > 0.5) cross(ctx, 5, color);
  if (dot.count > 1 && free(labels, at.x, at.y)) label(ctx, `×${dot.count}`, 10, 4, palette);
  ctx.restore();
}

function cross(ctx: Ctx, r: number, color: string): void {
  ctx.beginPath();
  ctx.moveTo(-r, -r);
  ctx.lineTo(r, r);
  ctx.moveTo(r, -r);
  ctx.lineTo(-r, r);
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

function label(ctx: Ctx, text: string, x: number, y: number, palette: Palette): void {
  ctx.font = `600 11px ${palette.sans}`;
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4;
  ctx.strokeStyle = palette.paper;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = palette.ink;
  ctx.fillText(text, x, y);
}

function drawWords(ctx: Ctx, dot: Dot, nowMs: number, palette: Palette): void {
  const p = positionOf(dot, nowMs);
  if (!p) return;
  const text = dot.message.text.length > 64 ? `${dot.message.text.slice(0, 63)}…` : dot.message.text;
  ctx.font = `600 11px ${palette.sans}`;
  ctx.save();
  ctx.translate(p.x, p.y);
  const below = p.y < 24 || isPacket(dot.message.kind);
  label(ctx, text, -ctx.measureText(text).width / 2, below ? 20 : -11, palette);
  ctx.restore();
}

/** 3 px, one for each leg and kind, with how many it stands for in a second. */
function drawStreak(ctx: Ctx, { dot, rate }: Traffic, realMs: number, palette: Palette, labels: Labels): void {
  const leg = dot.legs[0] as Leg;
  const color = dot.message.outcome === 'refused' ? palette.red : isPacket(dot.message.kind) ? palette.blue : palette.ink;
  const head = ((realMs % 700) / 700) * (leg.length + 40);
  ctx.beginPath();
  for (let i = 0; i <= 8; i += 1) {
    const at = along(leg, Math.max(0, Math.min(leg.length, head - 40 + i * 5)));
    if (i === 0) ctx.moveTo(at.x, at.y);
    else ctx.lineTo(at.x, at.y);
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = 3;
  ctx.lineCap = 'round';
  ctx.stroke();
  if (rate < 4) return;
  const middle = along(leg, leg.length / 2);
  if (!free(labels, middle.x, middle.y)) return;
  ctx.save();
  ctx.translate(middle.x, middle.y);
  // Lines have their own words above them, cni0 below it.
  label(ctx, `×${Math.round(rate)}`, 6, isPacket(dot.message.kind) ? -7 : 15, palette);
  ctx.restore();
}

/** From 1.25 to 5 px by the logarithm of the rate. */
export const lineWidth = (rate: number): number => 1.25 + 3.75 * Math.min(1, Math.max(0, Math.log10(Math.max(1, rate)) / 3.5));

function drawLine(ctx: Ctx, { dot, rate }: Traffic, palette: Palette): void {
  const leg = dot.legs[0] as Leg;
  ctx.beginPath();
  for (const [i, [x, y]] of leg.points.entries()) {
    if (i === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
  ctx.strokeStyle = isPacket(dot.message.kind) ? palette.blue : palette.ink;
  ctx.lineWidth = lineWidth(rate);
  ctx.lineJoin = 'round';
  ctx.stroke();
}
