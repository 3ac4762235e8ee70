import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { replicaSetController } from '../replicaset-controller/replicaset-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { deploymentController } from './deployment-controller.ts';

const rooms = {
  'controller-manager/deployment': { room: deploymentController },
  'controller-manager/replicaset': { room: replicaSetController },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const deployment = (spec: Record<string, unknown> = {}, env?: string, annotations?: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'd' } },
    template: {
      metadata: { labels: { app: 'd' }, ...(annotations ? { annotations } : {}) },
      spec: { containers: [{ name: 'web', image: 'nginx:1.27', ...(env ? { env: [{ name: 'X', value: env }] } : {}) }] },
    },
    ...spec,
  },
});
const start = (spec: Record<string, unknown> = {}, annotations?: Record<string, string>) => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(deployment(spec, undefined, annotations));
  plane.run(3000);
  return plane;
};
type Plane = ReturnType<typeof start>;
const change = (plane: Plane, patch: unknown): void => {
  const result = plane.ask({ verb: 'patch', resource: 'deployments.apps', namespace: 'default', name: 'd', patchType: 'strategic', patch });
  expect(result.status?.message).toBeUndefined();
};
const setEnv = (plane: Plane, value: string): void =>
  change(plane, { spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'X', value }] }] } } } });
const sets = (plane: Plane) =>
  plane
    .list('replicasets.apps')
    .map((rs) => [Number(rs.metadata.annotations?.['deployment.kubernetes.io/revision']), rs.spec.replicas, rs.status.replicas ?? 0])
    .sort((a, b) => (a[0] as number) - (b[0] as number));
const scalings = (plane: Plane): string[] => plane.events('d').map((text) => text.replace(/d-[a-z0-9]+/, 'RS'));

describe('a new Deployment', () => {
  test('makes a ReplicaSet, which makes pods; status and events as recorded', () => {
    const plane = start();
    const d = plane.get('deployments.apps', 'd');
    expect(scalings(plane)).toEqual(['ScalingReplicaSet: Scaled up replica set RS from 0 to 3']);
    expect(d?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
    expect(d?.status).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 });
    const rs = plane.list('replicasets.apps')[0];
    expect(d?.status.conditions.map((c: { type: string; status: string; reason: string; message: string }) => [c.type, c.status, c.reason, c.message])).toEqual(
      [
        ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
        ['Progressing', 'True', 'NewReplicaSetAvailable', `ReplicaSet "${rs?.metadata.name}" has successfully progressed.`],
      ],
    );
    const hash = rs?.metadata.labels?.['pod-template-hash'] as string;
    expect(hash).toMatch(/^[4-9bcdf]{8,10}$/);
    expect(rs?.metadata.name).toBe(`d-${hash}`);
    expect(rs?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    });
    const pods = plane.list('pods');
    expect(pods.map((pod) => pod.metadata.ownerReferences?.[0]?.name)).toEqual([rs?.metadata.name, rs?.metadata.name, rs?.metadata.name]);
    expect(plane.events(rs?.metadata.name as string).sort()).toEqual(pods.map((pod) => `SuccessfulCreate: Created pod: ${pod.metadata.name}`).sort());
    expect(rs?.status).toEqual({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0, observedGeneration: 1 });
  });

  test('does nothing more once it is settled', () => {
    const plane = start();
    plane.notes.length = 0;
    plane.run(600_000);
    expect(plane.notes.map((note) => note.resource)).toEqual([]);
  });
});

