/** Civil time without `Date`: what a clock on the node would print, always UTC. */

/** Days since 1970-01-01 → [year, month 1–12, day 1–31]. Proleptic Gregorian. */
export function civilFromDays(days: number): [number, number, number] {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1];
}

/** [year, month, day] → days since 1970-01-01. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719468;
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/** The parts of a moment, UTC. `weekday` 0 = Sunday. */
export function civil(epochMs: number): {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  weekday: number;
} {
  const days = Math.floor(epochMs / 86_400_000);
  const rest = epochMs - days * 86_400_000;
  const [year, month, day] = civilFromDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    ms: rest % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** metav1.Time: `2026-11-20T23:50:22Z`, cut to seconds. */
export function rfc3339(epochMs: number): string {
  const c = civil(epochMs);
  return `${pad(c.year, 4)}-${pad(c.month)}-${pad(c.day)}T${pad(c.hour)}:${pad(c.minute)}:${pad(c.second)}Z`;
}

/** metav1.MicroTime: `2026-11-20T23:50:22.463454Z`. The model's clock has milliseconds: the last three digits are 0 unless `micros` is given. */
export function rfc3339Micro(epochMs: number, micros = 0): string {
  return `${rfc3339(epochMs).slice(0, -1)}.${pad(epochMs % 1000, 3)}${pad(micros, 3)}Z`;
}

/** Milliseconds since 1970 of an RFC 3339 time in UTC, or NaN when it is not one. */
export function parseTime(text: string): number {
  const m = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!m) return Number.NaN;
  const n = (i: number): number => Number(m[i]);
  const offset = m[8] ? (m[8] === '-' ? -1 : 1) * (n(9) * 60 + n(10)) * 60_000 : 0;
  return daysFromCivil(n(1), n(2), n(3)) * 86_400_000 + n(4) * 3_600_000 + n(5) * 60_000 + n(6) * 1000 + Math.floor(Number(`0.${m[7] ?? 0}`) * 1000) - offset;
}

/** Go's time.Duration.String() of whole milliseconds: `10s`, `1m20s`, `1.5s`, `0s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 0) return `-${goDuration(-ms)}`;
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  return `${hours ? `${hours}h` : ''}${hours || minutes ? `${minutes}m` : ''}${seconds}s`;
}
