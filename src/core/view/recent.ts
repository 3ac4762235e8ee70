/** The newest entries of the log, for scenes that show what just happened. */
import type { TraceEntry } from '../engine/types.ts';
import type { TraceLog } from './trace-log.ts';

/** Of one look back. */
const maxLooked = 6000;

/** Calls `see` with entries from `place` backwards, until it says false, `sinceMs` is reached, or enough were seen. */
export function lookBack(log: TraceLog, place: number, sinceMs: number, see: (entry: TraceEntry) => boolean): void {
  const end = log.indexAfter(place);
  for (let i = end - 1; i >= 0 && i > end - maxLooked; i -= 1) {
    const entry = log.at(i);
    if (!entry) continue;
    if (entry.atMs < sinceMs || !see(entry)) return;
  }
}
