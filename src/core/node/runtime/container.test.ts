import { describe, expect, test } from 'vitest';
import type { CriContainer, CriContainerStatus } from '../../contracts/cri.ts';
import { Bench, busybox, containerConfig, sandboxConfig } from './fakes.ts';

const status = (b: Bench, containerId: string): CriContainerStatus => b.ask<{ status: CriContainerStatus }>({ rpc: 'ContainerStatus', containerId }).status;
const signals = (b: Bench, id: string): string[] => b.workloads.signals.filter((s) => s.endsWith(id)).map((s) => s.split(' ')[0] ?? '');

describe('StopContainer', () => {
  test('12.9 exits on SIGTERM after 2 s: returns then, with its code', () => {
    const b = new Bench({ app: { onSignal: { SIGTERM: { afterMs: 2000, exitCode: 143 } } } });
    const id = b.started(b.sandbox(), ['app']);
    const stop = b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 30 });
    expect(stop.tookMs).toBeGreaterThanOrEqual(2000);
    expect(stop.tookMs).toBeLessThan(2100);
    expect(status(b, id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 143, reason: 'Error' });
  });

  test('12.10 no handler: SIGKILL when the timeout is over, 137', () => {
    const b = new Bench();
    const id = b.started(b.sandbox(), ['app']);
    const stop = b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 5 });
    expect(stop.tookMs).toBeGreaterThanOrEqual(5000);
    expect(stop.tookMs).toBeLessThan(5100);
    expect(signals(b, id)).toEqual(['SIGTERM', 'SIGKILL']);
    expect(status(b, id)).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  test('12.11 twice in parallel: the signal is delivered once, both return', () => {
    const b = new Bench({ app: { onSignal: { SIGTERM: { afterMs: 1000, exitCode: 0 } } } });
    const id = b.started(b.sandbox(), ['app']);
    const calls = [30, 30].map((timeoutSeconds) => b.send({ rpc: 'StopContainer', containerId: id, timeoutSeconds }));
    b.run(2000);
    expect(signals(b, id)).toEqual(['SIGTERM']);
    for (const call of calls) expect(b.replyTo(call)).toMatchObject({ response: {} });
    expect(status(b, id)).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  test('12.12 exited or unknown: no effect, no error', () => {
    const b = new Bench({ app: { exitAfterMs: 10, exitCode: 3 } });
    const id = b.started(b.sandbox(), ['app']);
    b.run(100);
    const before = status(b, id);
    for (const containerId of [id, 'nobody']) expect(b.call({ rpc: 'StopContainer', containerId, timeoutSeconds: 30 })).toMatchObject({ response: {} });
    expect(status(b, id)).toEqual(before);
    expect(signals(b, id)).toEqual([]);
  });

  test("12.13 the image's STOPSIGNAL, the config's before it", () => {
    const quit = { ...busybox, config: { Cmd: ['sh'], StopSignal: 'SIGQUIT' } };
    const b = new Bench({ app: { onSignal: { SIGQUIT: { afterMs: 1, exitCode: 0 }, SIGUSR1: { afterMs: 1, exitCode: 0 } } } }, { images: [quit] }, pause);
    const sandbox = b.sandbox();
    const one = b.started(sandbox, ['app']);
    b.call({ rpc: 'StopContainer', containerId: one, timeoutSeconds: 30 });
    expect(signals(b, one)).toEqual(['SIGQUIT']);
    const two = b.started(sandbox, ['app'], (c) => {
      c.metadata.attempt = 1;
      c.stopSignal = 'SIGUSR1';
    });
    b.call({ rpc: 'StopContainer', containerId: two, timeoutSeconds: 30 });
    expect(signals(b, two)).toEqual(['SIGUSR1']);
  });

  test('timeout 0 is SIGKILL at once', () => {
    const b = new Bench({ app: { onSignal: { SIGTERM: { afterMs: 1, exitCode: 0 } } } });
    const id = b.started(b.sandbox(), ['app']);
    b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 0 });
    expect(signals(b, id)).toEqual(['SIGKILL']);
  });
});

const pause = {
  'registry.k8s.io/pause:3.10': {
    reference: 'registry.k8s.io/pause:3.10',
    imageID: 'sha256:pause',
    digest: 'sha256:p',
    layers: [{ digest: 'sha256:l', sizeBytes: 300_000 }],
    sizeBytes: 300_000,
    config: {},
    generic: false,
  },
};

