/** Where a dot is: legs along channels, a dwell between them. Pure. */
import type { MessageRecord } from '../../core/index.ts';
import type { Point } from '../map/scene.ts';

export interface Leg {
  points: readonly Point[];
  length: number;
}
export interface Dot {
  seq: number;
  message: MessageRecord;
  legs: readonly Leg[];
  /** On the clock of the dots, which stands still while the run is paused. */
  startMs: number;
  legMs: number;
  /** Equal messages that this dot stands for. */
  count: number;
  /** Vertices at both ends, for reduced motion. */
  ends: readonly [string, string];
}

export const dwellMs = 120;

export const flightMs = (dot: Pick<Dot, 'legs' | 'legMs'>): number => dot.legs.length * dot.legMs + Math.max(0, dot.legs.length - 1) * dwellMs;

export const landed = (dot: Dot, nowMs: number): boolean => nowMs - dot.startMs >= flightMs(dot);

export function legOf(points: readonly Point[]): Leg {
  let length = 0;
  for (let i = 1; i < points.length; i += 1) length += distance(points[i - 1] as Point, points[i] as Point);
  return { points, length };
}

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Close to cubic-bezier(.4, 0, .2, 1). */
export function ease(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  // x(s) = 1.2 s (1-s)² + 0.6 s² (1-s) + s³, solved for s by bisection; y(s) = 3 s² (1-s) + s³.
  let [low, high] = [0, 1];
  let s = t;
  for (let i = 0; i < 14; i += 1) {
    s = (low + high) / 2;
    const x = 1.2 * s * (1 - s) * (1 - s) + 0.6 * s * s * (1 - s) + s * s * s;
    if (x < t) low = s;
    else high = s;
  }
  return 3 * s * s * (1 - s) + s * s * s;
}

export interface Position {
  x: number;
  y: number;
  /** Radians; packets turn with their line. */
  angle: number;
  /** How much of the whole flight is done. */
  progress: number;
}

/** undefined before it starts. */
export function positionOf(dot: Dot, nowMs: number): Position | undefined {
  const elapsed = nowMs - dot.startMs;
  if (elapsed < 0 || dot.legs.length === 0) return undefined;
  const per = dot.legMs + dwellMs;
  const index = Math.min(dot.legs.length - 1, Math.floor(elapsed / per));
  const leg = dot.legs[index] as Leg;
  const share = ease((elapsed - index * per) / dot.legMs);
  return { ...along(leg, leg.length * share), progress: Math.min(1, elapsed / flightMs(dot)) };
}

export function along(leg: Leg, length: number): { x: number; y: number; angle: number } {
  let left = length;
  for (let i = 1; i < leg.points.length; i += 1) {
    const a = leg.points[i - 1] as Point;
    const b = leg.points[i] as Point;
    const d = distance(a, b);
    if (left <= d || i === leg.points.length - 1) {
      const t = d === 0 ? 0 : Math.min(1, left / d);
      return { x: a[0] + (b[0] - a[0]) * t, y: a[1] + (b[1] - a[1]) * t, angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
    }
    left -= d;
  }
  const [x = 0, y = 0] = leg.points[0] ?? [];
  return { x, y, angle: 0 };
}
