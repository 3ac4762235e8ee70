import { expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { setSourcePods } from './pod-config.ts';
import { aPod, container, type TestNode, testNode } from './testing/node.ts';

const hash = 'abc';
const staticPod = (name = 'web-worker-1'): Pod => {
  const pod = aPod(
    [container('c')],
    { terminationGracePeriodSeconds: 3 },
    {
      name,
      uid: `static-${name}`,
      annotations: { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.seen': 'x' },
    },
  );
  delete pod.metadata.generation;
  return { ...pod, status: { phase: 'Pending' } };
};
function started(): TestNode {
  const node = testNode();
  const object = { ...structuredNode(node), metadata: { ...structuredNode(node).metadata, namespace: '' } };
  node.call({ verb: 'create', resource: 'nodes', object });
  node.inside((state, ctx) => setSourcePods(state, 'file', [staticPod()], ctx));
  return node;
}
const structuredNode = (node: TestNode) => node.kubelet.config.node;
const mirror = (node: TestNode) => node.api.objects['pods|default/web-worker-1'] as Pod | undefined;

test('a static pod runs and has a mirror', () => {
  const node = started();
  node.at(12_000);
  expect(mirror(node)?.metadata).toMatchObject({
    annotations: { 'kubernetes.io/config.mirror': hash },
    ownerReferences: [{ kind: 'Node', name: 'worker-1', controller: true }],
  });
  expect(mirror(node)?.status.phase).toBe('Running');
  expect(mirror(node)?.status.observedGeneration).toBeUndefined();
});

test('21.92 a deleted mirror is back at once, bare, and whole within 10 s; containers are untouched', () => {
  const node = started();
  node.at(15_000);
  const before = mirror(node) as Pod;
  node.call({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'web-worker-1' });
  node.at(15_030);
  expect(mirror(node)?.metadata.uid).not.toBe(before.metadata.uid);
  expect(mirror(node)?.status).toEqual({ phase: 'Pending' });
  node.at(26_000);
  expect(mirror(node)?.status.startTime).toBe(before.status.startTime);
  expect(mirror(node)?.status.containerStatuses).toEqual(before.status.containerStatuses);
  expect(node.events('Killing')).toEqual([]);
});

test('the manifest goes: the pod ends, its mirror says nothing until it is deleted', () => {
  const node = started();
  node.at(15_000);
  const { length } = node.writes('web-worker-1');
  node.inside((state, ctx) => setSourcePods(state, 'file', [], ctx));
  node.at(40_000);
  expect(node.events('Killing')).toHaveLength(1);
  expect(
    node
      .writes('web-worker-1')
      .slice(length)
      .map((w) => w.verb),
  ).toEqual(['DELETED']);
});
