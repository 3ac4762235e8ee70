import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { jobController } from './job-controller.ts';

const rooms = { 'controller-manager/job': { room: jobController }, scheduler: { room: scheduler, args: { host: 'vm' } } };
const start = (spec: Record<string, unknown> = {}, exit: string | null = '0', podSpec: Record<string, unknown> = {}) => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: {
      template: {
        metadata: exit === null ? {} : { annotations: { 'test/exit': exit, 'test/after': '3000' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }], ...podSpec },
      },
      ...spec,
    },
  });
  return plane;
};
type Plane = ReturnType<typeof start>;
const conditions = (plane: Plane) =>
  plane.get('jobs.batch', 'j')?.status.conditions?.map((c: { type: string; reason: string; message: string }) => [c.type, c.reason, c.message]);

describe('success', () => {
  test('two completions, one after another, as recorded', () => {
    const plane = start({ completions: 2 });
    plane.run(20_000);
    const pods = plane.list('pods');
    expect(plane.events('j')).toEqual([...pods.map((pod) => `SuccessfulCreate: Created pod: ${pod.metadata.name}`), 'Completed: Job completed']);
    expect(pods.every((pod) => pod.metadata.finalizers === undefined)).toBe(true);
    expect(conditions(plane)).toEqual([
      ['SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods'],
      ['Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'],
    ]);
    expect(plane.get('jobs.batch', 'j')?.status).toMatchObject({ succeeded: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    const made = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'ADDED').map((n) => n.atMs);
    const ended = plane.notes.filter((n) => n.resource === 'pods' && n.object.status.phase === 'Succeeded').map((n) => n.atMs);
    const gap = (made[1] as number) - (ended[0] as number);
    expect(gap).toBeGreaterThan(0);
    expect(gap).toBeLessThanOrEqual(1100);
  });

  test('Indexed: every index has its pod, its name, its label', () => {
    const plane = start({ completions: 3, parallelism: 2, completionMode: 'Indexed' });
    plane.run(30_000);
    expect(plane.get('jobs.batch', 'j')?.status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    expect(
      plane
        .list('pods')
        .map((pod) => [pod.metadata.generateName, pod.spec.hostname, pod.metadata.labels?.['batch.kubernetes.io/job-completion-index']])
        .sort(),
    ).toEqual([
      ['j-0-', 'j-0', '0'],
      ['j-1-', 'j-1', '1'],
      ['j-2-', 'j-2', '2'],
    ]);
  });
});

describe('failure', () => {
  test('retries come 10 s, then 20 s after the failure; then the limit', () => {
    const plane = start({ backoffLimit: 2 }, '1');
    plane.run(120_000);
    const made = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'ADDED').map((n) => n.atMs);
    const failed = plane.notes.filter((n) => n.resource === 'pods' && n.object.status.phase === 'Failed' && n.object.metadata.finalizers).map((n) => n.atMs);
    expect(made).toHaveLength(3);
    for (const [i, wait] of [10_000, 20_000].entries()) {
      expect((made[i + 1] as number) - (failed[i] as number)).toBeGreaterThanOrEqual(wait - 1000);
      expect((made[i + 1] as number) - (failed[i] as number)).toBeLessThanOrEqual(wait + 1500);
    }
    expect(conditions(plane)).toEqual([
      ['FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
      ['Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
    ]);
    expect(plane.events('j').at(-1)).toBe('BackoffLimitExceeded: Job has reached the specified backoff limit');
    expect(plane.get('jobs.batch', 'j')?.status.failed).toBe(3);
  });

  test('activeDeadlineSeconds deletes what runs', () => {
    const plane = start({ activeDeadlineSeconds: 5 }, null);
    plane.run(10_000);
    expect(conditions(plane)?.at(-1)).toEqual(['Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline']);
    expect(plane.list('pods')).toHaveLength(0);
  });

  test('podFailurePolicy ends it at once', () => {
    const plane = start({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { containerName: 'c', operator: 'In', values: [42] } }] } }, '42');
    plane.run(10_000);
    const pod = plane.list('pods')[0]?.metadata.name;
    expect(conditions(plane)?.at(-1)).toEqual([
      'Failed',
      'PodFailurePolicy',
      `Container c for pod default/${pod} failed with exit code 42 matching FailJob rule at index 0`,
    ]);
  });
});

