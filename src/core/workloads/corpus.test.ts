import { expect, test } from 'vitest';
import { TestHost } from './testing.ts';

test('containers that share processes see each other, signal each other, and read each other’s files', () => {
  const host = new TestHost();
  host.spawn(['/pause'], { image: 'registry.k8s.io/pause:3.10', pidns: 'pod' });
  host.spawn(['/docker-entrypoint.sh', 'nginx', '-g', 'daemon off;'], { image: 'docker.io/library/nginx:latest', pidns: 'pod' });
  const shell = host.spawn(['sh'], { image: 'docker.io/library/busybox:1.28', pidns: 'pod', tty: true });
  host.advance(100);
  const ps = host.exec(shell.id, ['ps', 'ax']).stdout;
  expect(ps).toMatch(/^ +1 root .*\/pause/m);
  expect(ps).toContain('nginx: master process nginx -g daemon off;');
  const master = /^ *([0-9]+) .*nginx: master/m.exec(ps)?.[1] ?? '';
  const worker = Number(/^ *([0-9]+) .*nginx: worker/m.exec(ps)?.[1]);
  expect(host.exec(shell.id, ['sh', '-c', `kill -HUP ${master}`]).exitCode).toBe(0);
  const after = host.exec(shell.id, ['ps', 'ax']).stdout;
  expect(/^ *([0-9]+) .*nginx: master/m.exec(after)?.[1]).toBe(master);
  expect(Number(/^ *([0-9]+) .*nginx: worker/m.exec(after)?.[1])).toBeGreaterThan(worker);
  expect(host.exec(shell.id, ['head', `/proc/${master}/root/etc/nginx/nginx.conf`]).stdout).toContain('worker_connections  1024;');
  expect(host.told[shell.id]?.exit).toBeUndefined();
});

test('nginx -s quit of a preStop hook ends the container', () => {
  const host = new TestHost();
  const { id } = host.spawn(['/docker-entrypoint.sh', 'nginx', '-g', 'daemon off;'], { image: 'docker.io/library/nginx:latest' });
  host.advance(10);
  host.exec(id, ['/bin/sh', '-c', 'nginx -s quit; while killall -0 nginx; do sleep 1; done']);
  expect(host.told[id]?.exit).toBe(0);
});

