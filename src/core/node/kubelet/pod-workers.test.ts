import { expect, test } from 'vitest';
import type { Container, Pod } from '../../api/types.ts';
import { terminationGraceSeconds } from './kuberuntime/kill-container.ts';
import { effectiveGraceSeconds, requeueAfterMs } from './pod-workers.ts';

const pod = (spec: number | undefined, deletion?: number): Pod =>
  ({
    metadata: deletion === undefined ? {} : { deletionGracePeriodSeconds: deletion },
    spec: { containers: [], ...(spec === undefined ? {} : { terminationGracePeriodSeconds: spec }) },
  }) as unknown as Pod;

test.each([
  ['spec', 0, pod(30), undefined, 30],
  ['deletion', 0, pod(30, 5), undefined, 5],
  ['override', 0, pod(30, 5), 2, 2],
  ['deletion 0', 0, pod(30, 0), undefined, 1],
  ['override 0', 0, pod(30), 0, 1],
  ['only shrinks', 3, pod(30, 10), undefined, 3],
])('21.79 grace: %s', (_name, current, given, override, want) => expect(effectiveGraceSeconds(current, given, override)).toBe(want));

test.each([
  ['success', false, null, null, 60_000],
  ['error', false, 'x', null, 10_000],
  ['back-off 5 s', false, 'x', 5000, 5000],
  ['back-off past', false, 'x', -1, 0],
  ['back-off of twice the resync', false, 'x', 120_000, 60_000],
  ['network', false, 'network is not ready: no', null, 1000],
  ['transition', true, null, null, 0],
])('21.80 requeue: %s', (_name, transition, error, until, want) => expect(requeueAfterMs(transition, error, until, 0)).toBe(want));

test('21.81 grace of a kill', () => {
  const c = (probe: 'livenessProbe' | 'startupProbe', seconds: number): Container => ({
    name: 'c',
    image: '',
    [probe]: { terminationGracePeriodSeconds: seconds },
  });
  expect(terminationGraceSeconds(pod(undefined), undefined, '')).toBe(2);
  expect(terminationGraceSeconds(pod(60), undefined, '')).toBe(60);
  expect(terminationGraceSeconds(pod(60), c('livenessProbe', 10), 'LivenessProbe')).toBe(10);
  expect(terminationGraceSeconds(pod(60), c('livenessProbe', 10), 'StartupProbe')).toBe(60);
  expect(terminationGraceSeconds(pod(10), c('startupProbe', 60), 'StartupProbe')).toBe(60);
});
