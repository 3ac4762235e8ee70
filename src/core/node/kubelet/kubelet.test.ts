import { describe, expect, test } from 'vitest';
import { aPod, container, historyOf, type TestNode, testNode } from './testing/node.ts';

const remove = (node: TestNode, gracePeriodSeconds?: number): void =>
  node.call({
    verb: 'delete',
    resource: 'pods',
    namespace: 'default',
    name: 'p',
    ...(gracePeriodSeconds === undefined ? {} : { options: { gracePeriodSeconds } }),
  });
const timeOf = (line: string | undefined): number => Number(line?.split(' ')[0]);
const without = (lines: string[]): string[] => lines.map((l) => l.replace(/^\d+ /, ''));

describe('a pod starts', () => {
  test('waiting, sandbox, running and ready', () => {
    const node = testNode();
    node.create(aPod([container('c')]));
    node.at(3000);
    expect(without(historyOf(node, 'c'))).toEqual(['waiting ContainerCreating rc=0', 'running rc=0 ready']);
    expect(without(node.events())).toEqual([
      'Pulled Container image "busybox:1.28" already present on machine and can be accessed by the pod',
      'Created Container created',
      'Started Container started',
    ]);
    const [, first, sandbox, running] = node.writes();
    expect(first?.atMs).toBeLessThan(30);
    expect(first?.pod.status.podIP).toBeUndefined();
    expect(sandbox?.pod.status.conditions?.[0]).toMatchObject({ type: 'PodReadyToStartContainers', status: 'True' });
    expect(sandbox?.pod.status.podIP).toBeUndefined();
    expect(running?.pod.status).toMatchObject({ phase: 'Running', podIP: '10.244.0.2', observedGeneration: 1 });
    expect(node.writes()).toHaveLength(4);
  });
  test('21.87 crash after 1 s, seen at 60 s: terminated, three restarts', () => {
    const node = testNode({ behaviours: { c: { exitAfterMs: 1000, exitCode: 1 } } });
    node.create(aPod([container('c')]));
    node.at(60_000);
    expect(node.status('c')).toMatchObject({ restartCount: 3, state: { terminated: { reason: 'Error', exitCode: 1 } } });
  });
  test('21.88 a command that cannot start: RunContainerError, CrashLoopBackOff only as it is tried again', () => {
    const node = testNode({ behaviours: { c: { startError: 'exec: no such file' } } });
    node.create(aPod([container('c')]));
    node.at(30_000);
    expect(node.pod().status.phase).toBe('Running');
    expect(without(historyOf(node, 'c'))).toEqual([
      'waiting ContainerCreating rc=0',
      'waiting RunContainerError rc=0',
      'waiting RunContainerError rc=1',
      'waiting CrashLoopBackOff rc=1',
      'waiting RunContainerError rc=2',
    ]);
    expect(node.status('c').lastState.terminated).toMatchObject({ reason: 'StartError', exitCode: 128, startedAt: '1970-01-01T00:00:00Z' });
  });
  test('two inits run one after the other', () => {
    const node = testNode({ behaviours: { i1: { exitAfterMs: 500 }, i2: { exitAfterMs: 500 } } });
    node.create(aPod([container('c')], { initContainers: [container('i1'), container('i2')] }));
    node.at(10_000);
    const started = node.api.log.filter((l) => l.resource === 'events' && l.object.reason === 'Started').map((l) => l.object.involvedObject.fieldPath);
    expect(started).toEqual(['spec.initContainers{i1}', 'spec.initContainers{i2}', 'spec.containers{c}']);
    expect(node.pod().status.phase).toBe('Running');
  });
  test('21.85 too little CPU', () => {
    const node = testNode();
    node.create(aPod([container('c', { resources: { requests: { cpu: '4' } } })]));
    node.at(2000);
    const message = "Node didn't have enough resource: cpu, requested: 4000, used: 0, capacity: 2000";
    expect(node.pod().status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu', message: `Pod was rejected: ${message}` });
    expect(without(node.events())).toEqual([`OutOfcpu ${message}`]);
  });
  test('the network is not ready', () => {
    const node = testNode();
    node.runtime.networkReady = false;
    node.at(6000);
    node.create(aPod([container('c')]));
    node.at(9000);
    expect(node.events('NetworkNotReady')[0]).toContain(
      'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
    );
    node.runtime.networkReady = true;
    node.at(20_000);
    expect(node.pod().status.phase).toBe('Running');
  });
  test('a sandbox that cannot be made is tried again', () => {
    const node = testNode();
    node.runtime.sandboxError = 'no address';
    node.create(aPod([container('c')]));
    node.at(5000);
    expect(node.events('FailedCreatePodSandBox')[0]).toContain('Failed to create pod sandbox: rpc error: code = Unknown desc = no address');
    node.runtime.sandboxError = '';
    node.at(20_000);
    expect(node.pod().status.phase).toBe('Running');
  });
});

describe('a pod ends', () => {
  test('of itself: conditions first, phase after the sandbox is down', () => {
    const node = testNode({ behaviours: { c: { exitAfterMs: 300 } } });
    node.create(aPod([container('c')], { restartPolicy: 'Never' }));
    node.at(6000);
    const [done, over] = node.writes().slice(-2);
    expect(done?.pod.status.phase).toBe('Running');
    expect(done?.pod.status.conditions?.find((c) => c.type === 'Initialized')?.reason).toBe('PodCompleted');
    expect(over?.pod.status.phase).toBe('Succeeded');
    expect((over?.atMs ?? 0) - (done?.atMs ?? 0)).toBeGreaterThan(1000);
    expect((over?.atMs ?? 0) - (done?.atMs ?? 0)).toBeLessThan(1400);
  });
  test('21.83 preStop longer than the grace: StopContainer(2) at 30 s, killed at 32 s', () => {
    const node = testNode({ behaviours: { c: { exec: { '40': { afterMs: 40_000 } } } } });
    node.create(aPod([container('c', { lifecycle: { preStop: { exec: { command: ['sleep', '40'] } } } })]));
    node.at(5000);
    remove(node);
    node.at(60_000);
    const stop = node.runtime.calls.find((c) => c.includes('StopContainer'));
    expect(stop).toContain('StopContainer 2');
    const killing = timeOf(node.events('Killing')[0]);
    const ended = node.writes().find((w) => w.pod.status.phase === 'Failed');
    expect((ended?.atMs ?? 0) - killing).toBeGreaterThan(32_000);
    expect((ended?.atMs ?? 0) - killing).toBeLessThan(32_300);
  });
  test.each([
    ['Failed', 143],
    ['Succeeded', 0],
  ])('21.84 %s after exit %i on SIGTERM', (phase, termCode) => {
    const node = testNode({ behaviours: { c: { termMs: 100, termCode } } });
    node.create(aPod([container('c')], { restartPolicy: 'Never' }));
    node.at(3000);
    remove(node);
    node.at(10_000);
    expect(node.writes().at(-1)).toMatchObject({ verb: 'DELETED', pod: { status: { phase } } });
  });
  test('21.86 active deadline', () => {
    const node = testNode();
    node.create(aPod([container('c')], { activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 2 }));
    node.at(15_000);
    expect(node.pod().status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
    expect(timeOf(node.events('Killing')[0])).toBeLessThan(7000);
  });
  test('21.91 grace 30, preStop 5 s, exit 0', () => {
    const node = testNode({ behaviours: { c: { termMs: 50, termCode: 0 } } });
    node.create(aPod([container('c', { lifecycle: { preStop: { sleep: { seconds: 5 } } } })]));
    node.at(10_000);
    remove(node);
    node.at(30_000);
    const last = node.writes();
    const ended = last.find((w) => w.pod.status.phase === 'Succeeded');
    expect(ended?.atMs).toBeGreaterThan(15_000);
    expect(ended?.atMs).toBeLessThan(15_500);
    expect(ended?.pod.status.conditions?.find((c) => c.type === 'PodReadyToStartContainers')?.status).toBe('False');
    expect(last.at(-1)?.verb).toBe('DELETED');
    expect((last.at(-1)?.atMs ?? 0) - (ended?.atMs ?? 0)).toBeLessThan(1000);
  });
  test('21.82 sidecars end after the others, the last first', () => {
    const stops = { termMs: 1250, termCode: 0 };
    const node = testNode({ behaviours: { main: stops, sc1: stops, sc2: stops, sc3: stops } });
    const sidecar = (name: string) => container(name, { restartPolicy: 'Always' });
    node.create(aPod([container('main')], { initContainers: [sidecar('sc1'), sidecar('sc2'), sidecar('sc3')] }));
    node.at(10_000);
    remove(node);
    node.at(30_000);
    expect(node.runtime.calls.filter((c) => c.includes('StopContainer')).map((c) => c.split(' ').slice(1).join(' '))).toEqual([
      'StopContainer 30',
      'StopContainer 29',
      'StopContainer 28',
      'StopContainer 27',
    ]);
  });
  test('without its object: spec grace, nothing is left', () => {
    const node = testNode();
    node.create(aPod([container('c')], { terminationGracePeriodSeconds: 7 }));
    node.at(5000);
    remove(node, 0);
    node.at(200_000);
    expect(node.runtime.calls.find((c) => c.includes('StopContainer'))).toContain('StopContainer 7');
    expect(Object.keys(node.runtime.sandboxes)).toEqual([]);
    const { workers, status, podCache, pods } = node.kubelet;
    expect([workers, status.pods, podCache.pods, pods].map((o) => Object.keys(o).length)).toEqual([0, 0, 0, 0]);
  });
  test('a shorter grace takes effect at once', () => {
    const node = testNode();
    node.create(aPod([container('c')]));
    node.at(5000);
    remove(node);
    node.at(8000);
    remove(node, 3);
    node.at(20_000);
    expect(node.runtime.calls.filter((c) => c.includes('StopContainer')).map((c) => c.split(' ')[2])).toEqual(['30', '3']);
  });
});

describe('a pod goes wrong', () => {
  test('21.89 startup probe that never succeeds', () => {
    const node = testNode({ behaviours: { c: { exec: { x: { exitCode: 1 } } } } });
    node.create(
      aPod([container('c', { startupProbe: { exec: { command: ['x'] }, periodSeconds: 2, failureThreshold: 3 } })], { terminationGracePeriodSeconds: 2 }),
    );
    node.at(60_000);
    const kills = node.events('Killing').map(timeOf);
    expect(kills.slice(1, 3).map((t, i) => t - (kills[i] ?? 0))).toEqual([8000, 8000]);
    const [first, second] = node.events('BackOff').map(timeOf);
    expect((first ?? 0) - (kills[2] ?? 0)).toBeLessThan(2100);
    expect((second ?? 0) - (first ?? 0)).toBeLessThanOrEqual(1000);
    expect(without(historyOf(node, 'c'))).toContain('waiting CrashLoopBackOff rc=2');
    expect(node.status('c').restartCount).toBe(4);
  });
  test('21.90 readiness 404 twice, threshold 2: told three times, then not ready', () => {
    const node = testNode({ answers: { p80: { status: 200 } } });
    node.create(aPod([container('c', { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 2, failureThreshold: 2 } })]));
    node.at(9000);
    (node.engine.state.rooms['worker-1/os'] as { answers: unknown }).answers = { p80: { status: 404 } };
    node.at(12_600);
    const told = node.events('Unhealthy').map(timeOf);
    expect(told).toHaveLength(3);
    expect((told[2] ?? 0) - (told[1] ?? 0)).toBeLessThan(20);
    expect(node.status('c').ready).toBe(false);
  });
  test('postStart fails: killed, then CrashLoopBackOff from the second time on', () => {
    const node = testNode({ behaviours: { c: { exec: { x: { exitCode: 4, output: 'no\n' } } } } });
    node.create(aPod([container('c', { lifecycle: { postStart: { exec: { command: ['x'] } } } })], { terminationGracePeriodSeconds: 2 }));
    node.at(10_000);
    expect(without(historyOf(node, 'c'))).toEqual([
      'waiting ContainerCreating rc=0',
      'waiting PostStartHookError rc=0',
      'waiting PostStartHookError rc=1',
      'waiting CrashLoopBackOff rc=1',
    ]);
    expect(
      node
        .writes()
        .some((w) => w.pod.status.containerStatuses?.[0]?.state.waiting?.message?.endsWith(`failed - error: command 'x' exited with 4: , message: "no\\n"`)),
    ).toBe(true);
  });
  test('the sandbox dies: a new one, with a new address', () => {
    const node = testNode();
    node.create(aPod([container('c')], { terminationGracePeriodSeconds: 2 }));
    node.at(5000);
    node.engine.send('', 'worker-1/runtime', { type: 'KillPause' }, 0, 0);
    node.at(15_000);
    expect(without(node.events('SandboxChanged', 'Killing'))).toEqual([
      'SandboxChanged Pod sandbox changed, it will be killed and re-created.',
      'Killing Stopping container c',
    ]);
    expect(node.status('c')).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'Error' } } });
    expect(node.pod().status.podIP).not.toBe('10.244.0.2');
  });
  test('RestartAllContainers: everything anew in the same sandbox', () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In' as const, values: [42] } };
    const node = testNode({ behaviours: { i: { exitAfterMs: 200 }, c: { exitAfterMs: 3000, exitCode: 42, later: { '@1': { exitAfterMs: 100_000 } } } } });
    node.create(
      aPod([container('c', { restartPolicy: 'Never', restartPolicyRules: [rule] }), container('d')], {
        restartPolicy: 'Never',
        initContainers: [container('i')],
      }),
    );
    node.at(12_000);
    expect(['i', 'c', 'd'].map((name) => node.status(name).restartCount)).toEqual([1, 1, 1]);
    expect(node.status('d').lastState.terminated).toMatchObject({ exitCode: 137, reason: 'RestartingAllContainers' });
    expect(node.runtime.calls.filter((c) => c.includes('RunPodSandbox'))).toHaveLength(1);
  });
  test('kubelet restart: nothing happens to running pods, back-off is forgotten', () => {
    const node = testNode({ behaviours: { bad: { exitAfterMs: 100, exitCode: 1 } } });
    node.create(aPod([container('c'), container('bad')]));
    node.at(9000);
    const restarts = node.status('bad').restartCount;
    node.engine.stop('worker-1/kubelet');
    node.at(10_000);
    node.engine.start('worker-1/kubelet');
    node.at(13_000);
    expect(node.status('bad').restartCount).toBe(restarts + 1);
    expect(node.status('c')).toMatchObject({ restartCount: 0, ready: true });
    expect(node.runtime.calls.filter((c) => c.includes('StopContainer'))).toEqual([]);
  });
});