describe('failures of each index', () => {
  const spec = (more: Record<string, unknown> = {}) => ({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1, ...more });
  const status = (plane: Plane) => plane.get('jobs.batch', 'j')?.status;

  test('each is tried again 10 s after it failed, and is lost then', () => {
    const plane = start(spec(), '1');
    plane.run(10_000);
    expect(status(plane)).toMatchObject({ failedIndexes: '' });
    expect(status(plane).failed).toBeUndefined();
    plane.run(30_000);
    const made = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'ADDED').map((n) => n.object);
    expect(made.map((pod) => pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'])).toEqual(['0', '0', '0', '1', '1', '1']);
    expect(status(plane)).toMatchObject({ failedIndexes: '0-2', failed: 6 });
    expect(conditions(plane)).toEqual([
      ['FailureTarget', 'FailedIndexes', 'Job has failed indexes'],
      ['Failed', 'FailedIndexes', 'Job has failed indexes'],
    ]);
    expect(plane.events('j').at(-1)).toBe('FailedIndexes: Job has failed indexes');
    expect(plane.list('pods').every((pod) => pod.metadata.finalizers === undefined)).toBe(true);
  });

  test('more than maxFailedIndexes end the Job', () => {
    const plane = start(spec({ completions: 5, parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 1 }), '1');
    plane.run(60_000);
    expect(status(plane)).toMatchObject({ failedIndexes: '0,1', failed: 2 });
    expect(conditions(plane)?.at(-1)).toEqual(['Failed', 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes']);
  });

  test('FailIndex does not wait for the limit; Ignore does not count', () => {
    const rule = (action: string) => ({ action, onExitCodes: { operator: 'In', values: [42] } });
    const lost = start(spec({ backoffLimitPerIndex: 5, podFailurePolicy: { rules: [rule('FailIndex')] } }), '42');
    lost.run(12_000);
    expect(status(lost)).toMatchObject({ failedIndexes: '0-2', failed: 3 });
    const ignored = start(spec({ backoffLimitPerIndex: 0, podFailurePolicy: { rules: [rule('Ignore')] } }), '42');
    ignored.run(16_500);
    expect(status(ignored)).toMatchObject({ failedIndexes: '', active: 3 });
    expect(status(ignored).failed).toBeUndefined();
    const again = ignored.list('pods').find((pod) => pod.status.phase !== 'Failed');
    expect(again?.metadata.annotations).toMatchObject({ 'batch.kubernetes.io/job-index-ignored-failure-count': '1' });
  });
});

test('suspend deletes the pods, resume makes new ones', () => {
  const plane = start({ suspend: true }, null);
  plane.run(3000);
  expect(plane.list('pods')).toHaveLength(0);
  expect(conditions(plane)).toEqual([['Suspended', 'JobSuspended', 'Job suspended']]);
  const patch = (suspend: boolean) =>
    plane.ask({ verb: 'patch', resource: 'jobs.batch', namespace: 'default', name: 'j', patchType: 'merge', patch: { spec: { suspend } } });
  patch(false);
  plane.run(3000);
  expect(plane.list('pods')).toHaveLength(1);
  patch(true);
  plane.run(3000);
  expect(plane.list('pods')).toHaveLength(0);
});

test('pods of a deleted Job lose their finalizer', () => {
  const plane = start({}, null);
  plane.run(3000);
  const name = plane.list('pods')[0]?.metadata.name as string;
  plane.ask({ verb: 'delete', resource: 'jobs.batch', namespace: 'default', name: 'j', options: { propagationPolicy: 'Background' } });
  plane.run(1000);
  expect(plane.get('pods', name)?.metadata.finalizers).toBeUndefined();
});

test('indexes as text', () => {
  expect(formatIndexes([4, 0, 1, 2, 6, 7])).toBe('0-2,4,6,7');
  expect([...parseIndexes('0-2,4', 10)]).toEqual([0, 1, 2, 4]);
  expect([...parseIndexes('0-999999999', 3)]).toEqual([0, 1, 2]);
});
