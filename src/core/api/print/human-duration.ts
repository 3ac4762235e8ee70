/** Ages as kubectl prints them. Models apimachinery/pkg/util/duration/duration.go HumanDuration, v1.36.2. */
import { parseTime } from '../../engine/time.ts';

export function humanDuration(ms: number): string {
  if (ms < -1000) return '<invalid>';
  const seconds = Math.floor(ms / 1000);
  if (seconds <= 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const two = (big: number, unit: string, small: number, smallUnit: string): string => (small === 0 ? `${big}${unit}` : `${big}${unit}${small}${smallUnit}`);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2920 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

/** The age of an RFC 3339 time at `epochMs`; `<unknown>` when it is not set. */
export function ageOf(time: string | null | undefined, epochMs: number): string {
  const at = typeof time === 'string' ? parseTime(time) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : humanDuration(epochMs - at);
}