describe('start errors', () => {
  const programs = { '/no/such': { error: 'exec: "/no/such": stat /no/such: no such file or directory' } };

  test('12.16 containerd: create succeeds; start fails in the recorded words; EXITED 128 StartError', () => {
    const b = new Bench(programs);
    const id = b.container(b.sandbox(), ['/no/such']);
    const start = b.call({ rpc: 'StartContainer', containerId: id });
    const words =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown';
    expect(start.error).toEqual({ code: 'Unknown', message: words });
    expect(status(b, id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 128, reason: 'StartError', message: words, startedAtMs: 0 });
  });

  test('12.16 newer runc says where', () => {
    const b = new Bench(programs, { version: '2.1.4' });
    const start = b.call({ rpc: 'StartContainer', containerId: b.container(b.sandbox(), ['/no/such']) });
    expect(start.error?.message).toContain('unable to start container process: error during container init: exec: "/no/such"');
  });

  test('12.17 CRI-O: create fails, and there is no container', () => {
    const b = new Bench(programs, { implementation: 'cri-o', version: '1.34.0' });
    const sandboxId = b.sandbox();
    const create = b.call({ rpc: 'CreateContainer', podSandboxId: sandboxId, config: containerConfig(['/no/such']), sandboxConfig: sandboxConfig('p') });
    expect(create.error?.message).toMatch(/^container create failed: /);
    expect(b.ask<{ containers: CriContainer[] }>({ rpc: 'ListContainers' }).containers).toEqual([]);
    // The name is free again.
    expect(b.container(sandboxId, ['fine'])).toMatch(/^[0-9a-f]{64}$/);
  });

  test('no command anywhere', () => {
    const b = new Bench({}, { images: [{ ...busybox, config: { Env: [] } }] }, pause);
    const create = b.call({ rpc: 'CreateContainer', podSandboxId: b.sandbox(), config: containerConfig([]), sandboxConfig: sandboxConfig('p') });
    expect(create.error?.message).toMatch(/^failed to generate container "[0-9a-f]{64}" spec: failed to generate spec: no command specified$/);
  });

  test('a name in use is reserved', () => {
    const b = new Bench();
    const sandboxId = b.sandbox();
    const id = b.container(sandboxId, ['app']);
    const again = b.call({ rpc: 'CreateContainer', podSandboxId: sandboxId, config: containerConfig(['app']), sandboxConfig: sandboxConfig('p') });
    expect(again.error?.message).toBe(`failed to reserve container name "c_p_default_uid-p_0": name "c_p_default_uid-p_0" is reserved for "${id}"`);
  });

  test('only once', () => {
    const b = new Bench();
    const id = b.started(b.sandbox(), ['app']);
    expect(b.call({ rpc: 'StartContainer', containerId: id }).error?.message).toBe(
      `failed to set starting state for container "${id}": container is in CONTAINER_RUNNING state`,
    );
  });
});

