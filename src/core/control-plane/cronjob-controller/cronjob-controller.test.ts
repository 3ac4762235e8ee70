import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { jobController } from '../job-controller/job-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { nextTime, parseSchedule } from './cron.ts';
import { cronJobController } from './cronjob-controller.ts';

const rooms = {
  'controller-manager/cronjob': { room: cronJobController },
  'controller-manager/job': { room: jobController },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const start = (spec: Record<string, unknown> = {}, runMs = 3000) => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        spec: {
          template: {
            metadata: { annotations: { 'test/exit': '0', 'test/after': String(runMs) } },
            spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
          },
        },
      },
      ...spec,
    },
  });
  return plane;
};

describe('each minute', () => {
  test('a Job named by the minute; its end is seen; three are kept', () => {
    const plane = start();
    plane.run(70_000);
    const minute = Math.floor(Date.UTC(2026, 10, 20, 12, 1, 0) / 60_000);
    expect(plane.list('jobs.batch').map((job) => job.metadata.name)).toEqual([`c-${minute}`]);
    expect(plane.events('c')).toEqual([`SuccessfulCreate: Created job c-${minute}`, `SawCompletedJob: Saw completed job: c-${minute}, condition: Complete`]);
    expect(plane.get('cronjobs.batch', 'c')?.status).toMatchObject({ lastScheduleTime: '2026-11-20T12:01:00Z', lastSuccessfulTime: expect.any(String) });
    plane.run(300_000);
    expect(plane.list('jobs.batch')).toHaveLength(3);
  });

  test('Forbid leaves a run out, Replace ends the one before', () => {
    const forbid = start({ concurrencyPolicy: 'Forbid' }, 90_000);
    forbid.run(130_000);
    expect(forbid.list('jobs.batch')).toHaveLength(1);
    expect(forbid.events('c')).toContain('JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid');
    const replace = start({ concurrencyPolicy: 'Replace' }, 90_000);
    replace.run(130_000);
    expect(replace.list('jobs.batch')).toHaveLength(1);
    expect(replace.events('c').filter((text) => text.startsWith('SuccessfulCreate'))).toHaveLength(2);
    expect(replace.events('c').filter((text) => text.startsWith('SuccessfulDelete: Deleted job c-'))).toHaveLength(1);
  });

  test('suspend', () => {
    const plane = start({ suspend: true });
    plane.run(130_000);
    expect(plane.list('jobs.batch')).toHaveLength(0);
  });
});

test.each([
  ['*/15 * * * *', '2026-11-20T12:00:00Z', '2026-11-20T12:15:00Z'],
  ['30 2 * * mon-fri', '2026-11-20T12:00:00Z', '2026-11-23T02:30:00Z'],
  ['0 0 13 * 5', '2026-11-20T12:00:00Z', '2026-11-27T00:00:00Z'],
  ['@monthly', '2026-11-20T12:00:00Z', '2026-12-01T00:00:00Z'],
  ['0 0 29 2 *', '2026-11-20T12:00:00Z', '2028-02-29T00:00:00Z'],
])('%s after %s', (text, from, to) => {
  const schedule = parseSchedule(text);
  expect(schedule && nextTime(schedule, Date.parse(from))).toBe(Date.parse(to));
});

test('what is no schedule, and one that never comes', () => {
  for (const text of ['', '* * * *', '60 * * * *', 'a b c d e', '1-0 * * * *', '*/0 * * * *']) expect(parseSchedule(text)).toBeUndefined();
  const never = parseSchedule('0 0 31 2 *');
  expect(never && nextTime(never, 0)).toBeUndefined();
});
