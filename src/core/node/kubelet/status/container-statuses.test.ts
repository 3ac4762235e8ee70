import { describe, expect, test } from 'vitest';
import type { ContainerStatus, Pod } from '../../../api/types.ts';
import type { CriContainerStatus } from '../../../contracts/cri.ts';
import type { RuntimePodStatus } from '../pod-cache.ts';
import { convertToAPIContainerStatuses, type StatusInput } from './container-statuses.ts';

const input: StatusInput = { reasons: {}, startEpochMs: 0, restarting: false, resources: () => ({ resources: {}, allocated: {} }) };
const runtime = (...names: string[]): RuntimePodStatus => ({
  uid: 'u',
  name: 'p',
  namespace: 'd',
  ips: [],
  sandboxes: [],
  containers: names.map((name) => ({ id: name, metadata: { name, attempt: 0 }, state: 'CONTAINER_RUNNING', startedAtMs: 0 }) as unknown as CriContainerStatus),
});
const pod = (init: { name: string; restartPolicy?: string }[], deleting = false): Pod =>
  ({
    metadata: { uid: 'u', ...(deleting ? { deletionTimestamp: '2026-11-20T12:00:00Z' } : {}) },
    spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'i' }], initContainers: init.map((c) => ({ image: 'i', ...c })) },
  }) as unknown as Pod;
const wasRunning: ContainerStatus = { name: 'c', image: 'i', imageID: '', state: { running: { startedAt: '' } }, lastState: {}, ready: true, restartCount: 0 };

describe('kubelet §21: container statuses', () => {
  test.each([
    ['21.43 lost, while the pod is being deleted', true, 0],
    ['21.43 lost, while the pod is not being deleted', false, 1],
  ])('%s', (_name, deleting, restartCount) => {
    const given = pod([], deleting);
    const [status] = convertToAPIContainerStatuses(input, given, runtime(), [wasRunning], given.spec.containers, 'regular');
    expect(status).toMatchObject({
      restartCount,
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was deleted.  The container used to be Running',
        },
      },
    });
  });

  test.each([
    ['21.44 a normal init that the runtime has forgotten', undefined, { terminated: { exitCode: 0, reason: 'Completed' } }],
    ['21.44 a sidecar that the runtime has forgotten', 'Always', { waiting: { reason: 'PodInitializing' } }],
  ])('%s', (_name, restartPolicy, state) => {
    const given = pod([{ name: 'i', ...(restartPolicy ? { restartPolicy } : {}) }]);
    const [status] = convertToAPIContainerStatuses(input, given, runtime('c'), undefined, given.spec.initContainers ?? [], 'init');
    expect(status?.state).toMatchObject(state);
  });
});
