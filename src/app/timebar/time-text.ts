/** Times as the time bar writes them. */

const two = (n: number): string => String(n).padStart(2, '0');

/** `42.180` and its unit, `2:44.200` and from an hour `1:02:44.200`, which need none. */
export function clockText(ms: number): { digits: string; unit: string } {
  const whole = Math.max(0, Math.floor(ms));
  const fraction = String(whole % 1000).padStart(3, '0');
  const s = Math.floor(whole / 1000);
  if (s < 60) return { digits: `${s}.${fraction}`, unit: 's' };
  if (s < 3600) return { digits: `${Math.floor(s / 60)}:${two(s % 60)}.${fraction}`, unit: '' };
  return { digits: `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${fraction}`, unit: '' };
}

export const timeText = (ms: number): string => {
  const { digits, unit } = clockText(ms);
  return unit ? `${digits} ${unit}` : digits;
};

/** For lists: seconds with three decimals below ten minutes (`162.787`), then the clock's way. */
export const stampText = (ms: number): string => (ms < 600_000 ? (ms / 1000).toFixed(3) : clockText(ms).digits);

/** A ruler's number: `10 s`, `0.5 s`, `1:30`, `2:00:00`. `stepMs`: the distance of the ticks. */
export function tickText(ms: number, stepMs: number): string {
  if (ms < 60_000 && stepMs < 60_000 && (ms !== 0 || stepMs < 30_000)) {
    const decimals = stepMs >= 1000 ? 0 : stepMs >= 100 ? 1 : stepMs >= 10 ? 2 : 3;
    if (stepMs < 30_000) return `${(ms / 1000).toFixed(decimals)} s`;
  }
  const s = Math.floor(ms / 1000);
  const fraction =
    stepMs < 1000
      ? `.${String(ms % 1000)
          .padStart(3, '0')
          .slice(0, stepMs >= 100 ? 1 : stepMs >= 10 ? 2 : 3)}`
      : '';
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}${fraction}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}${fraction}`;
}

/** Go's way, as Kubernetes' messages have it, to a tenth below ten seconds: `4.6s`, `40s`, `1m20s`. */
export function durationText(ms: number): string {
  const s = Math.round(ms / 1000);
  if (ms < 9_950 && ms % 1000 !== 0) return `${(ms / 1000).toFixed(1)}s`;
  const parts = [
    [Math.floor(s / 3600), 'h'],
    [Math.floor(s / 60) % 60, 'm'],
    [s % 60, 's'],
  ] as const;
  const from = parts.findIndex(([n]) => n > 0);
  if (from < 0) return '0s';
  return parts
    .slice(from)
    .filter(([n], i) => n > 0 || (from + i === 2 && from === 2))
    .map(([n, unit]) => `${n}${unit}`)
    .join('');
}
