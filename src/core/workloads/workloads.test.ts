import { expect, test } from 'vitest';
import { TestHost } from './testing.ts';

test('a command list with a pause ends with the last status', () => {
  const t = new TestHost().sh('echo started; sleep 1; exit 1');
  expect(t).toMatchObject({ out: 'started\n', exit: 1, exitMs: 1000 });
});

test('nginx serves its page and logs the request', () => {
  const host = new TestHost();
  const { id } = host.spawn(['/docker-entrypoint.sh', 'nginx', '-g', 'daemon off;'], { image: 'docker.io/library/nginx:1.27' });
  host.advance(10);
  expect(host.kernel.listeners['tcp:80']).toBeDefined();
  host.engine.send('node/runtime', 'node/runtime', { type: 'x' }, 0, 0);
  const c = host.engine.ask('node/runtime', 'node/os', {
    type: 'Socket',
    op: 'connect',
    netns: 'cni-1',
    protocol: 'tcp',
    ip: '1',
    port: 80,
    owner: 'node/runtime',
    tag: 't',
    timeoutMs: 1,
    data: 'GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: kube-probe/1.36\r\n\r\n',
  } as never);
  expect(c).toBeDefined();
  host.advance(10);
  expect(host.told[id]?.out).toContain('"GET / HTTP/1.1" 200 615 "-" "kube-probe/1.36" "-"');
  host.signal(id, 'SIGQUIT', 1);
  expect(host.told[id]).toMatchObject({ exit: 0 });
});

test('pause ends on SIGTERM', () => {
  const host = new TestHost();
  const { id } = host.spawn(['/pause'], { image: 'registry.k8s.io/pause:3.10' });
  host.signal(id, 'SIGTERM', 1);
  expect(host.told[id]).toMatchObject({ exit: 0 });
});

test('an init without a handler ignores SIGTERM and dies by SIGKILL', () => {
  const host = new TestHost();
  const { id } = host.spawn(['sleep', '1000']);
  host.signal(id, 'SIGTERM', 5000);
  expect(host.told[id]?.exit).toBeUndefined();
  host.signal(id, 'SIGKILL', 1);
  expect(host.told[id]).toMatchObject({ exit: 137 });
});

test('a trap runs between commands', () => {
  const host = new TestHost();
  const { id } = host.spawn(['sh', '-c', "trap 'echo bye; sleep 2; exit 0' TERM; while true; do sleep 0.2; done"]);
  host.advance(1050);
  host.signal(id, 'SIGTERM', 5000);
  expect(host.told[id]).toMatchObject({ out: 'bye\n', exit: 0, exitMs: 3200 });
});
