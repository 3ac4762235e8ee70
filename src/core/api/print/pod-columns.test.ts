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

describe('kubelet §21: columns of kubectl get pods', () => {
  const now = Date.UTC(2026, 10, 20, 12);
  const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString().replace('.000', '');
  const done = (exitCode = 0, reason = 'Completed') => ({ state: { terminated: { exitCode, reason } } });
  const running = { state: { running: { startedAt: ago(60) } } };
  const ready = { ...running, ready: true };
  const restarted = (restartCount: number, seconds: number) => ({ restartCount, lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } } });
  const conditions = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
  interface Row {
    phase: string;
    init?: object[];
    /** How many of the init containers are sidecars. */
    sidecars?: number;
    regular?: object[];
    conditions?: object[];
    deleting?: boolean;
  }
  /** `READY STATUS RESTARTS`. */
  function row({ phase, init = [], sidecars = 0, regular = [], conditions = [], deleting }: Row): string {
    const statuses = (prefix: string, list: object[]) => list.map((s, i) => ({ name: `${prefix}${i}`, ready: false, restartCount: 0, ...s }));
    const pod = {
      metadata: deleting ? { deletionTimestamp: ago(1) } : {},
      spec: {
        containers: (regular.length > 0 ? regular : [{}]).map((_, i) => ({ name: `c${i}` })),
        initContainers: init.map((_, i) => ({ name: `i${i}`, ...(i < sidecars ? { restartPolicy: 'Always' } : {}) })),
      },
      status: { phase, conditions, initContainerStatuses: statuses('i', init), containerStatuses: statuses('c', regular) },
    } as unknown as Pod;
    const columns = podColumns(pod);
    return `${columns.readyContainers}/${columns.totalContainers} ${columns.status} ${restartsText(columns, now)}`;
  }
  const mixed = [done(), ready];
  test.each<[string, Row, string]>([
    ['21.71 one Completed, one ready, no Ready condition', { phase: 'Running', regular: mixed }, '1/2 NotReady 0'],
    ['21.71 one Completed, one ready, Ready', { phase: 'Running', regular: mixed, conditions: conditions('Ready') }, '1/2 Running 0'],
    ['21.72 the first says why', { phase: 'Running', regular: [{ state: { waiting: { reason: 'W' } } }, done(1, 'T')] }, '0/2 W 0'],
    ['21.73 the second of two inits runs', { phase: 'Pending', init: [done(), running], regular: [{}] }, '0/1 Init:1/2 0'],
    [
      '21.74 restarts of inits no longer count',
      { phase: 'Running', init: [{ ...done(), ...restarted(3, 30) }], regular: [{ ...ready, ...restarted(4, 20) }], conditions: conditions('Initialized') },
      '1/1 Running 4 (20s ago)',
    ],
    [
      '21.75 two sidecars, the first not started',
      { phase: 'Pending', sidecars: 2, init: [{ ...running, started: false, ...restarted(3, 10) }, {}], regular: [{}] },
      '0/3 Init:0/2 3 (10s ago)',
    ],
    [
      '21.76 sidecars started, not ready',
      {
        phase: 'Running',
        sidecars: 2,
        init: [
          { ...running, started: true, ...restarted(3, 10) },
          { ...running, started: true },
        ],
        regular: [{ ...ready, ...restarted(4, 20) }],
        conditions: conditions('Initialized'),
      },
      '1/3 Running 7 (10s ago)',
    ],
    ['21.77 Succeeded and being deleted', { phase: 'Succeeded', regular: [done()], deleting: true }, '0/1 Completed 0'],
    ['21.77 Running and being deleted', { phase: 'Running', regular: [ready], deleting: true }, '1/1 Terminating 0'],
    ['21.77 Pending and being deleted', { phase: 'Pending', deleting: true }, '0/1 Terminating 0'],
    [
      '21.78 an error beats Completed',
      { phase: 'Failed', regular: [ready, done(1, 'podCrash'), { state: { terminated: { exitCode: 0 } } }] },
      '1/3 podCrash 0',
    ],
  ])('%s', (_name, given, want) => expect(row(given)).toBe(want));
});
