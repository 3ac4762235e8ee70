import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { deploymentController } from '../deployment-controller/deployment-controller.ts';
import { replicaSetController } from '../replicaset-controller/replicaset-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { garbageCollector } from './garbage-collector.ts';

const rooms = {
  'controller-manager/garbage-collector': { room: garbageCollector },
  'controller-manager/deployment': { room: deploymentController },
  'controller-manager/replicaset': { room: replicaSetController },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const start = () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  plane.run(3000);
  expect(plane.list('pods')).toHaveLength(2);
  return plane;
};
const remove = (plane: ReturnType<typeof start>, propagationPolicy: 'Foreground' | 'Background' | 'Orphan') =>
  plane.ask({ verb: 'delete', resource: 'deployments.apps', namespace: 'default', name: 'd', options: { propagationPolicy } });
const count = (plane: ReturnType<typeof start>) => ['deployments.apps', 'replicasets.apps', 'pods'].map((resource) => plane.list(resource).length);
const configMap = (name: string, owner?: { metadata: { name: string; uid: string } }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid }] } : {}) },
});

describe('deletion of an owner', () => {
  test('in the background: the owner goes at once, dependents follow', () => {
    const plane = start();
    remove(plane, 'Background');
    expect(count(plane)).toEqual([0, 1, 2]);
    plane.run(5000);
    expect(count(plane)).toEqual([0, 0, 0]);
  });

  test('in the foreground: the owner waits', () => {
    const plane = start();
    remove(plane, 'Foreground');
    plane.run(200);
    expect(count(plane)).toEqual([1, 1, 2]);
    plane.run(5000);
    expect(count(plane)).toEqual([0, 0, 0]);
  });

  test('with orphans: the ReplicaSet and its pods stay, without owner', () => {
    const plane = start();
    remove(plane, 'Orphan');
    plane.run(5000);
    expect(count(plane)).toEqual([0, 1, 2]);
    expect(plane.list('replicasets.apps')[0]?.metadata.ownerReferences).toBeUndefined();
  });
});

test('a cycle of owners ends when one of them is deleted, and does not loop before', () => {
  const plane = controlPlane(rooms);
  const a = plane.create(configMap('a'));
  const b = plane.create(configMap('b', a));
  plane.ask({
    verb: 'patch',
    resource: 'configmaps',
    namespace: 'default',
    name: 'a',
    patchType: 'merge',
    patch: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: b.metadata.uid }] } },
  });
  plane.run(10_000);
  expect(plane.list('configmaps')).toHaveLength(2);
  const before = plane.engine.state.handled;
  plane.run(60_000);
  expect(plane.engine.state.handled - before).toBeLessThan(50);
  plane.ask({ verb: 'delete', resource: 'configmaps', namespace: 'default', name: 'a', options: { propagationPolicy: 'Foreground' } });
  plane.run(10_000);
  expect(plane.list('configmaps')).toHaveLength(0);
});

test('what names an owner that never was is collected', () => {
  const plane = controlPlane(rooms);
  plane.create(configMap('lost', { metadata: { name: 'gone', uid: '00000000-0000-4000-8000-000000000000' } }));
  plane.run(100);
  expect(plane.list('configmaps')).toHaveLength(0);
});
