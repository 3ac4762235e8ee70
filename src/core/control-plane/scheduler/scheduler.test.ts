import { describe, expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { scheduler } from './scheduler.ts';

const rooms = { scheduler: { room: scheduler, args: { host: 'vm' } } };
const pod = (name: string, spec: Record<string, unknown> = {}, requests?: Record<string, string>, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(labels ? { labels } : {}) },
  spec: { containers: [{ name: 'c', image: 'busybox', ...(requests ? { resources: { requests } } : {}) }], ...spec },
});
const message = (plane: ReturnType<typeof controlPlane>, name: string): string | undefined =>
  plane.get('pods', name)?.status.conditions?.find((c: { type: string }) => c.type === 'PodScheduled')?.message;
const nodeOf = (plane: ReturnType<typeof controlPlane>, name: string): string | undefined => plane.get('pods', name)?.spec.nodeName;
const unhelpful = (nodes: number): string =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;

describe('placing', () => {
  test('binds, sets PodScheduled and tells Scheduled', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    plane.create(pod('p'));
    plane.run(50);
    expect(nodeOf(plane, 'p')).toBe('worker-1');
    expect(plane.get('pods', 'p')?.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    expect(plane.events('p')).toEqual(['Scheduled: Successfully assigned default/p to worker-1']);
  });

  test('spreads over equal nodes by what is left', () => {
    const plane = controlPlane(rooms, [testNode('a'), testNode('b')]);
    for (let i = 0; i < 4; i += 1) plane.create(pod(`p${i}`, {}, { cpu: '500m' }));
    plane.run(100);
    const count = [0, 1, 2, 3].filter((i) => nodeOf(plane, `p${i}`) === 'a').length;
    expect(count).toBe(2);
  });

  test('nodeSelector and required anti-affinity decide', () => {
    const plane = controlPlane(rooms, [testNode('a', {}, { disk: 'ssd' }), testNode('b')]);
    plane.create(pod('selects', { nodeSelector: { disk: 'ssd' } }, undefined, { app: 'x' }));
    plane.run(50);
    expect(nodeOf(plane, 'selects')).toBe('a');
    plane.create(pod('second', { affinity: antiTo('x') }, undefined, { app: 'x' }));
    plane.run(50);
    expect(nodeOf(plane, 'second')).toBe('b');
    plane.create(pod('third', { affinity: antiTo('x') }, undefined, { app: 'x' }));
    plane.run(50);
    expect(message(plane, 'third')).toContain("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. ");
  });

  test('a spread constraint keeps the skew', () => {
    const plane = controlPlane(rooms, [testNode('a', {}, { zone: 'z1' }), testNode('b', {}, { zone: 'z2' }), testNode('c')]);
    const spec = {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'x' } } }],
    };
    for (let i = 0; i < 6; i += 1) {
      plane.create(pod(`p${i}`, spec, undefined, { app: 'x' }));
      plane.run(20);
    }
    expect([0, 1, 2, 3, 4, 5].map((i) => nodeOf(plane, `p${i}`)).sort()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    plane.create(pod('q', { ...spec, nodeSelector: { zone: 'z3' } }, undefined, { app: 'x' }));
    plane.run(20);
    expect(message(plane, 'q')).toContain("3 node(s) didn't match Pod's node affinity/selector");
  });
});

const antiTo = (app: string) => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }] },
});

describe('refusing, in exact words', () => {
  test('no nodes', () => {
    const plane = controlPlane(rooms);
    plane.create(pod('p'));
    plane.run(50);
    expect(plane.events('p')).toEqual(['FailedScheduling: no nodes available to schedule pods']);
    plane.create(testNode('late'));
    plane.ask({ verb: 'patch', resource: 'nodes', name: 'late', patchType: 'merge', patch: { spec: { taints: null } } });
    plane.run(50);
    expect(nodeOf(plane, 'p')).toBe('late');
  });

  test('reasons are counted and sorted as text', () => {
    const plane = controlPlane(rooms, [
      testNode('a', { spec: { unschedulable: true } }),
      testNode('b'),
      testNode('c', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
    ]);
    plane.create(pod('p', {}, { cpu: '100', memory: '100Gi' }));
    plane.run(50);
    expect(message(plane, 'p')).toBe(
      `0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ${unhelpful(3)}`,
    );
  });

  test('100 CPUs on one node: event, then condition, as recorded', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    plane.create(pod('p', {}, { cpu: '100' }));
    plane.run(50);
    const text = `0/1 nodes are available: 1 Insufficient cpu. ${unhelpful(1)}`;
    expect(plane.events('p')).toEqual([`FailedScheduling: ${text}`]);
    expect(plane.get('pods', 'p')?.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: text }]);
  });

  test('room that equal pods hold, given up when one ends', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    plane.create(pod('a', {}, { cpu: '3' }));
    plane.run(50);
    plane.create(pod('b', {}, { cpu: '3' }));
    plane.run(2000);
    expect(message(plane, 'b')).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    );
    plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'a' });
    plane.run(600);
    expect(nodeOf(plane, 'b')).toBe('worker-1');
  });

  test('claims: absent and unbound', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
    plane.create(pod('p', { volumes }));
    plane.run(50);
    expect(message(plane, 'p')).toBe('0/1 nodes are available: persistentvolumeclaim "c" not found. not found');
    plane.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    plane.run(50);
    expect(message(plane, 'p')).toBe('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found');
  });
});

describe('queue', () => {
  test('gates hold a pod back', () => {
    const plane = controlPlane(rooms, [testNode('worker-1')]);
    plane.create(pod('p', { schedulingGates: [{ name: 'example.com/g' }] }));
    plane.run(50);
    expect(nodeOf(plane, 'p')).toBeUndefined();
    plane.ask({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'p', patchType: 'merge', patch: { spec: { schedulingGates: null } } });
    plane.run(50);
    expect(nodeOf(plane, 'p')).toBe('worker-1');
  });

  test('an uncordoned node is found at once', () => {
    const plane = controlPlane(rooms, [testNode('worker-1', { spec: { unschedulable: true } })]);
    plane.create(pod('p'));
    plane.run(50);
    expect(message(plane, 'p')).toBe(`0/1 nodes are available: 1 node(s) were unschedulable. ${unhelpful(1)}`);
    plane.ask({ verb: 'patch', resource: 'nodes', name: 'worker-1', patchType: 'merge', patch: { spec: { unschedulable: null } } });
    plane.run(50);
    expect(nodeOf(plane, 'p')).toBe('worker-1');
  });
});

test('preemption: the less important pod goes, the node is nominated', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 });
  plane.create(pod('low', {}, { cpu: '3' }));
  plane.run(50);
  const high = plane.create(pod('high', { priorityClassName: 'high' }, { cpu: '3' }));
  plane.run(100);
  expect(plane.get('pods', 'high')?.status.nominatedNodeName).toBe('worker-1');
  expect(plane.events('low')).toContain(`Preempted: Preempted by pod ${high.metadata.uid} on node worker-1`);
  expect(plane.get('pods', 'low')?.status.conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    }),
  );
  plane.run(1000);
  expect(plane.get('pods', 'low')).toBeUndefined();
  expect(nodeOf(plane, 'high')).toBe('worker-1');
});