test('12.20 killed by the OOM killer: 137, OOMKilled', () => {
  const b = new Bench();
  const id = b.started(b.sandbox(), ['app']);
  b.engine.send('n/workloads', 'n/runtime', { type: 'ProcessExited', containerID: id, pid: 1, exitCode: 137, oom: true } as never, 0, 0);
  b.run(40);
  expect(status(b, id)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
});

test('the lists are the same objects until something changes', () => {
  const b = new Bench({ app: { exitAfterMs: 5000 } });
  const list = (): unknown => b.ask<{ containers: unknown }>({ rpc: 'ListContainers' }).containers;
  const id = b.started(b.sandbox(), ['app']);
  const one = list();
  b.run(3000);
  expect(list()).toBe(one);
  b.run(3000);
  expect(list()).not.toBe(one);
  expect(status(b, id).state).toBe('CONTAINER_EXITED');
});

describe('the process', () => {
  const environment = (b: Bench, id: string) => b.workloads.processes[id]?.environment;

  test('command replaces the entry point and drops Cmd; args replace Cmd', () => {
    const image = { ...busybox, config: { Entrypoint: ['/entry'], Cmd: ['default'], Env: ['A=image', 'B=image'], WorkingDir: '/srv', User: '101:102' } };
    const b = new Bench({}, { images: [image] }, pause);
    const sandboxId = b.sandbox();
    const argv = (command: string[], args: string[], attempt: number): string[] => {
      const id = b.container(sandboxId, command, (c) => {
        c.args = args;
        c.metadata.attempt = attempt;
      });
      return b.runtime.containers[id]?.spec.argv ?? [];
    };
    expect(argv([], [], 0)).toEqual(['/entry', 'default']);
    expect(argv([], ['x'], 1)).toEqual(['/entry', 'x']);
    expect(argv(['run'], [], 2)).toEqual(['run']);
    expect(argv(['run'], ['x'], 3)).toEqual(['run', 'x']);
    const id = b.started(sandboxId, ['run'], (c) => {
      c.metadata.attempt = 4;
      c.envs = [{ key: 'A', value: 'pod' }];
    });
    expect(environment(b, id)).toMatchObject({ env: { A: 'pod', B: 'image', HOSTNAME: 'p' }, cwd: '/srv', user: { uid: 101, gid: 102 } });
  });

  test('12.27 a shared PID namespace is the sandbox’s; else each its own', () => {
    const b = new Bench();
    const shared = b.sandbox('s', (c) => {
      c.linux.securityContext.namespaceOptions = { network: 'POD', pid: 'POD', ipc: 'POD' };
    });
    const one = b.started(shared, ['app'], (c) => {
      c.linux.securityContext.namespaceOptions = { network: 'POD', pid: 'POD', ipc: 'POD' };
    });
    expect(environment(b, one)?.pidns).toBe(shared);
    expect(environment(b, shared)?.pidns).toBe(shared);
    const two = b.started(b.sandbox('t'), ['app']);
    expect(environment(b, two)?.pidns).toBe(two);
  });

  test('cgroup: under the pod’s, with the limits, gone when the process is', () => {
    const b = new Bench({}, { cgroupDriver: 'systemd', version: '2.1.4' });
    const sandboxId = b.sandbox('p', (c) => {
      c.linux.cgroupParent = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podu.slice';
    });
    const id = b.started(sandboxId, ['app'], (c) => {
      c.linux.resources = { cpuShares: 512, cpuQuota: 15_500, cpuPeriod: 100_000, memoryLimitInBytes: 1024 };
    });
    const path = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podu.slice/cri-containerd-${id}.scope`;
    expect(b.os.cgroups[path]).toEqual({ 'cpu.weight': '59', 'cpu.max': '16000 100000', 'memory.max': '1024' });
    const { spec } = b.engine.ask('', 'n/runtime', { type: 'OciSpec', containerId: id } as never) as { spec: { linux: { cgroupsPath: string } } };
    expect(spec.linux.cgroupsPath).toBe(`kubepods-burstable-podu.slice:cri-containerd:${id}`);
    b.call({ rpc: 'UpdateContainerResources', containerId: id, linux: { memoryLimitInBytes: 2048 } });
    expect(b.os.cgroups[path]?.['memory.max']).toBe('2048');
    b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 0 });
    expect(b.os.cgroups[path]).toBeUndefined();
  });
});

describe('ExecSync', () => {
  test('output and exit code', () => {
    const b = new Bench({ app: { exec: { afterMs: 100, exitCode: 4, stdout: 'out', stderr: 'err' } } });
    const id = b.started(b.sandbox(), ['app']);
    expect(b.call({ rpc: 'ExecSync', containerId: id, cmd: ['x'], timeoutSeconds: 1 }).response).toEqual({ stdout: 'out', stderr: 'err', exitCode: 4 });
  });

  test('too slow: DeadlineExceeded', () => {
    const b = new Bench({ app: { exec: { afterMs: 5000, exitCode: 0, stdout: '', stderr: '' } } });
    const id = b.started(b.sandbox(), ['app']);
    const { error, tookMs } = b.call({ rpc: 'ExecSync', containerId: id, cmd: ['x'], timeoutSeconds: 1 });
    expect(error).toEqual({ code: 'DeadlineExceeded', message: 'failed to exec in container: timeout 1s exceeded: context deadline exceeded' });
    expect(tookMs).toBeLessThan(1100);
  });

  test('no such program, or not running', () => {
    const b = new Bench({ app: { exec: { error: 'exec: "foo": executable file not found in $PATH' } } });
    const id = b.started(b.sandbox(), ['app']);
    expect(b.call({ rpc: 'ExecSync', containerId: id, cmd: ['foo'], timeoutSeconds: 0 }).error?.message).toMatch(
      /^failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "foo": executable file not found in \$PATH: unknown$/,
    );
    b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 0 });
    expect(b.call({ rpc: 'ExecSync', containerId: id, cmd: ['x'], timeoutSeconds: 0 }).error?.message).toBe(
      'failed to exec in container: container is in CONTAINER_EXITED state',
    );
  });
});

describe('cpu.weight', () => {
  test.each([
    [2, 1],
    [102, 17],
    [256, 35],
    [512, 59],
    [1024, 100],
    [2048, 174],
    [4096, 303],
  ])('%i shares → %i', async (shares, weight) => {
    const { quadraticWeight } = await import('./cgroups.ts');
    expect(quadraticWeight(shares)).toBe(weight);
  });
});
