/** The axis of time: from milliseconds to pixels and back. */

export interface Axis {
  fromMs: number;
  toMs: number;
  width: number;
}
/** What a person zoomed to; null: fitted to the run. */
export type Zoom = { fromMs: number; spanMs: number } | null;

const minSpanMs = 20;
const maxSpanMs = 10 * 365 * 86_400_000;
const spans = [1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * 1000);
const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000,
  86_400_000,
];

export const xOf = (axis: Axis, ms: number): number => ((ms - axis.fromMs) / (axis.toMs - axis.fromMs)) * axis.width;
export const msOf = (axis: Axis, x: number): number => axis.fromMs + (x / axis.width) * (axis.toMs - axis.fromMs);

/** The whole run with room for what comes: the next round span of which at most 92 % are used. */
export function fitSpan(reachMs: number): number {
  const round = spans.find((span) => reachMs <= span * 0.92 && span >= 30_000);
  if (round !== undefined) return round;
  const days = Math.ceil(reachMs / 0.92 / 86_400_000);
  return days * 86_400_000;
}

/** `zoom` follows the present when that leaves it at the right. */
export function axisOf(nowMs: number, knownUntilMs: number, zoom: Zoom, width: number): Axis {
  if (!zoom) return { fromMs: 0, toMs: fitSpan(Math.max(nowMs, knownUntilMs)), width: Math.max(1, width) };
  let fromMs = zoom.fromMs;
  if (nowMs > fromMs + zoom.spanMs * 0.96) fromMs = nowMs - zoom.spanMs * 0.8;
  else if (nowMs < fromMs) fromMs = Math.max(0, nowMs - zoom.spanMs * 0.2);
  return { fromMs, toMs: fromMs + zoom.spanMs, width: Math.max(1, width) };
}

/** Larger `factor`: more time to see. The moment under `x` stays there. */
export function zoomBy(axis: Axis, factor: number, x: number): Zoom {
  const spanMs = Math.max(minSpanMs, Math.min(maxSpanMs, (axis.toMs - axis.fromMs) * factor));
  const at = msOf(axis, x);
  return { fromMs: Math.max(0, at - (x / axis.width) * spanMs), spanMs };
}

export function panBy(axis: Axis, dx: number): Zoom {
  const spanMs = axis.toMs - axis.fromMs;
  return { fromMs: Math.max(0, axis.fromMs + (dx / axis.width) * spanMs), spanMs };
}

export interface Tick {
  ms: number;
  x: number;
  major: boolean;
}

export function stepOf(axis: Axis, minPx = 96): number {
  const perPx = (axis.toMs - axis.fromMs) / axis.width;
  return steps.find((step) => step / perPx >= minPx) ?? Math.ceil((perPx * minPx) / 86_400_000) * 86_400_000;
}

/** Ticks with numbers and, between them, fifths without. */
export function ticksOf(axis: Axis): { stepMs: number; ticks: Tick[] } {
  const stepMs = stepOf(axis);
  const minor = Math.max(1, stepMs / 5);
  const ticks: Tick[] = [];
  for (let i = Math.ceil(axis.fromMs / minor); i * minor <= axis.toMs && ticks.length < 400; i += 1) {
    const ms = i * minor;
    ticks.push({ ms, x: xOf(axis, ms), major: Math.abs(ms / stepMs - Math.round(ms / stepMs)) < 1e-9 });
  }
  return { stepMs, ticks };
}

/** The time of `times` (ascending) nearest to `ms`. */
export function nearest(times: readonly number[], ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((times[mid] as number) < ms) low = mid + 1;
    else high = mid;
  }
  const [before, after] = [times[low - 1], times[low]];
  if (before === undefined) return after ?? ms;
  if (after === undefined) return before;
  return ms - before <= after - ms ? before : after;
}
