import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { statefulSetController } from './statefulset-controller.ts';

const rooms = { 'controller-manager/statefulset': { room: statefulSetController }, scheduler: { room: scheduler, args: { host: 'vm' } } };
const start = (spec: Record<string, unknown> = {}) => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      serviceName: 's',
      replicas: 2,
      selector: { matchLabels: { app: 'w' } },
      template: { metadata: { labels: { app: 'w' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
      ...spec,
    },
  });
  return plane;
};
type Plane = ReturnType<typeof start>;
const names = (plane: Plane) =>
  plane
    .list('pods')
    .map((pod) => pod.metadata.name)
    .sort();
const change = (plane: Plane, patch: unknown) =>
  plane.ask({ verb: 'patch', resource: 'statefulsets.apps', namespace: 'default', name: 'web', patchType: 'strategic', patch });

describe('ordered', () => {
  test('the next pod comes when the one before is ready; its identity as recorded', () => {
    const plane = start();
    plane.run(900);
    expect(names(plane)).toEqual(['web-0']);
    plane.run(3000);
    expect(names(plane)).toEqual(['web-0', 'web-1']);
    const pod = plane.get('pods', 'web-0');
    const revision = plane.list('controllerrevisions.apps')[0]?.metadata.name;
    expect(pod?.metadata.labels).toEqual({
      app: 'w',
      'apps.kubernetes.io/pod-index': '0',
      'controller-revision-hash': revision,
      'statefulset.kubernetes.io/pod-name': 'web-0',
    });
    expect(pod?.metadata.generateName).toBe('web-');
    expect(pod?.spec).toMatchObject({ hostname: 'web-0', subdomain: 's' });
    expect(plane.events('web')).toEqual([
      'SuccessfulCreate: Create Pod web-0 in StatefulSet web successful',
      'SuccessfulCreate: Create Pod web-1 in StatefulSet web successful',
    ]);
    expect(plane.get('statefulsets.apps', 'web')?.status).toMatchObject({
      replicas: 2,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      currentRevision: revision,
    });
  });

  test('a deleted pod comes back when it is gone; scaling down takes the last', () => {
    const plane = start();
    plane.run(4000);
    plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'web-0' });
    plane.run(400);
    expect(plane.get('pods', 'web-0')?.metadata.deletionTimestamp).toBeDefined();
    plane.run(300);
    expect(plane.get('pods', 'web-0')?.metadata.deletionTimestamp).toBeUndefined();
    plane.run(2000);
    change(plane, { spec: { replicas: 1 } });
    plane.run(2000);
    expect(names(plane)).toEqual(['web-0']);
    expect(plane.events('web')).toContain('SuccessfulDelete: Delete Pod web-1 in StatefulSet web successful');
  });

  test('an update goes from the highest ordinal down, one at a time, to the partition', () => {
    const plane = start({ replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
    plane.run(6000);
    plane.notes.length = 0;
    change(plane, { spec: { template: { spec: { containers: [{ name: 'c', env: [{ name: 'X', value: '1' }] }] } } } });
    plane.run(10_000);
    const gone = plane.notes.filter((n) => n.resource === 'pods' && n.event === 'DELETED').map((n) => n.object.metadata.name);
    expect(gone).toEqual(['web-2', 'web-1']);
    expect(plane.get('statefulsets.apps', 'web')?.status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
    change(plane, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    plane.run(10_000);
    const status = plane.get('statefulsets.apps', 'web')?.status;
    expect(status.currentRevision).toBe(status.updateRevision);
  });
});

test('claims are made from templates before the pod, and kept', () => {
  const plane = start({
    replicas: 1,
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
  });
  plane.run(100);
  expect(plane.get('persistentvolumeclaims', 'data-web-0')).toBeDefined();
  expect(plane.events('web')).toEqual([
    'SuccessfulCreate: Create Claim data-web-0 Pod web-0 in StatefulSet web success',
    'SuccessfulCreate: Create Pod web-0 in StatefulSet web successful',
  ]);
  expect(plane.get('pods', 'web-0')?.spec.volumes[0]).toMatchObject({ name: 'data', persistentVolumeClaim: { claimName: 'data-web-0' } });
});

test('Parallel makes all at once', () => {
  const plane = start({ replicas: 3, podManagementPolicy: 'Parallel' });
  plane.run(100);
  expect(names(plane)).toEqual(['web-0', 'web-1', 'web-2']);
});
