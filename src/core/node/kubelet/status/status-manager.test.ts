import { describe, expect, test } from 'vitest';
import type { Condition, PodStatus } from '../../../api/types.ts';
import { killPodNow } from '../pod-workers.ts';
import { aPod, container, testNode } from '../testing/node.ts';
import { mergePodStatus } from './status-manager.ts';

const condition = (type: string, status = 'True'): Condition => ({ type, status });

describe('mergePodStatus', () => {
  const old: PodStatus = { phase: 'Running', conditions: [condition('Ready'), condition('foreign'), condition('PodScheduled')] };
  test('a terminal phase is held back while containers may run', () => {
    const status: PodStatus = { phase: 'Failed', reason: 'Evicted', message: 'm', conditions: [condition('Ready'), condition('ContainersReady')] };
    const held = mergePodStatus(old, status, true);
    expect(held).toMatchObject({ phase: 'Running' });
    expect(held.reason).toBeUndefined();
    expect(held.conditions?.find((c) => c.type === 'Ready')?.status).toBe('True');
    const told = mergePodStatus(old, status, false);
    expect(told).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(told.conditions?.filter((c) => c.type !== 'foreign').every((c) => c.status === 'False' && c.reason === 'PodFailed')).toBe(true);
  });
  test('conditions of others come first and stay', () => {
    const merged = mergePodStatus(old, { phase: 'Running', conditions: [condition('Ready', 'False'), condition('PodScheduled')] }, true);
    expect(merged.conditions?.map((c) => `${c.type}=${c.status}`)).toEqual(['foreign=True', 'Ready=False', 'PodScheduled=True']);
  });
});

test('an evicted pod: nothing until its containers are down, then Failed with reason and message', () => {
  const node = testNode();
  node.create(aPod([container('c')], { terminationGracePeriodSeconds: 2 }));
  node.at(5000);
  const before = node.writes().length;
  const uid = node.pod().metadata.uid;
  node.inside((state, ctx) => killPodNow(state, uid, { reason: 'Evicted', message: 'too much' }, ctx));
  node.at(6500);
  expect(node.writes().length).toBe(before);
  node.at(9000);
  expect(node.pod().status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'too much' });
  node.at(60_000);
  expect(node.pod().status.phase).toBe('Failed');
});

test('a patch by someone else that drops the conditions is repaired within 10 s', () => {
  const node = testNode();
  node.create(aPod([container('c')]));
  node.at(5000);
  node.call({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'p', patch: { status: { conditions: [] } } });
  node.at(16_000);
  expect(node.pod().status.conditions?.find((c) => c.type === 'Ready')?.status).toBe('True');
});
