import { describe, expect, test } from 'vitest';
import { TestHost } from './testing.ts';

const nginx = { image: 'docker.io/library/nginx:1.27' };
function withServer(): TestHost {
  const host = new TestHost();
  host.spawn(['httpd', '-f', '-p', '80', '-h', '/www'], nginx);
  host.advance(10);
  return host;
}

const page = '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n';

describe('clients', () => {
  test.each([
    ['wget -qO- -T 2 http://10.0.0.1/ 2>&1 | head -3', page, '', 0],
    ['wget -q --spider http://10.0.0.1/; echo $?', '0\n', '', 0],
    ['wget -q http://10.0.0.1/nope', '', 'wget: server returned error: HTTP/1.1 404 Not Found\n', 1],
    ['wget http://10.0.0.1:81/', '', "Connecting to 10.0.0.1:81 (10.0.0.1:81)\nwget: can't connect to remote host (10.0.0.1): Connection refused\n", 1],
    ['nc -z 10.0.0.1 80 && echo open; nc -z 10.0.0.1 81; echo $?', 'open\n1\n', '', 0],
    ["printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | nc 10.0.0.1 80 | head -1", 'HTTP/1.1 200 OK\r\n', '', 0],
  ])('%s', (script, out, err, exit) => {
    const told = withServer().sh(script);
    expect(told).toMatchObject({ out, err, exit });
  });

  test('curl', () => {
    const host = withServer();
    expect(host.run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}\\n', 'http://10.0.0.1/x'], 1000, nginx)).toMatchObject({ out: '404\n', exit: 0 });
    expect(host.run(['curl', '-sf', 'http://10.0.0.1/x'], 1000, nginx)).toMatchObject({ out: '', exit: 22 });
    expect(host.run(['curl', 'http://10.0.0.1:81/'], 1000, nginx)).toMatchObject({
      err: "curl: (7) Failed to connect to 10.0.0.1 port 81 after 0 ms: Couldn't connect to server\n",
      exit: 7,
    });
  });

  test('no name server: the resolver gives up after its attempts', () => {
    const told = new TestHost().sh('wget -q http://web/; echo $?');
    expect(told).toMatchObject({ out: '1\n', err: "wget: bad address 'web'\n", exitMs: 10_000 });
  });
});

test('a server whose file is moved away answers 404, and 200 again', () => {
  const host = new TestHost();
  const { id } = host.spawn(['httpd', '-f', '-p', '80', '-h', '/www'], nginx);
  host.exec(id, ['mv', '/www/index.html', '/www/off.html']);
  expect(host.sh('wget -q --spider http://10.0.0.1/').exit).toBe(1);
  host.exec(id, ['mv', '/www/off.html', '/www/index.html']);
  expect(host.sh('wget -q --spider http://10.0.0.1/').exit).toBe(0);
});

test('a tail of /dev/zero is killed at the limit and its shell ends with 137', () => {
  const host = new TestHost();
  host.kernel.limit = 20 * 1024 * 1024;
  const told = host.sh('sleep 2; tail /dev/zero');
  expect(told).toMatchObject({ exit: 137, oom: true });
  expect(told.exitMs).toBeLessThan(3000);
});

test('an image that is not known runs a stand-in that says so', () => {
  const host = new TestHost();
  const { id } = host.spawn(['/app/server'], { image: 'example.com/team/app:3', ports: [{ port: 8080, protocol: 'TCP' }] });
  host.advance(10);
  expect(host.told[id]?.out).toContain('example.com/team/app:3 is not simulated');
  expect(host.sh('wget -qO- http://10.0.0.1:8080/').out).toContain('stand-in');
});

test('what cannot be run is refused in the words of runc', () => {
  const host = new TestHost();
  expect(host.spawn(['/no/such']).error).toBe('exec: "/no/such": stat /no/such: no such file or directory');
  expect(host.spawn(['nope']).error).toBe('exec: "nope": executable file not found in $PATH');
  expect(host.spawn(['/etc/passwd']).error).toBe('exec: "/etc/passwd": permission denied');
});

test('mounts lead to files of the host, and what is read-only stays so', () => {
  const host = new TestHost();
  host.kernel.files['/v'] = { kind: 'dir', text: '', mode: 0o777, uid: 0, gid: 0 };
  const mounts = [
    { containerPath: '/d', hostPath: '/v', readonly: false },
    { containerPath: '/r', hostPath: '/v', readonly: true },
  ];
  expect(host.sh('echo x > /d/f; cat /r/f; echo y > /r/f; echo $?', 1000, { mounts })).toMatchObject({
    out: 'x\n1\n',
    err: "sh: can't create /r/f: Read-only file system\n",
  });
  expect(host.kernel.files['/v/f']?.text).toBe('x\n');
  expect(host.sh('echo x > /f', 1000, { readonlyRootfs: true }).err).toBe("sh: can't create /f: Read-only file system\n");
  expect(host.sh('touch /etc/x; id', 1000, { user: { uid: 1000, gid: 3000, groups: [2000] } })).toMatchObject({
    out: 'uid=1000 gid=3000 groups=2000,3000\n',
    err: 'touch: /etc/x: Permission denied\n',
  });
});

test('output of another process reaches the log through /proc', () => {
  const host = new TestHost();
  const { id } = host.spawn(['sh', '-c', "trap 'echo term; exit 0' TERM; while true; do sleep 0.2; done"]);
  host.exec(id, ['sh', '-c', 'echo preStop > /proc/1/fd/1; sleep 5'], 6000);
  expect(host.told[id]?.out).toBe('preStop\n');
});

test('a fault makes servers answer 503 and execs fail', () => {
  const host = new TestHost();
  const { id } = host.spawn(['httpd', '-f', '-p', '80', '-h', '/www'], nginx);
  host.engine.send('', 'node/workloads', { type: 'Misbehave', containerID: id, fault: { fail: true } } as never, 0, 0);
  host.advance(1);
  expect(host.sh('wget -q --spider http://10.0.0.1/').err).toBe('wget: server returned error: HTTP/1.1 503 Service Unavailable\n');
  expect(host.exec(id, ['true']).exitCode).toBe(1);
});

test('tools of the node are found by its shell, and read pipes', () => {
  const host = new TestHost({
    'iptables-save': (argv) => ({ stdout: `${argv.join(' ')}\nA\nB\n`, stderr: '', code: 0 }),
    count: (_argv, env) => ({ stdout: `${env.stdin.length}\n`, stderr: '', code: 0 }),
  });
  host.kernel.files['/x'] = { kind: 'file', text: 'hi\n', mode: 0o644, uid: 0, gid: 0 };
  expect(host.exec('host', ['sh', '-c', 'iptables-save -t nat | grep A; printf abc | count; cat /x']).stdout).toBe('A\n3\nhi\n');
});

test('nothing is left behind by what has ended', () => {
  const host = withServer();
  host.sh('echo a | cat | (cat; echo b) > /tmp/x; sleep 1 & wait; wget -q http://10.0.0.1/; (sleep 50 &)');
  const state = host.engine.state.rooms['node/workloads'] as { processes: object; open: object; pipes: object };
  expect(Object.keys(state.processes)).toHaveLength(1);
  expect(Object.keys(state.pipes)).toHaveLength(0);
  expect(Object.keys(state.open)).toHaveLength(3);
});
