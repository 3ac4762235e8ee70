import { describe, expect, test } from 'vitest';
import type { Container, Pod } from '../../../api/types.ts';
import type { CriContainerState, CriContainerStatus, PodSandboxStatus } from '../../../contracts/cri.ts';
import { containerHash } from '../container-hash.ts';
import type { RuntimePodStatus } from '../pod-cache.ts';
import { computePodActions, isIdle, type Observation, type ProbeVerdict } from './compute-pod-actions.ts';

/** A container as the runtime shows it: `running`, `created`, `unknown` or an exit code. */
type Seen = 'running' | 'created' | 'unknown' | number;
interface Case {
  policy?: 'Always' | 'OnFailure' | 'Never';
  init?: Record<string, Seen | null>;
  sidecars?: Record<string, Seen | null>;
  regular?: Record<string, Seen | null>;
  sandbox?: { state?: 'SANDBOX_READY' | 'SANDBOX_NOTREADY'; attempt?: number; ip?: string } | null;
  change?: (container: Container) => Partial<Container>;
  hash?: string;
  liveness?: Record<string, ProbeVerdict>;
  startup?: Record<string, ProbeVerdict>;
}

function plan(c: Case) {
  const spec = (name: string, more: Partial<Container> = {}): Container => {
    const made = { name, image: 'i', ...more };
    return { ...made, ...c.change?.(made) };
  };
  const regular = c.regular ?? { C1: 'running', C2: 'running', C3: 'running' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'd', uid: 'u', resourceVersion: '', creationTimestamp: '' },
    spec: {
      restartPolicy: c.policy ?? 'Always',
      containers: Object.keys(regular).map((name) => spec(name)),
      initContainers: [
        ...Object.keys(c.init ?? {}).map((name) => spec(name)),
        ...Object.keys(c.sidecars ?? {}).map((name) => spec(name, { restartPolicy: 'Always', ...(c.startup ? { startupProbe: {} } : {}) })),
      ],
    },
    status: { phase: 'Pending' },
  } as Pod;
  const containers: CriContainerStatus[] = [];
  for (const [name, seen] of Object.entries({ ...c.init, ...c.sidecars, ...regular })) {
    if (seen === null) continue;
    const state: CriContainerState =
      seen === 'running' ? 'CONTAINER_RUNNING' : seen === 'created' ? 'CONTAINER_CREATED' : seen === 'unknown' ? 'CONTAINER_UNKNOWN' : 'CONTAINER_EXITED';
    containers.push({
      id: name,
      metadata: { name, attempt: 0 },
      state,
      exitCode: typeof seen === 'number' ? seen : 0,
      reason: '',
      annotations: { 'io.kubernetes.container.hash': c.hash === name ? 'other' : containerHash({ name, image: 'i' }) },
    } as unknown as CriContainerStatus);
  }
  const s = c.sandbox === undefined ? {} : c.sandbox;
  const sandboxes =
    s === null
      ? []
      : [
          {
            id: 'sb',
            metadata: { attempt: s.attempt ?? 0 },
            state: s.state ?? 'SANDBOX_READY',
            network: { ip: s.ip ?? '10.0.0.2', additionalIps: [] },
            networkMode: 'POD',
          } as unknown as PodSandboxStatus,
        ];
  const status: RuntimePodStatus = { uid: 'u', name: 'p', namespace: 'd', ips: [], sandboxes, containers };
  const seen: Observation = { status, liveness: (id) => c.liveness?.[id], startup: (id) => c.startup?.[id], resize: () => 'none' };
  return computePodActions(pod, seen);
}

