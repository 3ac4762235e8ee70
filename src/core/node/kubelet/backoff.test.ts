import { expect, test } from 'vitest';
import { doBackOff } from './backoff.ts';
import type { BackOffEntry } from './state.ts';

const maxMs = 300_000;

test('21.32 fresh entry holds the container back', () => {
  const entries: Record<string, BackOffEntry> = { k: { delayMs: 1000, lastUpdateMs: 0 } };
  expect(doBackOff(entries, 'k', 500, 600, maxMs)).toBe(1000);
  expect(doBackOff(entries, 'k', 500, 1500, maxMs)).toBe(0);
  expect(entries.k).toEqual({ delayMs: 2000, lastUpdateMs: 1500 });
});
test('21.33 waits after each death: 0, 10, 20, 40, 80, 160, 300, 300 s', () => {
  const entries: Record<string, BackOffEntry> = {};
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const died = now;
    while (doBackOff(entries, 'k', died, now, maxMs) > 0) now += 1000;
    waits.push((now - died) / 1000);
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
});
test('21.34 a run of more than ten minutes begins the series anew', () => {
  const entries: Record<string, BackOffEntry> = { k: { delayMs: 300_000, lastUpdateMs: 0 } };
  expect(doBackOff(entries, 'k', 601_000, 601_000, maxMs)).toBe(0);
  expect(entries.k?.delayMs).toBe(10_000);
});
