import { expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { aPod, container, testNode } from './testing/node.ts';

/** Reason and message with which the second pod is refused. */
function refusal(second: Pod, first?: Pod): string {
  const node = testNode();
  if (first) node.create(first);
  node.at(1000);
  node.create({ ...second, metadata: { ...second.metadata, name: 'q' } });
  node.at(3000);
  const { reason, message } = node.pod('q').status;
  return `${reason}: ${message}`;
}
const hostPort = container('c', { ports: [{ containerPort: 80, hostPort: 8080 }] });

test('resources: what others hold counts', () => {
  const half = container('c', { resources: { requests: { cpu: '1500m' } } });
  expect(refusal(aPod([half]), aPod([half]))).toBe(
    "OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 1500, used: 1500, capacity: 2000",
  );
  expect(refusal(aPod([container('c', { resources: { requests: { memory: '9Gi' } } })]))).toContain('OutOfmemory');
  expect(refusal(aPod([container('c', { resources: { requests: { 'example.com/gpu': 1 } } })]))).toContain('OutOfexample.com/gpu');
});
test('init containers count as much as they ask for at their time', () => {
  const big = container('i', { resources: { requests: { cpu: '3' } } });
  expect(refusal(aPod([container('c')], { initContainers: [big] }))).toContain('OutOfcpu');
});
test('node selector and affinity', () => {
  const words = "NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
  expect(refusal(aPod([container('c')], { nodeSelector: { disk: 'ssd' } }))).toBe(words);
  const nodeSelectorTerms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['worker-1'] }] }];
  expect(refusal(aPod([container('c')], { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } }))).toBe(
    words,
  );
});
test('host ports', () => {
  expect(refusal(aPod([hostPort]), aPod([hostPort]))).toBe(
    "NodePorts: Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  );
});
test('operating system', () => {
  expect(refusal(aPod([container('c')], { os: { name: 'windows' } }))).toContain('PodOSNotSupported');
});
test('a critical pod takes the place of lesser ones', () => {
  const node = testNode();
  node.create(aPod([container('c', { resources: { requests: { cpu: '1500m' } } })], { terminationGracePeriodSeconds: 1 }));
  node.at(2000);
  const critical = aPod([container('c', { resources: { requests: { cpu: '1' } } })], { priority: 2_000_001_000 }, { name: 'q' });
  node.create(critical);
  node.at(15_000);
  expect(node.events('Preempting')[0]).toContain('Preempted in order to admit critical pod');
  expect(node.pod('p').status).toMatchObject({ phase: 'Failed', reason: 'Preempting' });
  expect(node.pod('p').status.conditions?.find((c) => c.type === 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'TerminationByKubelet' });
  expect(node.pod('q').status.phase).toBe('Running');
});
