import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { pvProtectionController } from '../pv-protection-controller/pv-protection-controller.ts';
import { pvcProtectionController } from '../pvc-protection-controller/pvc-protection-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { persistentVolumeBinder } from './persistentvolume-binder.ts';

const rooms = {
  'controller-manager/persistentvolume-binder': { room: persistentVolumeBinder },
  'controller-manager/pvc-protection': { room: pvcProtectionController },
  'controller-manager/pv-protection': { room: pvProtectionController },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const claim = (spec: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const volume = (name: string, storage: string, spec: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/srv/${name}` }, ...spec },
});
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: {
    containers: [{ name: 'c', image: 'busybox', volumeMounts: [{ name: 'v', mountPath: '/data' }] }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
  },
};
const waits = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'wf' },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
};
type Plane = ReturnType<typeof controlPlane>;
const phase = (plane: Plane, resource: string, name: string): string => plane.get(resource, name)?.status.phase;

describe('static volumes', () => {
  test('the smallest that suffices is bound, as recorded', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    for (const [name, size] of [
      ['big', '5Gi'],
      ['fits', '2Gi'],
      ['small', '500Mi'],
    ] as const)
      plane.create(volume(name, size));
    plane.run(50);
    expect(phase(plane, 'persistentvolumes', 'fits')).toBe('Available');
    plane.create(claim());
    plane.run(100);
    expect(plane.get('persistentvolumeclaims', 'c')).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' } },
      spec: { volumeName: 'fits' },
      status: { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] },
    });
    expect(plane.get('persistentvolumes', 'fits')).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
      spec: { claimRef: { kind: 'PersistentVolumeClaim', name: 'c', namespace: 'default' } },
      status: { phase: 'Bound' },
    });
    expect(plane.events('c')).toEqual([]);
  });

  test('without one: FailedBinding, repeated each 15 s; a volume that comes is bound at the next pass', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    plane.create(claim());
    plane.create(pod);
    plane.run(20_000);
    expect(plane.events('c')).toEqual(['FailedBinding: no persistent volumes available for this claim and no storage class is set x2']);
    plane.create(volume('late', '2Gi'));
    plane.run(2000);
    expect(phase(plane, 'persistentvolumeclaims', 'c')).toBe('Pending');
    plane.run(13_000);
    expect(phase(plane, 'persistentvolumeclaims', 'c')).toBe('Bound');
    expect(plane.get('pods', 'p')?.spec.nodeName).toBe('worker-1');
  });

  test('a class that is not there', () => {
    const plane = controlPlane(rooms);
    plane.create(claim({ storageClassName: 'nope' }));
    plane.run(100);
    expect(plane.events('c')).toEqual(['ProvisioningFailed: storageclass.storage.k8s.io "nope" not found']);
  });

  test('a named volume that is too small', () => {
    const plane = controlPlane(rooms);
    plane.create(volume('v', '500Mi'));
    plane.create(claim({ volumeName: 'v' }));
    plane.run(100);
    expect(plane.events('c')).toEqual(['VolumeMismatch: Cannot bind to requested volume "v": requested PV is too small']);
  });
});

test('WaitForFirstConsumer: the scheduler binds, a second later the pod is placed', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(waits);
  plane.create(claim({ storageClassName: 'wf' }));
  plane.run(1000);
  expect(plane.events('c')).toEqual(['WaitForFirstConsumer: waiting for first consumer to be created before binding']);
  plane.create(pod);
  plane.run(15_000);
  expect(plane.events('c')).toContain('WaitForPodScheduled: waiting for pod p to be scheduled');
  expect(plane.events('p')[0]).toContain(
    "0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind. no new claims to deallocate, preemption: ",
  );
  plane.create(volume('wf', '1Gi', { storageClassName: 'wf' }));
  plane.run(500);
  expect(plane.get('pods', 'p')?.status.nominatedNodeName).toBe('worker-1');
  expect(plane.get('pods', 'p')?.spec.nodeName).toBeUndefined();
  plane.run(1000);
  expect(plane.get('pods', 'p')?.spec.nodeName).toBe('worker-1');
  expect(phase(plane, 'persistentvolumeclaims', 'c')).toBe('Bound');
});

test('a claim in use stays Terminating until its pod is gone; the volume is then Released and may go', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(volume('v', '1Gi'));
  plane.run(50);
  plane.create(claim());
  plane.create(pod);
  plane.run(3000);
  plane.ask({ verb: 'delete', resource: 'persistentvolumeclaims', namespace: 'default', name: 'c' });
  plane.run(1000);
  expect(plane.get('persistentvolumeclaims', 'c')?.metadata.deletionTimestamp).toBeDefined();
  plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'p' });
  plane.run(1000);
  expect(plane.get('persistentvolumeclaims', 'c')).toBeUndefined();
  expect(phase(plane, 'persistentvolumes', 'v')).toBe('Released');
  plane.ask({ verb: 'delete', resource: 'persistentvolumes', name: 'v' });
  plane.run(100);
  expect(plane.get('persistentvolumes', 'v')).toBeUndefined();
});
