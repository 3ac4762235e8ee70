import { expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { daemonSetController } from './daemonset-controller.ts';

const rooms = { 'controller-manager/daemonset': { room: daemonSetController }, scheduler: { room: scheduler, args: { host: 'vm' } } };
const start = (nodes: unknown[], spec: Record<string, unknown> = {}) => {
  const plane = controlPlane(rooms, nodes);
  plane.create({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec } },
    },
  });
  plane.run(3000);
  return plane;
};
const setEnv = (plane: ReturnType<typeof start>) =>
  plane.ask({
    verb: 'patch',
    resource: 'daemonsets.apps',
    namespace: 'default',
    name: 'd',
    patchType: 'strategic',
    patch: { spec: { template: { spec: { containers: [{ name: 'c', env: [{ name: 'X', value: '1' }] }] } } } },
  });

test('a pod on each node, pinned and tolerating, as recorded', () => {
  const plane = start([testNode('a'), testNode('b'), testNode('cordoned', { spec: { unschedulable: true } })]);
  const pods = plane.list('pods');
  expect(pods.map((pod) => pod.spec.nodeName).sort()).toEqual(['a', 'b', 'cordoned']);
  const pod = pods.find((each) => each.spec.nodeName === 'a');
  expect(pod?.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] },
  ]);
  expect(pod?.spec.tolerations.map((t: { key: string; effect: string }) => `${t.effect} ${t.key}`)).toEqual([
    'NoExecute node.kubernetes.io/not-ready',
    'NoExecute node.kubernetes.io/unreachable',
    'NoSchedule node.kubernetes.io/disk-pressure',
    'NoSchedule node.kubernetes.io/memory-pressure',
    'NoSchedule node.kubernetes.io/pid-pressure',
    'NoSchedule node.kubernetes.io/unschedulable',
  ]);
  expect(pod?.metadata.labels).toMatchObject({ app: 'd', 'pod-template-generation': '1' });
  expect(plane.get('daemonsets.apps', 'd')?.status).toEqual({
    currentNumberScheduled: 3,
    desiredNumberScheduled: 3,
    numberAvailable: 3,
    numberMisscheduled: 0,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
  });
});

test('nodes that come, and nodeSelector', () => {
  const plane = start([testNode('a', {}, { disk: 'ssd' }), testNode('b')], { nodeSelector: { disk: 'ssd' } });
  expect(plane.list('pods').map((pod) => pod.spec.nodeName)).toEqual(['a']);
  plane.ask({ verb: 'patch', resource: 'nodes', name: 'b', patchType: 'merge', patch: { metadata: { labels: { disk: 'ssd' } } } });
  plane.run(2000);
  expect(
    plane
      .list('pods')
      .map((pod) => pod.spec.nodeName)
      .sort(),
  ).toEqual(['a', 'b']);
});

test('an update replaces one node at a time', () => {
  const plane = start([testNode('a'), testNode('b')]);
  plane.notes.length = 0;
  setEnv(plane);
  plane.run(10_000);
  const life = plane.notes.filter((n) => n.resource === 'pods' && n.event !== 'MODIFIED').map((n) => n.event);
  expect(life).toEqual(['DELETED', 'ADDED', 'DELETED', 'ADDED']);
  expect(plane.get('daemonsets.apps', 'd')?.status).toMatchObject({ updatedNumberScheduled: 2, numberAvailable: 2, observedGeneration: 2 });
  expect(plane.events('d').filter((text) => text.startsWith('SuccessfulDelete: Deleted pod: d-'))).toHaveLength(2);
  expect(plane.list('pods').every((pod) => pod.metadata.labels?.['pod-template-generation'] === '2')).toBe(true);
});

test('a failed daemon pod is replaced, with back-off', () => {
  const plane = start([testNode('a')]);
  const name = plane.list('pods')[0]?.metadata.name as string;
  plane.ask({ verb: 'patch', resource: 'pods', subresource: 'status', namespace: 'default', name, patchType: 'merge', patch: { status: { phase: 'Failed' } } });
  plane.run(1000);
  expect(plane.events('d')).toContain(`FailedDaemonPod: Found failed daemon pod default/${name} on node a, will try to kill it`);
  plane.run(2000);
  expect(plane.list('pods').map((pod) => pod.metadata.name)).not.toContain(name);
});
