import { describe, expect, test } from 'vitest';
import type { CriContainerStatus, PodSandbox, PodSandboxStatus } from '../../contracts/cri.ts';
import { Bench, containerConfig, sandboxConfig } from './fakes.ts';

const sandboxes = (b: Bench): readonly PodSandbox[] => b.ask<{ items: PodSandbox[] }>({ rpc: 'ListPodSandbox' }).items;
const status = (b: Bench, podSandboxId: string): PodSandboxStatus => b.ask<{ status: PodSandboxStatus }>({ rpc: 'PodSandboxStatus', podSandboxId }).status;
const container = (b: Bench, containerId: string): CriContainerStatus => b.ask<{ status: CriContainerStatus }>({ rpc: 'ContainerStatus', containerId }).status;
const steps = (b: Bench): string[] => b.trace.filter((e) => e.body.type === 'ContainerdStep').map((e) => (e.body as unknown as { step: string }).step);

test('a pod comes up in the times that were recorded', () => {
  const b = new Bench();
  const run = b.call<{ podSandboxId: string }>({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: '' });
  const id = run.response?.podSandboxId ?? '';
  expect(run.tookMs).toBeGreaterThan(120);
  expect(run.tookMs).toBeLessThan(230);
  expect(status(b, id)).toMatchObject({ state: 'SANDBOX_READY', network: { ip: '10.244.1.2' }, networkMode: 'POD' });
  const create = b.call<{ containerId: string }>({
    rpc: 'CreateContainer',
    podSandboxId: id,
    config: containerConfig(['app']),
    sandboxConfig: sandboxConfig('p'),
  });
  expect(create.tookMs).toBeGreaterThan(9);
  expect(create.tookMs).toBeLessThan(30);
  const start = b.call({ rpc: 'StartContainer', containerId: create.response?.containerId ?? '' });
  expect(start.tookMs).toBeGreaterThan(50);
  expect(start.tookMs).toBeLessThan(100);
});

test('order of the inner steps: containerd 2 makes the network first, 1.x looks for pause first', () => {
  const b = new Bench({}, { version: '2.1.4' });
  b.sandbox();
  expect(steps(b)).toEqual(['netns', 'cni add', 'pause image', 'snapshot', 'shim', 'pause create', 'pause start', 'reply']);
  const old = new Bench();
  old.sandbox();
  expect(steps(old).slice(0, 3)).toEqual(['pause image', 'netns', 'cni add']);
});

test('12.2 the pause image is there: no pull for a second pod', () => {
  const b = new Bench();
  b.sandbox('a');
  b.sandbox('b');
  expect(b.trace.some((e) => e.body.type === 'ResolveImage')).toBe(false);
});

