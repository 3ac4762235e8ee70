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

test.each<[string, 'Always' | 'OnFailure' | 'Never', string, string, boolean, boolean, string]>([
  ['21.35 one waits after a crash', 'Always', '', 'r w1', false, false, 'Running'],
  ['21.36 one waits and never ran, or is missing', 'Always', '', 'r w', false, false, 'Pending'],
  ['21.36 one waits and never ran, or is missing', 'Always', '', 'r -', false, false, 'Pending'],
  ['21.37 both stopped', 'Always', '', '0 1', false, false, 'Running'],
  ['21.37 both stopped', 'Always', '', '0 1', true, false, 'Failed'],
  ['21.37 both stopped', 'Always', '', '0 0', true, false, 'Succeeded'],
  ['21.38 Never', 'Never', '', '0 0', false, false, 'Succeeded'],
  ['21.38 Never', 'Never', '', '1 1', false, false, 'Failed'],
  ['21.38 Never', 'Never', '', 'r 0', false, false, 'Running'],
  ['21.39 Always, init not done', 'Always', 'r', '-', false, false, 'Pending'],
  ['21.39 Always, init not done', 'Always', '5', '-', false, false, 'Pending'],
  ['21.39 Always, init not done', 'Always', 'w5', '-', false, false, 'Pending'],
  ['21.40 Never, init failed', 'Never', '5', '-', false, false, 'Failed'],
  ['21.41 sidecar running, not started', 'Always', 'rn', 'r r', false, true, 'Running'],
  ['21.41 sidecar running, not started', 'Always', 'rn', '- -', false, true, 'Pending'],
  ['21.42 terminal, sidecar failed', 'Never', '1', '0 0', true, true, 'Succeeded'],
])('%s: %s, init "%s", regular "%s", terminal %s, sidecar %s: %s', (_id, policy, init, regular, terminal, sidecar, want) => {
  expect(phase(policy, init, regular, terminal, sidecar)).toBe(want);
});
