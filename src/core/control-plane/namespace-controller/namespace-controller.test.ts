import { expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { rootCAPublisher } from '../root-ca-publisher/root-ca-publisher.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { serviceAccountController } from '../serviceaccount-controller/serviceaccount-controller.ts';
import { namespaceController } from './namespace-controller.ts';

const rooms = {
  'controller-manager/namespace': { room: namespaceController },
  'controller-manager/serviceaccount': { room: serviceAccountController },
  'controller-manager/root-ca-publisher': { room: rootCAPublisher },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};

test('a new namespace gets its ServiceAccount and the certificate', () => {
  const plane = controlPlane(rooms);
  plane.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  plane.run(20);
  expect(plane.get('serviceaccounts', 'default', 'n')).toBeDefined();
  expect(plane.get('configmaps', 'kube-root-ca.crt', 'n')?.data['ca.crt']).toMatch(/^-----BEGIN CERTIFICATE-----\nMIID/);
});

test('a deleted namespace is emptied, tells what is left, and goes', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')], { stopMs: 20_000 });
  plane.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  plane.run(20);
  plane.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'busybox' }] } }, 'n');
  plane.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }, 'n');
  plane.run(2000);
  plane.ask({ verb: 'delete', resource: 'namespaces', name: 'n' });
  expect(plane.get('namespaces', 'n')?.status.phase).toBe('Terminating');
  plane.run(6000);
  expect(plane.get('pods', 'p', 'n')?.metadata.deletionTimestamp).toBeDefined();
  expect(plane.get('configmaps', 'c', 'n')).toBeDefined();
  expect(plane.get('namespaces', 'n')?.status.conditions).toContainEqual(
    expect.objectContaining({
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: pods. has 1 resource instances',
    }),
  );
  plane.run(60_000);
  expect(plane.get('namespaces', 'n')).toBeUndefined();
});