test('hostNetwork: no namespace, no plugin, and faster', () => {
  const b = new Bench();
  const run = b.call<{ podSandboxId: string }>({
    rpc: 'RunPodSandbox',
    config: sandboxConfig('h', (c) => {
      c.linux.securityContext.namespaceOptions = { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' };
    }),
    runtimeHandler: '',
  });
  expect(b.os.netns).toEqual([]);
  expect(b.cni.calls.filter((c) => c === 'ADD')).toEqual([]);
  expect(run.tookMs).toBeLessThan(110);
  expect(status(b, run.response?.podSandboxId ?? '')).toMatchObject({ network: { ip: '' }, networkMode: 'NODE' });
});

test('12.6 12.7 NetworkReady follows the plugins', () => {
  const b = new Bench();
  const network = () => b.ask<{ conditions: { type: string }[] }>({ rpc: 'Status' }).conditions.find((c) => c.type === 'NetworkReady');
  expect(network()).toMatchObject({ status: true });
  b.cni.statusError = 'cni plugin not initialized';
  expect(network()).toEqual({
    type: 'NetworkReady',
    status: false,
    reason: 'NetworkPluginNotReady',
    message: 'Network plugin returns error: cni plugin not initialized',
  });
  b.cni.statusError = '';
  expect(network()).toMatchObject({ status: true });
});

test('12.8 ADD fails: no sandbox, no namespace, no name left behind; the next attempt is free', () => {
  const b = new Bench();
  b.cni.addError = 'plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254';
  const { error } = b.call({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: '' });
  expect(error?.code).toBe('Unknown');
  expect(error?.message).toMatch(/^failed to setup network for sandbox "[0-9a-f]{64}": plugin type="bridge" failed \(add\): failed to allocate/);
  expect(sandboxes(b)).toEqual([]);
  expect(b.os.netns).toEqual([]);
  expect(b.cni.calls).toEqual(['ADD', 'DEL']);
  b.cni.addError = '';
  expect(b.sandbox()).toMatch(/^[0-9a-f]{64}$/);
});

test('two calls for one name: the second is told who has it', () => {
  const b = new Bench();
  const first = b.send({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: '' });
  const second = b.send({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: '' });
  b.run(1000);
  const podSandboxId = (b.replyTo(first)?.response as { podSandboxId: string } | undefined)?.podSandboxId;
  expect(b.replyTo(second)?.error?.message).toBe(
    `failed to reserve sandbox name "p_default_uid-p_0": name "p_default_uid-p_0" is reserved for "${podSandboxId}"`,
  );
});

test('12.14 pause is killed: NOTREADY, while the containers go on', () => {
  const b = new Bench();
  const id = b.sandbox();
  const c = b.started(id, ['app']);
  b.engine.send('', 'n/runtime', { type: 'KillPause', podUID: 'uid-p' } as never, 0, 0);
  b.run(100);
  expect(status(b, id).state).toBe('SANDBOX_NOTREADY');
  expect(container(b, c).state).toBe('CONTAINER_RUNNING');
});

test('12.15 CRI-O runs no pause, and the pod has its IP', () => {
  const b = new Bench({}, { implementation: 'cri-o', version: '1.34.0' });
  const id = b.sandbox();
  expect(b.workloads.processes[id]).toBeUndefined();
  expect(status(b, id)).toMatchObject({ state: 'SANDBOX_READY', network: { ip: '10.244.1.2' } });
  b.started(id, ['app']);
  const shared = b.sandbox('q', (c) => {
    c.linux.securityContext.namespaceOptions = { network: 'POD', pid: 'POD', ipc: 'POD' };
  });
  expect(b.workloads.processes[shared]).toBeDefined();
});

test('12.29 an unknown handler', () => {
  const b = new Bench();
  expect(b.call({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: 'gvisor' }).error?.message).toMatch(
    /no runtime for "gvisor" is configured$/,
  );
});

describe('StopPodSandbox', () => {
  test('kills what is left, pause, network, namespace; and may be repeated', () => {
    const b = new Bench();
    const id = b.sandbox();
    const c = b.started(id, ['app']);
    b.trace.length = 0;
    const stop = b.call({ rpc: 'StopPodSandbox', podSandboxId: id });
    expect(stop.tookMs).toBeLessThan(250);
    expect(steps(b).filter((s) => s !== 'reply')).toEqual(['kill containers', 'kill pause', 'unmount', 'cni del', 'netns delete']);
    expect(container(b, c)).toMatchObject({ exitCode: 137 });
    expect(status(b, id)).toMatchObject({ state: 'SANDBOX_NOTREADY', network: { ip: '' } });
    expect(b.os.netns).toEqual([]);
    expect(b.call({ rpc: 'StopPodSandbox', podSandboxId: id }).response).toEqual({});
    expect(b.call({ rpc: 'StopPodSandbox', podSandboxId: 'nobody' }).response).toEqual({});
    expect(b.cni.calls.filter((x) => x === 'DEL')).toHaveLength(1);
  });

  test('DEL fails: an error, again and again, until it works', () => {
    const b = new Bench();
    const id = b.sandbox();
    b.cni.delError = 'cni plugin not initialized';
    for (let i = 0; i < 2; i += 1) {
      expect(b.call({ rpc: 'StopPodSandbox', podSandboxId: id }).error?.message).toBe(
        `failed to destroy network for sandbox "${id}": cni plugin not initialized`,
      );
    }
    b.cni.delError = '';
    expect(b.call({ rpc: 'StopPodSandbox', podSandboxId: id }).response).toEqual({});
    expect(b.os.netns).toEqual([]);
  });
});

test('RemovePodSandbox takes its containers along', () => {
  const b = new Bench();
  const id = b.sandbox();
  const c = b.started(id, ['app']);
  expect(b.call({ rpc: 'RemovePodSandbox', podSandboxId: id }).response).toEqual({});
  expect(sandboxes(b)).toEqual([]);
  expect(b.ask({ rpc: 'ContainerStatus', containerId: c })).toMatchObject({ code: 'NotFound' });
  expect(b.workloads.removed).toContain(c);
  expect(b.runtime.names).toEqual({});
});

describe('12.18 the daemon is restarted', () => {
  test('what ran still runs, and can be stopped', () => {
    const b = new Bench({ app: { onSignal: { SIGTERM: { afterMs: 10, exitCode: 0 } } } });
    const id = b.sandbox();
    const c = b.started(id, ['app']);
    const before = container(b, c);
    b.engine.stop('n/runtime');
    b.run(10_000);
    b.engine.start('n/runtime');
    expect(status(b, id).state).toBe('SANDBOX_READY');
    expect(container(b, c)).toEqual(before);
    b.call({ rpc: 'StopContainer', containerId: c, timeoutSeconds: 5 });
    expect(container(b, c)).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  test('what ended meanwhile is told with its own code', () => {
    const b = new Bench({ app: { exitAfterMs: 3000, exitCode: 7 } });
    const c = b.started(b.sandbox(), ['app']);
    b.engine.stop('n/runtime');
    b.run(10_000);
    b.engine.start('n/runtime');
    const after = container(b, c);
    expect(after).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 7, reason: 'Error' });
    expect(after.finishedAtMs - after.startedAtMs).toBe(3000);
  });

  test('the machine was: nobody knows how it ended', () => {
    const b = new Bench();
    const id = b.sandbox();
    const c = b.started(id, ['app']);
    b.engine.stop('n/runtime');
    b.workloads.processes = {};
    b.engine.start('n/runtime');
    expect(container(b, c)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 255, reason: 'Unknown' });
    expect(status(b, id).state).toBe('SANDBOX_NOTREADY');
  });

  test('a half-made sandbox is left NOTREADY', () => {
    const b = new Bench();
    b.send({ rpc: 'RunPodSandbox', config: sandboxConfig('p'), runtimeHandler: '' });
    b.run(60);
    b.engine.stop('n/runtime');
    b.engine.start('n/runtime');
    expect(sandboxes(b)).toMatchObject([{ state: 'SANDBOX_NOTREADY' }]);
    b.call({ rpc: 'RemovePodSandbox', podSandboxId: sandboxes(b)[0]?.id ?? '' });
    expect(b.os.netns).toEqual([]);
  });
});