describe('a rollout', () => {
  test('one pod at a time, as recorded (25 % of 3)', () => {
    const plane = start();
    setEnv(plane, '1');
    plane.run(20_000);
    expect(scalings(plane)).toEqual([
      'ScalingReplicaSet: Scaled up replica set RS from 0 to 3',
      'ScalingReplicaSet: Scaled up replica set RS from 0 to 1',
      'ScalingReplicaSet: Scaled down replica set RS from 3 to 2',
      'ScalingReplicaSet: Scaled up replica set RS from 1 to 2',
      'ScalingReplicaSet: Scaled down replica set RS from 2 to 1',
      'ScalingReplicaSet: Scaled up replica set RS from 2 to 3',
      'ScalingReplicaSet: Scaled down replica set RS from 1 to 0',
    ]);
    expect(sets(plane)).toEqual([
      [1, 0, 0],
      [2, 3, 3],
    ]);
    expect(plane.get('deployments.apps', 'd')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  test('back to an old template takes the old ReplicaSet, with a new revision', () => {
    const plane = start();
    setEnv(plane, '1');
    plane.run(20_000);
    change(plane, { spec: { template: { spec: { containers: [{ name: 'web', env: [{ $patch: 'delete', name: 'X' }] }] } } } });
    plane.run(20_000);
    expect(sets(plane)).toEqual([
      [2, 0, 0],
      [3, 3, 3],
    ]);
    const back = plane.list('replicasets.apps').find((rs) => rs.spec.replicas === 3);
    expect(back?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  });

  test('Recreate: all old pods go before a new one comes', () => {
    const plane = start({ strategy: { type: 'Recreate' } });
    setEnv(plane, '1');
    plane.run(20_000);
    const created = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'ADDED').map((n) => n.atMs);
    const gone = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'DELETED').map((n) => n.atMs);
    expect(created).toHaveLength(6);
    expect(Math.min(...created.slice(3))).toBeGreaterThanOrEqual(Math.max(...gone));
  });

  test('revisionHistoryLimit keeps as many old ones', () => {
    const plane = start({ revisionHistoryLimit: 1 });
    for (const value of ['1', '2', '3']) {
      setEnv(plane, value);
      plane.run(20_000);
    }
    expect(sets(plane).map(([revision]) => revision)).toEqual([3, 4]);
  });

  test('stuck beyond progressDeadlineSeconds', () => {
    const plane = start({ progressDeadlineSeconds: 5 }, { 'test/ready': 'never' });
    const progressing = () => plane.get('deployments.apps', 'd')?.status.conditions.find((c: { type: string }) => c.type === 'Progressing');
    expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    plane.run(10_000);
    const rs = plane.list('replicasets.apps')[0]?.metadata.name;
    expect(progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded', message: `ReplicaSet "${rs}" has timed out progressing.` });
  });

  test('paused: nothing rolls, but scaling works', () => {
    const plane = start();
    change(plane, { spec: { paused: true } });
    plane.run(1000);
    setEnv(plane, '1');
    change(plane, { spec: { replicas: 5 } });
    plane.run(3000);
    expect(sets(plane)).toEqual([[1, 5, 5]]);
    expect(plane.get('deployments.apps', 'd')?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }),
    );
    change(plane, { spec: { paused: null } });
    plane.run(20_000);
    expect(sets(plane)).toEqual([
      [1, 0, 0],
      [2, 5, 5],
    ]);
  });
});

test('scaling down deletes, with the event of each', () => {
  const plane = start();
  change(plane, { spec: { replicas: 1 } });
  plane.run(3000);
  expect(plane.list('pods')).toHaveLength(1);
  const rs = plane.list('replicasets.apps')[0]?.metadata.name as string;
  expect(plane.events(rs).filter((text) => text.startsWith('SuccessfulDelete: Deleted pod: '))).toHaveLength(2);
  expect(scalings(plane).at(-1)).toBe('ScalingReplicaSet: Scaled down replica set RS from 3 to 1');
});

test('a deleted pod is replaced at once', () => {
  const plane = start();
  const name = plane.list('pods')[0]?.metadata.name as string;
  plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name });
  plane.run(100);
  expect(plane.list('pods')).toHaveLength(4);
  expect(plane.list('replicasets.apps')[0]?.status.terminatingReplicas).toBe(1);
});
