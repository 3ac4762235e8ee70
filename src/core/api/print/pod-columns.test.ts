import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTime } from '../../engine/time.ts';
import type { Pod } from '../types.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { podColumns, restartsText } from './pod-columns.ts';

test('ages', () => {
  const s = 1000;
  const h = 3600 * s;
  expect(
    [
      -500,
      0,
      119 * s,
      120 * s,
      185 * s,
      599 * s,
      600 * s,
      179 * 60 * s,
      3 * h,
      5 * h + 720 * s,
      8 * h,
      47 * h,
      48 * h,
      76 * h,
      192 * h,
      729 * 24 * h,
      730 * 24 * h,
      2919 * 24 * h,
      2920 * 24 * h,
      -3000,
    ].map(humanDuration),
  ).toEqual([
    '0s',
    '0s',
    '119s',
    '2m',
    '3m5s',
    '9m59s',
    '10m',
    '179m',
    '3h',
    '5h12m',
    '8h',
    '47h',
    '2d',
    '3d4h',
    '8d',
    '729d',
    '2y',
    '7y364d',
    '8y',
    '<invalid>',
  ]);
  expect(ageOf(null, 0)).toBe('<unknown>');
});

/** What the real kubectl printed, against the newest object the watch had shown by then. */
const folder = new URL('../../../../fixtures/recordings/pod-lifecycle/', import.meta.url);
describe('recorded rows of kubectl get pod', () => {
  for (const file of readdirSync(folder)) {
    const recording = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    for (const step of recording.steps as { kubectl?: string; out?: string; atMs: number }[]) {
      if (!/^get pods? [a-z0-9-]+$/.test(step.kubectl ?? '')) continue;
      const [, row] = (step.out ?? '').split('\n');
      const [name, ready, status, restarts] = (row ?? '').split(/ {2,}/);
      const seen = recording.watch.filter((w: { resource: string; atMs: number; object: Pod }) => w.resource === 'pods' && w.object.metadata.name === name);
      // Where the watch told something within this time of the command, the command may have seen either.
      if (!row || seen.some((w: { atMs: number }) => Math.abs(w.atMs - step.atMs) < 150)) continue;
      test(`${recording.name}: ${row.trim()}`, () => {
        const pod = seen.findLast((w: { atMs: number }) => w.atMs <= step.atMs).object as Pod;
        const columns = podColumns(pod);
        expect([`${columns.readyContainers}/${columns.totalContainers}`, columns.status, restartsText(columns, 0).split(' ')[0]]).toEqual([
          ready,
          status,
          restarts?.split(' ')[0],
        ]);
        const ago = /\((\d+)s ago\)/.exec(restarts ?? '');
        if (ago && columns.lastRestartMs !== null) {
          const start = parseTime(pod.metadata.creationTimestamp) - seen[0].atMs;
          expect(Math.abs(start + step.atMs - columns.lastRestartMs - Number(ago[1]) * 1000)).toBeLessThan(2100);
        }
      });
    }
  }
});