const all = ['C1', 'C2', 'C3'];
interface Want {
  kill?: boolean;
  create?: number;
  start?: string[];
  init?: string[];
  stop?: string[];
}
const rows: [string, Case, Want][] = [
  ['21.1 all running', {}, {}],
  ['21.2 nothing there', { sandbox: null, regular: { C1: null, C2: null, C3: null } }, { kill: true, create: 0, start: all }],
  ['21.3 Always, exits 0 and 111', { regular: { C1: 0, C2: 111, C3: 'running' } }, { start: ['C1', 'C2'] }],
  ['21.4 OnFailure, exits 0 and 111', { policy: 'OnFailure', regular: { C1: 0, C2: 111, C3: 'running' } }, { start: ['C2'] }],
  ['21.5 OnFailure, exit 0 and created', { policy: 'OnFailure', regular: { C1: 0, C2: 'created', C3: 'running' } }, { start: ['C2'] }],
  ['21.6 Never, exits 0 and 111', { policy: 'Never', regular: { C1: 0, C2: 111, C3: 'running' } }, {}],
  ['21.7 Always, sandbox down', { sandbox: { state: 'SANDBOX_NOTREADY' } }, { kill: true, create: 1, start: all }],
  [
    '21.8 OnFailure, sandbox down, C2 done',
    { policy: 'OnFailure', sandbox: { state: 'SANDBOX_NOTREADY' }, regular: { C1: 'running', C2: 0, C3: 'running' } },
    { kill: true, create: 1, start: ['C1', 'C3'] },
  ],
  ['21.9 sandbox without IP', { sandbox: { ip: '' } }, { kill: true, create: 1, start: all }],
  ['21.10 definition of C2 changed', { hash: 'C2' }, { stop: ['C2 Container C2 definition changed, will be restarted'], start: ['C2'] }],
  ['21.11 liveness of C2 failed', { liveness: { C2: 'Failure' } }, { stop: ['C2 Container C2 failed liveness probe, will be restarted'], start: ['C2'] }],
  ['21.11 startup of C2 failed', { startup: { C2: 'Failure' } }, { stop: ['C2 Container C2 failed startup probe, will be restarted'], start: ['C2'] }],
  [
    '21.12 Never, sandbox down, all exited',
    { policy: 'Never', sandbox: { state: 'SANDBOX_NOTREADY', attempt: 1 }, regular: { C1: 0, C2: 1, C3: 2 } },
    { kill: true },
  ],
  [
    '21.13 OnFailure, sandbox down, all exited 0',
    { policy: 'OnFailure', sandbox: { state: 'SANDBOX_NOTREADY' }, regular: { C1: 0, C2: 0, C3: 0 } },
    { kill: true },
  ],
  [
    '21.14 Never, sandbox down, nothing ever ran',
    { policy: 'Never', sandbox: { state: 'SANDBOX_NOTREADY', attempt: 2 }, regular: { C1: null, C2: null, C3: null } },
    { kill: true, create: 3, start: all },
  ],
  [
    '21.15 Never, C2 unknown',
    { policy: 'Never', regular: { C1: 'running', C2: 'unknown', C3: 'running' } },
    { stop: ['C2 Container is in "unknown" state, try killing it before restart'], start: ['C2'] },
  ],
  ['21.16 Never, C2 created', { policy: 'Never', regular: { C1: 'running', C2: 'created', C3: 'running' } }, { start: ['C2'] }],
  ['21.17 inits done', { init: { i1: 0, i2: 0, i3: 0 }, regular: { C1: null, C2: null, C3: null } }, { start: all }],
  ['21.18 inits not begun', { init: { i1: null, i2: null, i3: null }, regular: { C1: null, C2: null, C3: null } }, { init: ['i1'] }],
  ['21.19 init3 running', { init: { i1: 0, i2: 0, i3: 'running' }, regular: { C1: null, C2: null, C3: null } }, {}],
  ['21.20 init3 failed, Always', { init: { i1: 0, i2: 0, i3: 137 }, regular: { C1: null } }, { init: ['i3'] }],
  ['21.20 init3 failed, OnFailure', { policy: 'OnFailure', init: { i1: 0, i2: 0, i3: 137 }, regular: { C1: null } }, { init: ['i3'] }],
  ['21.21 init3 failed, Never', { policy: 'Never', init: { i1: 0, i2: 0, i3: 137 }, regular: { C1: null } }, { kill: true }],
  ['21.22 only init3 known, running', { init: { i1: null, i2: null, i3: 'running' }, regular: { C1: null } }, {}],
  ['21.23 sandbox down, inits done', { sandbox: { state: 'SANDBOX_NOTREADY' }, init: { i1: 0, i2: 0, i3: 0 } }, { kill: true, create: 1, init: ['i1'] }],
  ['21.24 first sidecar running', { sidecars: { S1: 'running', S2: null }, regular: { C1: null } }, { init: ['S2'] }],
  ['21.25 S2 running, no startup result', { sidecars: { S1: 'running', S2: 'running' }, startup: { S1: 'Success' }, regular: { C1: null } }, {}],
  ['21.25 S2 running, startup Unknown', { sidecars: { S1: 'running', S2: 'running' }, startup: { S1: 'Success', S2: 'Unknown' }, regular: { C1: null } }, {}],
  [
    '21.26 last sidecar fails liveness',
    { sidecars: { S1: 'running', S2: 'running', S3: 'running' }, liveness: { S3: 'Failure' }, regular: { C1: null, C2: null, C3: null } },
    { stop: ['S3 Init container S3 failed liveness probe'], init: ['S3'], start: all },
  ],
  ['21.27 S1 and S3 exited', { sidecars: { S1: 0, S2: 'running', S3: 1 }, regular: { C1: null, C2: null, C3: null } }, { init: ['S1', 'S3'] }],
  ['21.28 Never, S3 exited, regular running', { policy: 'Never', sidecars: { S1: 'running', S2: 'running', S3: 137 } }, { init: ['S3'] }],
  [
    '21.29 Never, regular done, sidecars running',
    { policy: 'Never', sidecars: { S1: 'running', S2: 'running' }, regular: { C1: 0, C2: 0, C3: 0 } },
    { kill: true },
  ],
  [
    '21.30 pod Never, container policy Always',
    { policy: 'Never', regular: { C1: 0, C2: 1, C3: 'running' }, change: (c) => (c.name === 'C3' ? {} : { restartPolicy: 'Always' }) },
    { start: ['C1', 'C2'] },
  ],
  [
    '21.31 pod Always, container policy Never',
    { regular: { C1: 0, C2: 1, C3: 'running' }, change: (c) => (c.name === 'C3' ? {} : { restartPolicy: 'Never' }) },
    {},
  ],
];