describe('a pod changes', () => {
  test('resize in place: started, in progress, completed; no restart', () => {
    const node = testNode();
    node.create(aPod([container('c', { resources: { requests: { cpu: '100m' } } })]));
    node.at(5000);
    const containers = [container('c', { resources: { requests: { cpu: '200m' } } })];
    node.call({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'p', patch: { metadata: { generation: 2 }, spec: { containers } } });
    node.at(8000);
    expect(without(node.events('ResizeStarted', 'ResizeCompleted')).map((e) => e.split(' ')[0])).toEqual(['ResizeStarted', 'ResizeCompleted']);
    const [during, after] = node.writes().slice(-2);
    expect(during?.pod.status.conditions?.[0]).toMatchObject({ type: 'PodResizeInProgress', status: 'True' });
    expect(during?.pod.status.containerStatuses?.[0]).toMatchObject({ allocatedResources: { cpu: '200m' }, resources: { requests: { cpu: '100m' } } });
    expect(after?.pod.status.containerStatuses?.[0]).toMatchObject({ resources: { requests: { cpu: '200m' } }, restartCount: 0 });
  });
  test('a readiness gate opens', () => {
    const node = testNode();
    node.create(aPod([container('c')], { readinessGates: [{ conditionType: 'g' }] }));
    node.at(5000);
    expect(node.pod().status.conditions?.find((c) => c.type === 'Ready')?.reason).toBe('ReadinessGatesNotReady');
    node.call({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'p', patch: { status: { conditions: [{ type: 'g', status: 'True' }] } } });
    node.at(17_000);
    expect(node.pod().status.conditions?.map((c) => `${c.type}=${c.status}`)[0]).toBe('g=True');
    expect(node.pod().status.conditions?.find((c) => c.type === 'Ready')?.status).toBe('True');
  });
  test('an ephemeral container starts once', () => {
    const node = testNode({ behaviours: { e: { exitAfterMs: 500 } } });
    node.create(aPod([container('c')]));
    node.at(3000);
    node.call({
      verb: 'patch',
      resource: 'pods',
      namespace: 'default',
      name: 'p',
      patch: { metadata: { generation: 2 }, spec: { ephemeralContainers: [container('e')] } },
    });
    node.at(20_000);
    expect(node.pod().status.ephemeralContainerStatuses?.[0]).toMatchObject({ name: 'e', restartCount: 0, state: { terminated: { exitCode: 0 } } });
    expect(node.pod().status.phase).toBe('Running');
  });
});

test('equal seeds make equal runs', () => {
  const run = (): number => {
    const node = testNode({ behaviours: { c: { exitAfterMs: 700, exitCode: 1 } }, seed: 7 });
    node.create(aPod([container('c', { readinessProbe: { exec: { command: ['x'] }, periodSeconds: 3 } })]));
    node.at(120_000);
    return node.engine.state.traceHash;
  };
  expect(run()).toBe(run());
});