test.each([
  [['perl', '-Mbignum=bpi', '-wle', 'print bpi(1000)'], 'docker.io/library/perl:5.34.0', /^3\.14159265358979323846264338327950288419716939937510/, 0],
  [['sh', '-c', 'echo The app is running! && sleep 5'], 'docker.io/library/busybox:1.28', /^The app is running!\n$/, 0],
  [['bash', '-c', 'items=(foo bar baz qux xyz)\necho ${items[$JOB_COMPLETION_INDEX]} > /tmp/d'], 'docker.io/library/bash:latest', /^$/, 0],
  [
    ['bash', '-c', `echo "Hello world! I'm going to exit with 42 to simulate a software bug." && sleep 30 && exit 42`],
    'docker.io/library/bash:5',
    /^Hello world!/,
    42,
  ],
  [['/http-echo', '-text=hi'], 'docker.io/hashicorp/http-echo:1.0', /^$/, undefined],
  [['./hello-app'], 'gcr.io/google-samples/hello-app:2.0', /^$/, undefined],
  [['docker-entrypoint.sh', 'redis-server'], 'docker.io/library/redis:latest', /Ready to accept connections tcp/, undefined],
  [['/agnhost', 'pause'], 'registry.k8s.io/e2e-test-images/agnhost:2.53', /^Paused\n$/, undefined],
  [['stress', '--vm', '1', '--vm-bytes', '150M', '--vm-hang', '1'], 'docker.io/polinux/stress:latest', /dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd/, undefined],
  [['/stress', '-cpus', '2'], 'docker.io/vish/stress:latest', /^$/, undefined],
  [
    ['/usr/local/bin/etcd', '--data-dir', '/var/lib/etcd', '--listen-client-urls', 'http://0.0.0.0:2379', '--advertise-client-urls', 'http://127.0.0.1:2379'],
    'registry.k8s.io/etcd:3.5.1-0',
    /^$/,
    undefined,
  ],
  [['/bin/sh', '-c', 'node server.js'], 'gcr.io/google-samples/node-hello:1.0', /^$/, undefined],
  [['/bin/sh', '-c', 'apt-get update; apt-get install -y curl procps && ps aux'], 'docker.io/library/debian:latest', /COMMAND\n/, 0],
  [
    ['sh', '-c', 'until nslookup myservice.$(cat /etc/hostname).svc; do echo waiting for myservice; sleep 2; done'],
    'docker.io/library/busybox:1.28',
    /waiting for myservice\n/,
    undefined,
  ],
  [
    ['sh', '-c', 'i=0; while true; do echo "$i: $(date)"; i=$((i+1)); sleep 1; done'],
    'docker.io/library/busybox:1.28',
    /^0: [A-Z][a-z]{2} [A-Z][a-z]{2} .* UTC 2026\n1: /,
    undefined,
  ],
  [
    ['sh', '-c', 'tail -F /opt/logs.txt & sleep 3; mkdir -p /opt; echo logging >> /opt/logs.txt; sleep 3; kill $!'],
    'docker.io/library/alpine:latest',
    /^logging\n$/,
    0,
  ],
  [['/bin/sh', '-c', 'printenv HOSTNAME NOPE'], 'docker.io/library/debian:latest', /^p\n$/, 1],
  [['docker-entrypoint.sh', 'mysqld'], 'docker.io/library/mysql:8', /^$/, 1],
  [['docker-entrypoint.sh', '--character-set-server=utf8mb4'], 'docker.io/library/mysql:8', /^$/, 1],
  [['docker-entrypoint.sh', 'mongod'], 'docker.io/library/mongo:7', /stand-in.*\n.*Waiting for connections/, undefined],
  [['sh', '-c', 'start-zookeeper --servers=3 & sleep 5; zookeeper-ready 2181 && echo imok'], 'registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10', /imok\n$/, 0],
  [['sh', '-c', '/ready-probe.sh || echo not yet'], 'gcr.io/google-samples/cassandra:v13', /not yet\n$/, 0],
  [['/hello'], 'docker.io/library/hello-world:latest', /Hello from Docker!/, 0],
] as [string[], string, RegExp, number | undefined][])('%j in %s', (argv, image, out, exit) => {
  const told = new TestHost().run(argv, 60_000, { image });
  expect(told.out).toMatch(out);
  expect(told.exit).toBe(exit);
});

test('a database says which variables it wants', () => {
  expect(new TestHost().run(['docker-entrypoint.sh', 'mysqld'], 10_000, { image: 'docker.io/library/mysql:8' }).err).toMatch(/MYSQL_ROOT_PASSWORD/);
  const image = { image: 'docker.io/library/mysql:8', env: { MYSQL_ROOT_PASSWORD: 'x', PATH: '/usr/sbin:/usr/bin:/bin' } };
  expect(new TestHost().run(['mysqld'], 10_000, image).out).toMatch(/ready for connections/);
});

test('redis runs as its user and ends with 0 on SIGTERM from inside', () => {
  const host = new TestHost();
  const { id } = host.spawn(['docker-entrypoint.sh', 'redis-server'], { image: 'docker.io/library/redis:latest' });
  host.advance(10);
  expect(host.exec(id, ['ps', 'aux']).stdout).toMatch(/^redis +1 .*redis-server \*:6379$/m);
  expect(host.exec(id, ['redis-cli', 'set', 'a', 'b']).stdout).toBe('OK\n');
  expect(host.exec(id, ['redis-cli', 'get', 'a']).stdout).toBe('b\n');
  host.exec(id, ['/bin/bash', '-c', 'kill 1']);
  expect(host.told[id]?.exit).toBe(0);
});

test('capabilities are shown by /proc/1/status', () => {
  const host = new TestHost();
  const capabilities =
    'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP NET_ADMIN SYS_TIME'
      .split(' ')
      .map((c) => `CAP_${c}`);
  const { id } = host.spawn(['./hello-app'], { image: 'gcr.io/google-samples/hello-app:2.0', capabilities });
  expect(host.exec(id, ['cat', '/proc/1/status']).stdout).toContain('CapEff:\t00000000aa0435fb');
});
