import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { podGC } from '../pod-gc/pod-gc.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { taintEvictionController } from '../taint-eviction-controller/taint-eviction-controller.ts';
import { nodeLifecycleController } from './node-lifecycle-controller.ts';

const rooms = {
  'controller-manager/node-lifecycle': { room: nodeLifecycleController },
  'controller-manager/taint-eviction': { room: taintEvictionController },
  'controller-manager/pod-gc': { room: podGC },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const healthy = {
  status: {
    conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'False' })).concat([{ type: 'Ready', status: 'True' }]),
  },
};
const pod = (name: string, tolerationSeconds?: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    containers: [{ name: 'c', image: 'busybox' }],
    ...(tolerationSeconds === undefined
      ? {}
      : {
          tolerations: ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'].map((key) => ({
            key,
            operator: 'Exists',
            effect: 'NoExecute',
            tolerationSeconds,
          })),
        }),
  },
});
type Plane = ReturnType<typeof controlPlane>;
const taints = (plane: Plane, name = 'worker-1') =>
  (plane.get('nodes', name)?.spec.taints ?? []).map((t: { key: string; effect: string }) => `${t.key}:${t.effect}`).sort();
const ready = (plane: Plane, name: string) => plane.get('pods', name)?.status.conditions.find((c: { type: string }) => c.type === 'Ready')?.status;
const setReady = (plane: Plane, node: string, status: string) =>
  plane.ask({
    verb: 'patch',
    resource: 'nodes',
    name: node,
    subresource: 'status',
    patchType: 'strategic',
    patch: {
      status: {
        conditions: [{ type: 'Ready', status, lastHeartbeatTime: new Date(plane.engine.state.startEpochMs + plane.engine.state.nowMs).toISOString() }],
      },
    },
  });

describe('a node that falls silent, the only one, with pods on it', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', healthy)]);
  plane.create(pod('tol', 30));
  plane.create(pod('bare'));
  plane.run(49_000);

  test('before 50 s since the first pass nothing shows', () => {
    expect(taints(plane)).toEqual([]);
    expect(plane.events('worker-1')).toContain('RegisteredNode: Node worker-1 event: Registered Node worker-1 in Controller');
  });

  test('then four conditions Unknown, both taints, pods not ready, all in one second', () => {
    plane.run(11_500);
    const conditions = plane.get('nodes', 'worker-1')?.status.conditions;
    expect(conditions.map((c: { status: string; reason: string; message: string }) => [c.status, c.reason, c.message])).toEqual(
      Array(4).fill(['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.']),
    );
    expect(plane.events('worker-1')).toContain('NodeNotReady: Node worker-1 status is now: NodeNotReady');
    expect(taints(plane)).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
    expect(ready(plane, 'bare')).toBe('False');
    expect(plane.events('bare')).toContain('NodeNotReady: Node is not ready');
  });

  test('30 s and 300 s after the taint the pods are marked and deleted', () => {
    plane.run(30_000);
    expect(plane.events('tol')).toContain('TaintManagerEviction: Marking for deletion Pod default/tol');
    expect(plane.get('pods', 'bare')?.metadata.deletionTimestamp).toBeUndefined();
    plane.run(271_000);
    expect(plane.events('bare')).toContain('TaintManagerEviction: Marking for deletion Pod default/bare');
  });

  test('back again: taints off within a pass', () => {
    setReady(plane, 'worker-1', 'True');
    plane.run(5100);
    expect(taints(plane)).toEqual([]);
  });
});

test('Ready=False on the only node: NoSchedule alone, pods stay ready', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', healthy)]);
  plane.create(pod('p'));
  plane.run(10_000);
  setReady(plane, 'worker-1', 'False');
  plane.run(15_000);
  expect(taints(plane)).toEqual(['node.kubernetes.io/not-ready:NoSchedule']);
  expect(ready(plane, 'p')).toBe('True');
});

test('Ready=False on one of two: NoExecute too; leaving it cancels the deletion', () => {
  const plane = controlPlane(rooms, [testNode('a', healthy), testNode('b', healthy)]);
  plane.create({ ...pod('p'), spec: { ...pod('p').spec, nodeName: 'a' } });
  plane.run(2000);
  setReady(plane, 'a', 'False');
  plane.run(8000);
  expect(taints(plane, 'a')).toEqual(['node.kubernetes.io/not-ready:NoExecute', 'node.kubernetes.io/not-ready:NoSchedule']);
  setReady(plane, 'a', 'True');
  plane.run(8000);
  expect(taints(plane, 'a')).toEqual([]);
  expect(plane.events('p')).toContain('TaintManagerEviction: Cancelling deletion of Pod default/p');
});

test('cordon taints', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', healthy)]);
  plane.ask({ verb: 'patch', resource: 'nodes', name: 'worker-1', patchType: 'merge', patch: { spec: { unschedulable: true } } });
  plane.run(20);
  expect(taints(plane)).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
  expect(plane.get('nodes', 'worker-1')?.spec.taints[0].timeAdded).toBeDefined();
});

test('a NoExecute taint by hand: at once, or after tolerationSeconds', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', healthy)]);
  plane.create(pod('none'));
  plane.create({ ...pod('ten'), spec: { ...pod('ten').spec, tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 }] } });
  plane.run(3000);
  plane.ask({
    verb: 'patch',
    resource: 'nodes',
    name: 'worker-1',
    patchType: 'merge',
    patch: { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] } },
  });
  plane.run(100);
  expect(plane.get('pods', 'none')?.metadata.deletionTimestamp).toBeDefined();
  expect(plane.get('pods', 'none')?.status.conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    }),
  );
  expect(plane.get('pods', 'ten')?.metadata.deletionTimestamp).toBeUndefined();
  plane.run(10_000);
  expect(plane.get('pods', 'ten')?.metadata.deletionTimestamp).toBeDefined();
});

test('pods of a node that is gone: 40 to 80 s later they are gone too', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', healthy)], null);
  plane.create(pod('p'));
  plane.run(1000);
  plane.ask({ verb: 'delete', resource: 'nodes', name: 'worker-1' });
  plane.run(39_000);
  expect(plane.get('pods', 'p')).toBeDefined();
  plane.run(41_000);
  expect(plane.get('pods', 'p')).toBeUndefined();
});
