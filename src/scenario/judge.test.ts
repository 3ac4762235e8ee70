/** Conditions on a run: what holds when, by what evidence, and that asking changes nothing. */
import { beforeAll, describe, expect, test } from 'vitest';
import { commandOf } from './commands.ts';
import type { Condition, Scenario } from './format.ts';
import { counts, judge, start } from './judge.ts';
import { valuesAt } from './path.ts';
import { commandNow, momentOf, runUntil, type Stage, stage } from './play.ts';
import { Waiting } from './waiting.ts';

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27", ports: [{containerPort: 80}], readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {role: client}}
spec: {containers: [{name: sh, image: "busybox:1.36", command: [sh, -c, "echo ready; while true; do wget -q -T 1 -O /dev/null http://web/; sleep 1; done"]}]}
`;
const scenario: Scenario = {
  name: 'judged',
  title: '',
  summary: '',
  level: 'basic',
  minutes: 1,
  topics: [],
  seed: 3,
  options: { images: ['nginx:1.27', 'busybox:1.36'] },
  manifests: ['web.yaml'],
  untilMs: 60_000,
  script: [{ atMs: 20_000, kubectl: 'scale deployment web --replicas=3' }],
  steps: [],
  files: { 'web.yaml': web },
};

describe('a run at 15 s', () => {
  let at15: Stage;
  beforeAll(() => {
    at15 = stage(scenario, {}, true);
    at15.world.advance(15_000);
  });
  const holds = (condition: Condition): boolean => judge(condition, { view: at15.view, since: start }).holds;

  test.each<[Condition, boolean]>([
    [{ pod: 'client', is: 'Running' }, true],
    [{ pod: 'web-*', is: 'Running' }, true],
    [{ pod: 'web-*', is: 'Running', count: 2 }, true],
    [{ pod: 'web-*', is: 'Pending' }, false],
    [{ pod: 'nobody', is: 'Running' }, false],
    [{ pod: 'nobody', count: 0 }, true],
    [{ not: { pod: 'nobody' } }, true],
    [{ pod: '*', labels: 'role=client', path: 'node', matches: 'worker-*' }, true],
    [{ pod: '*', labels: 'role=client,,', count: '> 0' }, false],
    [{ pod: 'web-*', path: 'containers[name=nginx].probes[kind=readiness].result', is: 'success' }, true],
    [{ object: 'Deployment/web', path: 'status.readyReplicas', is: 2 }, true],
    [{ object: 'deployments/web', path: 'status.conditions[type=Available].status', is: 'True' }, true],
    [{ object: 'Node/worker-1', path: 'status.allocatable.cpu', atLeast: '500m' }, true],
    [{ object: 'Node/worker-1', path: 'status.allocatable.memory', atMost: '1Ki' }, false],
    [{ object: 'Gadget/x' }, false],
    [{ service: 'web', path: 'endpoints[ready=true].pod', count: 2 }, true],
    [{ node: '*', is: 'Ready', count: 2 }, true],
    [{ event: 'Started', about: 'Pod/web-*', count: 2 }, true],
    [{ event: 'Failed*' }, false],
    [{ log: 'client', is: 'ready' }, true],
    [{ log: 'client', contains: 'never' }, false],
    [{ tool: 'iptables-save -t nat', on: 'worker-1', contains: 'default/web' }, true],
    [{ tool: 'rm -rf /', on: 'worker-1', contains: 'x' }, false],
    [{ walk: { from: 'client', to: 'service/web', port: 80, protocol: 'TCP' }, path: 'pod', matches: 'web-*' }, false],
    [{ walk: { from: 'default/client', to: 'service/web', port: 80, protocol: 'TCP' }, path: 'pod', matches: 'web-*' }, true],
    [{ connection: 'web', outcome: 'refused', count: '>= 1' }, true],
    [{ connection: 'web', reached: 'web-*', count: '>= 3' }, true],
    [{ connection: 'web', from: 'client', matches: 'web-*' }, true],
    [{ connection: 'web', from: 'nobody' }, false],
    [{ message: 'StartContainer*', from: 'kubelet*', count: '>= 1' }, true],
    [{ command: 'kubectl apply *', is: 0 }, true],
    [{ command: 'kubectl scale *' }, false],
    [{ time: 15_000 }, true],
    [{ time: 15_001 }, false],
    [{ all: [{ time: 1 }, { time: 99_000 }] }, false],
    [{ any: [{ time: 1 }, { time: 99_000 }] }, true],
  ])('%j: %s', (condition, expected) => expect(holds(condition)).toBe(expected));

  test('every connection that an endpoint took is counted once, with the pod that took it', () => {
    const { evidence } = judge({ connection: 'web', outcome: 'ok', count: '> 0' }, { view: at15.view, since: start });
    const sent = at15.view.log;
    let dialled = 0;
    for (let i = 0; i < sent.length; i += 1) {
      const body = sent.at(i)?.body as unknown as {
        type: string;
        packet?: { flags: string; protocol: string; dport: number };
        hops?: string[];
        verdict?: string;
      };
      if (
        body.type === 'PacketPath' &&
        body.packet?.flags === 'SYN' &&
        body.packet.protocol === 'tcp' &&
        body.hops?.[0] === 'pod:default/client' &&
        body.verdict !== 'REJECT'
      )
        dialled += 1;
    }
    expect(dialled).toBeGreaterThan(3);
    expect(evidence).toMatch(new RegExp(`^${dialled} connections \\(web-[a-z0-9]+-[a-z0-9]{5}, `));
  });

  test('asking leaves the run as it was', () => {
    const quiet = stage(scenario);
    quiet.world.advance(15_000);
    expect(at15.world.traceHash).toBe(quiet.world.traceHash);
  });
});

test('the run rests in the millisecond in which it comes true, whatever the stride', () => {
  const condition: Condition = { service: 'web', path: 'endpoints[ready=true].pod', count: 2 };
  const one = stage(scenario);
  expect(runUntil(one, condition, start, 60_000)).toBe(true);
  const two = stage(scenario);
  const waiting = new Waiting(two.view, condition, start);
  for (let atMs = 7; !waiting.run(atMs); atMs += 7);
  expect(two.world.nowMs).toBe(one.world.nowMs);
  expect(two.world.traceHash).toBe(one.world.traceHash);
  const before = stage(scenario);
  before.world.advance(one.world.nowMs - 1);
  expect(judge(condition, { view: before.view, since: start }).holds).toBe(false);
});

test('row 36: a predicate that never becomes true ends at its limit and says what it looked at', () => {
  const one = stage(scenario);
  expect(runUntil(one, { pod: 'client', is: 'Ascended' }, start, 30_000)).toBe(false);
  expect(one.world.nowMs).toBe(30_000);
  expect(judge({ pod: 'client', is: 'Ascended' }, { view: one.view, since: start }).evidence).toBe('client: Running');
});

test('a command given before the script’s leaves the script as it is', () => {
  const one = stage(scenario, {}, true);
  one.world.advance(10_000);
  commandNow(one.world, one.scripted, commandOf({ kubectl: 'label pod client x=y' }, {}));
  commandNow(one.world, one.scripted, commandOf({ kubectl: 'label pod client x-' }, {}));
  one.world.advance(40_000);
  const subject = { view: one.view, since: start };
  expect(judge({ object: 'Deployment/web', path: 'spec.replicas', is: 3 }, subject).holds).toBe(true);
  expect(judge({ command: 'kubectl label *', is: 0, count: 2 }, subject).holds).toBe(true);
  expect(judge({ command: 'kubectl label *', since: 'step', count: 0 }, { view: one.view, since: momentOf(one.world) }).holds).toBe(true);
});

test.each([
  [3, 3, true],
  [3, '>= 3', true],
  [3, '< 3', false],
  [3, '>2', true],
  [3, '<=2', false],
  [3, '=3', true],
  [3, 'many', false],
])('counts(%j, %j) is %j', (n, wanted, expected) => expect(counts(n, wanted)).toBe(expected));

test('paths take own properties only', () => {
  const value = {
    a: [
      { name: 'x', v: 1 },
      { name: 'y', v: 2 },
    ],
    'b.c/d': { e: 5 },
  };
  expect(valuesAt(value, 'a[name=y].v')).toEqual([2]);
  expect(valuesAt(value, 'a[*].v')).toEqual([1, 2]);
  expect(valuesAt(value, 'a[-1].v')).toEqual([2]);
  expect(valuesAt(value, '["b.c/d"].e')).toEqual([5]);
  for (const path of ['__proto__', 'constructor.name', 'toString', 'a[9].v', '[', ']]', ''])
    expect(
      valuesAt(value, path).filter((v) => typeof v !== 'object'),
      path,
    ).toEqual([]);
});
