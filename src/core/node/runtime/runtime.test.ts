import { expect, test } from 'vitest';
import type { CriContainerStatus, PodSandboxStatus } from '../../contracts/cri.ts';
import { Bench, sandboxConfig as configOf, containerConfig } from './fakes.ts';

const status = (b: Bench, containerId: string): CriContainerStatus => b.ask<{ status: CriContainerStatus }>({ rpc: 'ContainerStatus', containerId }).status;

test('a pod comes up: sandbox, create and start take what was recorded', () => {
  const b = new Bench();
  const run = b.call<{ podSandboxId: string }>({ rpc: 'RunPodSandbox', config: configOf('p'), runtimeHandler: '' });
  expect(run.tookMs).toBeGreaterThan(120);
  expect(run.tookMs).toBeLessThan(260);
  const sandboxId = run.response?.podSandboxId ?? '';
  expect(sandboxId).toMatch(/^[0-9a-f]{64}$/);
  const sandbox = b.ask<{ status: PodSandboxStatus }>({ rpc: 'PodSandboxStatus', podSandboxId: sandboxId }).status;
  expect(sandbox).toMatchObject({ state: 'SANDBOX_READY', network: { ip: '10.244.1.2' } });
  const create = b.call<{ containerId: string }>({
    rpc: 'CreateContainer',
    podSandboxId: sandboxId,
    config: containerConfig(['sleep']),
    sandboxConfig: configOf('p'),
  });
  expect(create.tookMs).toBeGreaterThan(8);
  expect(create.tookMs).toBeLessThan(40);
  const id = create.response?.containerId ?? '';
  expect(status(b, id)).toMatchObject({ state: 'CONTAINER_CREATED', startedAtMs: 0 });
  const start = b.call({ rpc: 'StartContainer', containerId: id });
  expect(start.tookMs).toBeGreaterThan(50);
  expect(start.tookMs).toBeLessThan(110);
  expect(status(b, id)).toMatchObject({ state: 'CONTAINER_RUNNING', imageName: 'docker.io/library/busybox:1.28' });
});

test('[9] StopContainer(30), exits on SIGTERM after 2 s: returns then, with its code', () => {
  const b = new Bench({ app: { onSignal: { SIGTERM: { afterMs: 2000, exitCode: 143 } } } });
  const id = b.started(b.sandbox(), ['app']);
  const stop = b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 30 });
  expect(stop.tookMs).toBeGreaterThanOrEqual(2000);
  expect(stop.tookMs).toBeLessThan(2100);
  expect(status(b, id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 143, reason: 'Error' });
});

test('[10] StopContainer(5), the signal is ignored: SIGKILL at 5 s, 137', () => {
  const b = new Bench();
  const id = b.started(b.sandbox(), ['app']);
  const stop = b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 5 });
  expect(stop.tookMs).toBeGreaterThanOrEqual(5000);
  expect(stop.tookMs).toBeLessThan(5100);
  expect(status(b, id)).toMatchObject({ exitCode: 137, reason: 'Error' });
});

test('[16] a missing command on containerd: create succeeds, start fails in the recorded words', () => {
  const b = new Bench({ '/no/such': { error: 'exec: "/no/such": stat /no/such: no such file or directory' } });
  const id = b.container(b.sandbox(), ['/no/such']);
  const start = b.call({ rpc: 'StartContainer', containerId: id });
  const words =
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown';
  expect(start.error).toEqual({ code: 'Unknown', message: words });
  expect(status(b, id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 128, reason: 'StartError', message: words, startedAtMs: 0 });
});