describe('kubelet §21: computePodActions', () => {
  test.each(rows)('%s', (_name, given, want) => {
    const got = plan(given);
    expect({
      kill: got.killPod,
      create: got.createSandbox ? got.attempt : undefined,
      start: got.containersToStart,
      init: got.initContainersToStart,
      stop: got.containersToKill.map((k) => `${k.name} ${k.message}`),
    }).toEqual({ kill: want.kill ?? false, create: want.create, start: want.start ?? [], init: want.init ?? [], stop: want.stop ?? [] });
  });
  test('an idle plan is told apart', () => expect(isIdle(plan({}))).toBe(true));
  test('restart rules go before the policy of the container', () => {
    const rule = { action: 'Restart', exitCodes: { operator: 'In' as const, values: [42] } };
    const change = () => ({ restartPolicy: 'Never', restartPolicyRules: [rule] });
    expect(plan({ regular: { C1: 42, C2: 1, C3: 'running' }, change }).containersToStart).toEqual(['C1']);
  });
  test('RestartAllContainers removes all, the source last', () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In' as const, values: [42] } };
    const change = (c: Container) => (c.name === 'C1' ? { restartPolicy: 'Never', restartPolicyRules: [rule] } : {});
    expect(plan({ regular: { C1: 42, C2: 'running' }, change }).containersToReset).toEqual(['C2', 'C1']);
  });
});
