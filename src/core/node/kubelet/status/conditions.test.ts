import { expect, test } from 'vitest';
import type { ContainerStatus, Pod } from '../../../api/types.ts';
import { containersReadyCondition, initializedCondition, readyCondition } from './conditions.ts';

const status = (name: string, ready: boolean, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: '',
  imageID: '',
  state: {},
  lastState: {},
  ready,
  restartCount: 0,
  ...more,
});
const pod = (containers: string[], sidecars: string[] = [], gates: string[] = []): Pod =>
  ({
    spec: {
      containers: containers.map((name) => ({ name, image: '' })),
      initContainers: sidecars.map((name) => ({ name, image: '', restartPolicy: 'Always' })),
      readinessGates: gates.map((conditionType) => ({ conditionType })),
    },
  }) as Pod;

test('21.45 no statuses', () =>
  expect(containersReadyCondition(pod(['1234']), undefined, undefined, 'Running')).toMatchObject({ status: 'False', reason: 'UnknownContainerStatuses' }));
test('21.46 one unready', () =>
  expect(containersReadyCondition(pod(['1234', '5678']), [status('1234', true), status('5678', false)], [], 'Running')).toEqual({
    type: 'ContainersReady',
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [5678]',
  }));
test('21.47 one unknown', () =>
  expect(containersReadyCondition(pod(['1234', '5678']), [status('1234', true)], [], 'Running').message).toBe('containers with unknown status: [5678]'));
test('21.48 succeeded', () =>
  expect(containersReadyCondition(pod(['1234']), [status('1234', false)], [], 'Succeeded')).toEqual({
    type: 'ContainersReady',
    status: 'False',
    reason: 'PodCompleted',
  }));
test('21.49 sidecar not ready', () =>
  expect(
    containersReadyCondition(
      pod(['c'], ['restartable-init-1', 'restartable-init-2']),
      [status('c', true)],
      [status('restartable-init-1', true), status('restartable-init-2', false)],
      'Running',
    ).message,
  ).toBe('containers with unready status: [restartable-init-2]'));
test('21.50 readiness gates', () => {
  const ready = { type: 'ContainersReady', status: 'True' };
  expect(readyCondition(pod(['c'], [], ['gate1']), [], ready)).toEqual({
    type: 'Ready',
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "gate1" does not exist.',
  });
  expect(readyCondition(pod(['c'], [], ['gate1']), [{ type: 'gate1', status: 'False' }], ready).message).toBe(
    'the status of pod readiness gate "gate1" is not "True", but False',
  );
});
test('21.51 gates fine, container not', () =>
  expect(
    readyCondition(pod(['c'], [], ['g']), [{ type: 'g', status: 'True' }], { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady' }).reason,
  ).toBe('ContainersNotReady'));
test('21.52 sidecar not started, regular running', () =>
  expect(
    initializedCondition(pod(['c'], ['s']), [status('c', false, { state: { running: { startedAt: '' } } })], [status('s', false)], 'Running', false).status,
  ).toBe('True'));
