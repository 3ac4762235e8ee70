/** When a fact must hold: from `lo` to `hi`, ms after its clock began. */
export interface Window {
  loMs: number;
  hiMs: number;
  /** It must hold at the beginning and at the end, not once somewhere. */
  throughout: boolean;
}

/** A fact without a time may take this long to come true. */
export const patienceMs = 75_000;
/** A time such as `>=30s` is when the page looked; what is due then may come a little later. */
const lateMs = 30_000;

export function windowOf(t: unknown): Window {
  const text = String(t ?? '');
  const between = /^(\d+)s\.\.(\d+)s$/.exec(text);
  if (between) return { loMs: Number(between[1]) * 1000, hiMs: Number(between[2]) * 1000, throughout: true };
  const m = /^(>=|<=|<|>)(\d+)(s|m)/.exec(text);
  if (!m) return { loMs: 0, hiMs: patienceMs, throughout: false };
  const ms = Number(m[2]) * (m[3] === 'm' ? 60_000 : 1000);
  if (m[1] === '<=') return { loMs: 0, hiMs: ms, throughout: false };
  if (m[1] === '<') return { loMs: Math.max(0, ms - 1500), hiMs: ms - 1, throughout: false };
  // Twice as long when its clock begins with the first of two restarts.
  const lo = / since restart/.test(text) ? ms * 2 : ms;
  return { loMs: lo, hiMs: lo + lateMs, throughout: false };
}
