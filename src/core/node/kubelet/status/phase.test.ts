import { expect, test } from 'vitest';
import type { Container, ContainerStatus, Pod } from '../../../api/types.ts';
import { getPhase } from './phase.ts';

/** `r` running, `rn` running and not started, a number an exit code, `w` waiting, `w7` waiting after exit 7, `-` missing. */
const status = (name: string, s: string): ContainerStatus[] => {
  if (s === '-') return [];
  const state = s.startsWith('r') ? { running: { startedAt: '' } } : s.startsWith('w') ? { waiting: {} } : { terminated: { exitCode: Number(s) } };
  const lastState = s.length > 1 && s.startsWith('w') ? { terminated: { exitCode: Number(s.slice(1)) } } : {};
  return [{ name, image: '', imageID: '', state, lastState, ready: false, started: s === 'r', restartCount: 0, ...(s === 'w' ? {} : { containerID: 'x' }) }];
};
function phase(policy: 'Always' | 'OnFailure' | 'Never', init: string, regular: string, terminal = false, sidecar = false): string {
  const names = (list: string): [string, string][] =>
    list
      .split(' ')
      .filter(Boolean)
      .map((s, i) => [`c${i}`, s]);
  const containers = (list: string, more: Partial<Container> = {}): Container[] => names(list).map(([name]) => ({ name, image: 'i', ...more }));
  const pod = {
    spec: { restartPolicy: policy, containers: containers(regular), initContainers: containers(init, sidecar ? { restartPolicy: 'Always' } : {}) },
  } as Pod;
  const of = (list: string): ContainerStatus[] => names(list).flatMap(([name, s]) => status(name, s));
  return getPhase(pod, of(init), of(regular), terminal, false);
}

test.each<[number, 'Always' | 'OnFailure' | 'Never', string, string, boolean, boolean, string]>([
  [35, 'Always', '', 'r w1', false, false, 'Running'],
  [36, 'Always', '', 'r w', false, false, 'Pending'],
  [36, 'Always', '', 'r -', false, false, 'Pending'],
  [37, 'Always', '', '0 1', false, false, 'Running'],
  [37, 'Always', '', '0 1', true, false, 'Failed'],
  [37, 'Always', '', '0 0', true, false, 'Succeeded'],
  [38, 'Never', '', '0 0', false, false, 'Succeeded'],
  [38, 'Never', '', '1 1', false, false, 'Failed'],
  [38, 'Never', '', 'r 0', false, false, 'Running'],
  [39, 'Always', 'r', '-', false, false, 'Pending'],
  [39, 'Always', '5', '-', false, false, 'Pending'],
  [39, 'Always', 'w5', '-', false, false, 'Pending'],
  [40, 'Never', '5', '-', false, false, 'Failed'],
  [41, 'Always', 'rn', 'r r', false, true, 'Running'],
  [41, 'Always', 'rn', '- -', false, true, 'Pending'],
  [42, 'Never', '1', '0 0', true, true, 'Succeeded'],
])('[%i] %s, init "%s", regular "%s", terminal %s, sidecar %s: %s', (_id, policy, init, regular, terminal, sidecar, want) => {
  expect(phase(policy, init, regular, terminal, sidecar)).toBe(want);
});
