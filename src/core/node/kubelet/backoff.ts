/** Crash-loop back-off. Models client-go util/flowcontrol/backoff.go as used by kuberuntime_manager.go doBackOff, v1.36.2. */
import type { BackOffEntry } from './state.ts';

/** First delay after a crash, ms; doubles with each restart. Source: pkg/kubelet/kubelet.go. */
export const initialCrashLoopBackOffMs = 10_000;
/** An entry whose last start lies longer before the end of the run is forgotten, ms. */
export const backOffExpiryMs = 600_000;

/**
 * May a container whose last run ended at `finishedMs` start now? Starting advances the series.
 *
 * @returns 0 when it may start (the entry was advanced), otherwise the delay of the series in ms (the wait ends at `finishedMs` + delay)
 */
export function doBackOff(backOff: Record<string, BackOffEntry>, key: string, finishedMs: number, nowMs: number, maxMs: number): number {
  const entry = backOff[key];
  const expired = entry === undefined || finishedMs - entry.lastUpdateMs > backOffExpiryMs;
  if (entry && !expired && nowMs - finishedMs < entry.delayMs) return entry.delayMs;
  const initialMs = Math.min(initialCrashLoopBackOffMs, maxMs);
  backOff[key] = { delayMs: entry && !expired ? Math.min(2 * entry.delayMs, maxMs) : initialMs, lastUpdateMs: nowMs };
  return 0;
}

/** Housekeeping: forgets entries not touched for twice the expiry. */
export function collectBackOff(backOff: Record<string, BackOffEntry>, nowMs: number): void {
  for (const key in backOff) if (nowMs - (backOff[key] as BackOffEntry).lastUpdateMs > backOffExpiryMs) delete backOff[key];
}
