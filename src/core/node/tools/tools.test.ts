import { expect, test } from 'vitest';
import type { ToolEnvironment } from '../../contracts/os.ts';
import { ago, crictl, decimalSize } from './crictl.ts';
import { journalctl } from './journalctl.ts';
import { systemctl } from './systemd-tools.ts';

const env = (answer: (to: string, request: { type: string; op?: string; request?: { rpc: string } }) => unknown): ToolEnvironment => ({
  host: 'worker-1',
  nowMs: 60_000,
  epochMs: 1_795_176_060_000,
  stdin: '',
  netns: 'host',
  call: ((to: string, request: never) => answer(to, request)) as never,
});

const id = 'a1b2c3d4e5f6a7b8c9d0'.padEnd(64, '0');
const runtime = env((_to, r) => {
  if (r.request?.rpc === 'ListContainers')
    return {
      response: {
        containers: [
          {
            id,
            podSandboxId: `f${id.slice(1)}`,
            metadata: { name: 'web', attempt: 2 },
            imageRef: `sha256:${'9'.repeat(64)}`,
            state: 'CONTAINER_RUNNING',
            createdAtMs: 43_000,
            labels: { 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.namespace': 'ns' },
          },
          {
            id: id.replace('a', 'b'),
            podSandboxId: id,
            metadata: { name: 'old', attempt: 0 },
            imageRef: 'x',
            state: 'CONTAINER_EXITED',
            createdAtMs: 0,
            labels: {},
          },
        ],
      },
    };
  if (r.request?.rpc === 'ListImages') return { response: { images: [] } };
  return { error: { code: 'NotFound', message: 'none' } };
});

test('crictl ps: running only, IDs of 13 characters, columns at least 20 wide', () => {
  expect(crictl(['crictl', 'ps'], runtime).stdout).toBe(
    'CONTAINER           IMAGE               CREATED             STATE               NAME                ATTEMPT             POD ID              POD                 NAMESPACE\n' +
      'a1b2c3d4e5f6a       9999999999999       17 seconds ago      Running             web                 2                   f1b2c3d4e5f6a       p                   ns\n',
  );
  expect(crictl(['crictl', 'ps', '-a'], runtime).stdout.split('\n')).toHaveLength(4);
});

test('crictl without a runtime, with an unknown container, with an unknown verb', () => {
  const down = env(() => ({ error: 'unavailable' }));
  expect(crictl(['crictl', 'ps'], down)).toMatchObject({ code: 1, stderr: expect.stringContaining('connect: connection refused') });
  expect(crictl(['crictl', 'inspect', 'zzz'], runtime)).toMatchObject({ code: 1, stderr: expect.stringContaining('code = NotFound') });
  expect(crictl(['crictl', 'frobnicate'], runtime)).toMatchObject({ code: 1, stderr: expect.stringContaining('not simulated') });
});

test('ages and sizes', () => {
  expect([0, 1000, 59_000, 61_000, 3_000_000, 3_600_000, 200_000_000].map(ago)).toEqual([
    'Less than a second ago',
    '1 second ago',
    '59 seconds ago',
    'About a minute ago',
    '50 minutes ago',
    'About an hour ago',
    '2 days ago',
  ]);
  expect([999, 1_153_433, 65_752_114].map(decimalSize)).toEqual(['999B', '1.15MB', '65.8MB']);
});

const unit = { unit: 'kubelet.service', active: 'failed', sub: 'failed', sinceMs: 1000, mainPid: 812, description: 'kubelet: The Kubernetes Node Agent' };
const systemd = env((_to, r) =>
  r.op === 'status'
    ? (r as unknown as { unit: string }).unit.startsWith('kubelet')
      ? { status: unit }
      : { error: 'Unit x.service could not be found.' }
    : {
        lines: [
          { atMs: 1000, identifier: 'systemd', pid: 1, text: 'kubelet.service: Main process exited, code=killed, status=9/KILL', unit: 'kubelet.service' },
        ],
      },
);

test('systemctl status of a killed unit, and of none', () => {
  const { stdout, code } = systemctl(['systemctl', 'status', 'kubelet'], systemd);
  expect(code).toBe(3);
  expect(stdout).toContain('× kubelet.service - kubelet: The Kubernetes Node Agent\n');
  expect(stdout).toContain('Active: failed (failed) since Fri 2026-11-20 12:00:01 UTC; 59s ago');
  expect(systemctl(['systemctl', 'status', 'x'], systemd)).toMatchObject({ code: 4, stderr: 'Unit x.service could not be found.\n' });
});

test('journalctl -u', () => {
  expect(journalctl(['journalctl', '-u', 'kubelet', '-n', '5', '--no-pager'], systemd).stdout).toBe(
    'Nov 20 12:00:01 worker-1 systemd[1]: kubelet.service: Main process exited, code=killed, status=9/KILL\n',
  );
  expect(journalctl(['journalctl', '-n', 'x'], systemd).code).toBe(1);
});
