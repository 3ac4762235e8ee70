/** Where moments of the last `spanMs` stand on a line of `width` px: right is now. Those that fall together are one. */
export function ticksIn(atMs: readonly number[], nowMs: number, spanMs: number, width: number): number[] {
  const out: number[] = [];
  for (const at of atMs) {
    const age = nowMs - at;
    if (age < -100 || age > spanMs) continue;
    const x = Math.round((1 - Math.max(0, age) / spanMs) * (width - 2) * 2) / 2 + 1;
    if (out.at(-1) === undefined || x - (out.at(-1) as number) >= 1.5) out.push(x);
  }
  return out;
}
