import { expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { persistentVolumeBinder } from '../persistentvolume-binder/persistentvolume-binder.ts';
import { pvProtectionController } from '../pv-protection-controller/pv-protection-controller.ts';
import { pvcProtectionController } from '../pvc-protection-controller/pvc-protection-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { localPathProvisioner } from './local-path-provisioner.ts';

const rooms = {
  'controller-manager/persistentvolume-binder': { room: persistentVolumeBinder },
  'controller-manager/pvc-protection': { room: pvcProtectionController },
  'controller-manager/pv-protection': { room: pvProtectionController },
  'local-path-provisioner': { room: localPathProvisioner },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const storageClass = (provisioner: string) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner,
  volumeBindingMode: 'WaitForFirstConsumer',
});
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'busybox' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
};

test('a claim of the default class waits for a pod, gets a directory of its node, and takes it away with it', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(storageClass('rancher.io/local-path'));
  plane.run(50);
  plane.create(claim);
  plane.run(5000);
  expect(plane.get('persistentvolumeclaims', 'c')).toMatchObject({ spec: { storageClassName: 'standard' }, status: { phase: 'Pending' } });
  plane.create(pod);
  plane.run(10_000);
  const bound = plane.get('persistentvolumeclaims', 'c');
  expect(bound?.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
  const volume = plane.get('persistentvolumes', bound?.spec.volumeName);
  expect(volume?.spec).toMatchObject({ persistentVolumeReclaimPolicy: 'Delete', storageClassName: 'standard' });
  expect(JSON.stringify(volume?.spec.nodeAffinity)).toContain('worker-1');
  expect(plane.get('pods', 'p')?.spec.nodeName).toBe('worker-1');
  expect(plane.events('c')).toEqual(expect.arrayContaining([`ProvisioningSucceeded: Successfully provisioned volume ${bound?.spec.volumeName}`]));
  plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'p' });
  plane.run(5000);
  plane.ask({ verb: 'delete', resource: 'persistentvolumeclaims', namespace: 'default', name: 'c' });
  plane.run(5000);
  expect(plane.get('persistentvolumes', bound?.spec.volumeName)).toBeUndefined();
});

test('another provisioner’s class is left alone', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(storageClass('example.com/other'));
  plane.run(50);
  plane.create(claim);
  plane.create(pod);
  plane.run(10_000);
  expect(plane.get('persistentvolumeclaims', 'c')?.status.phase).toBe('Pending');
});
