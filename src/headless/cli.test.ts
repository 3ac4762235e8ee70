/** The command line as a user meets it: each test starts the program. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubarium-cli-'));
const file = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

function sim(args: string[], input = '', env: Record<string, string> = {}): { code: number | null; out: string; err: string } {
  const result = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'src/headless/main.ts'), ...args], {
    cwd: root,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  });
  expect(result.stderr, 'no stack trace').not.toMatch(/\n\s+at .*:\d+:\d+/);
  return { code: result.status, out: result.stdout, err: result.stderr };
}

const deployment = file(
  'web.yaml',
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{containerPort: 80}]
        securityContext: {seLinuxOptions: {level: s0}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`,
);

describe('a run', () => {
  test('commands at their times, notices on standard error', () => {
    const { code, out, err } = sim([
      deployment,
      '--until',
      '40s',
      '--at',
      '30s',
      'kubectl get pods',
      '--at',
      '35s',
      'node worker-1: iptables-save -t nat | grep -c KUBE-SEP',
    ]);
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe('# 30s kubectl get pods');
    expect(lines[1]).toMatch(/^NAME {10,}READY {3}STATUS {4}RESTARTS {3}AGE$/);
    expect(lines.slice(2, 5).every((line) => /^web-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +0 +\d+s$/.test(line))).toBe(true);
    expect(lines[5]).toBe('# 35s node worker-1: iptables-save -t nat | grep -c KUBE-SEP');
    expect(Number(lines[6])).toBeGreaterThan(3);
    expect(err).toContain('web.yaml:14: spec.template.spec.containers[0].securityContext.seLinuxOptions: not simulated');
  });

  test('row 38: same seed, same trace, whatever the time zone and the language; another seed, other names', () => {
    const trace = (seed: string, env = {}): string => sim([deployment, '--until', '3s', '--seed', seed, '--trace'], '', env).out;
    const first = trace('5');
    expect(first.split('\n').length).toBeGreaterThan(200);
    expect(trace('5', { TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })).toBe(first);
    expect(trace('6')).not.toBe(first);
  });

  test('a recording of the run on request', () => {
    const run = JSON.parse(
      sim(
        ['-', '--until', '5s', '--json'],
        'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {restartPolicy: Never, containers: [{name: c, image: busybox:1.36, command: [sh, -c, exit 3]}]}\n',
      ).out,
    );
    expect(run).toMatchObject({ kubernetes: 'v1.36.2', untilMs: 5000 });
    expect(run.steps[0]).toMatchObject({ rc: 0, out: 'pod/p created\n' });
    expect(run.watch.some((w: { resource: string; type: string }) => w.resource === 'pods' && w.type === 'ADDED')).toBe(true);
  });

  test('another mode of kube-proxy', () => {
    expect(sim([deployment, '--until', '30s', '--proxy-mode', 'ipvs', '--at', '30s', 'node worker-1: ipvsadm -Ln']).out).toMatch(
      /TCP {2}10\.96\.\d+\.\d+:80 rr\n( {2}-> 10\.244\.\d\.\d+:80 +Masq +1 .*\n){3}/,
    );
  });
});

describe('files', () => {
  test('refused documents: kubectl’s words and 1, the others are applied', () => {
    const list = file(
      'list.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n',
    );
    const { code, out, err } = sim([list, '--until', '1s', '--at', '1s', 'kubectl get configmap good -o name']);
    expect(code).toBe(1);
    expect(err).toContain('The ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain');
    expect(out).toContain('configmap/good');
  });

  test('row 40: missing, a folder, an empty folder, no UTF-8, a loop of links, no YAML', () => {
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'full'));
    file('full/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    file('full/b.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}');
    file('full/notes.txt', 'not a manifest: [');
    symlinkSync('loop', join(folder, 'loop'));
    const bad = file('bad.yaml', 'a: [');
    const bytes = file('bytes.yaml', Buffer.from([0x61, 0x3a, 0xff, 0xfe]));
    const missing = join(folder, 'missing.yaml');
    const { code, err, out } = sim([
      missing,
      join(folder, 'empty'),
      join(folder, 'full'),
      bad,
      bytes,
      join(folder, 'loop'),
      '--until',
      '1s',
      '--at',
      '1s',
      'kubectl get configmaps -o name',
    ]);
    expect(code).toBe(1);
    expect(err).toContain(`error: the path "${missing}" does not exist`);
    expect(err).toContain('recognized file extensions are [.json .yaml .yml]');
    expect(err).toContain(`error: error parsing ${bad}: error converting YAML to JSON: yaml: line 1`);
    expect(err).toContain('yaml: invalid leading UTF-8 octet');
    expect(err).toContain('too many levels of symbolic links');
    expect(out.split('\n').slice(1, 3)).toEqual(['configmap/a', 'configmap/b']);
  });

  test('row 40: standard input; nothing in it: kubectl’s words', () => {
    const { code, err } = sim(['-', '--until', '1s'], '# nothing\n---\n');
    expect(code).toBe(1);
    expect(err).toContain('error: no objects passed to apply');
  });
});

test('row 40: bad usage: 2 and a sentence', () => {
  expect(sim(['--frobnicate'])).toMatchObject({ code: 2, err: expect.stringContaining('sim: unknown option --frobnicate\nUsage:') });
  expect(sim(['a.yaml', '--at', '1s', 'rm -rf /'])).toMatchObject({ code: 2, err: expect.stringContaining("--at takes 'kubectl …' or 'node NAME: …'") });
  expect(sim(['--script', deployment])).toMatchObject({ code: 2, err: expect.stringContaining('--script') });
  expect(sim(['proxy-rules', deployment])).toMatchObject({ code: 2 });
});

test('row 40: a reader that goes away ends the output without a word', () => {
  const result = spawnSync('bash', ['-c', `"${process.execPath}" --import tsx src/headless/main.ts "${deployment}" --trace --until 60s | head -1`], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(result.stderr).not.toContain('EPIPE');
  expect(result.stdout.split('\n')).toHaveLength(2);
});
