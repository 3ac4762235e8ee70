import { describe, expect, test } from 'vitest';
import type { Probe } from '../../../api/types.ts';
import { aPod, container, type TestNode, testNode } from '../testing/node.ts';
import type { ProbeType } from './results.ts';

/** A node with one running pod whose exec probe answers from `answers` in turn: S, F, E (error); what follows is like the last. */
function probed(type: ProbeType, probe: Probe, answers: string, more: { behaviour?: object; spec?: object } = {}): TestNode {
  const node = testNode({ behaviours: { c: { exec: { x: {} }, ...more.behaviour } } });
  node.create(aPod([container('c', { [`${type}Probe`]: { exec: { command: ['x'] }, ...probe } })], more.spec ?? {}));
  let at = 0;
  node.engine.observers.push((entry) => {
    const body = entry.body as { request?: { rpc: string } };
    if (entry.kind !== 'message' || entry.to !== 'worker-1/runtime' || body.request?.rpc !== 'ExecSync' || entry.from !== 'worker-1/kubelet') return;
    const answer = answers[Math.min(at, answers.length - 1)];
    at += 1;
    for (const id in node.runtime.containers) {
      const behaviour = node.runtime.containers[id]?.behaviour as { exec?: unknown };
      behaviour.exec = { x: answer === 'E' ? { error: { code: 'Unknown', message: 'oops' } } : { exitCode: answer === 'S' ? 0 : 1 } };
    }
  });
  return node;
}
const worker = (node: TestNode) => Object.values(node.kubelet.prober.workers)[0];
const result = (node: TestNode, type: ProbeType) => Object.values(node.kubelet.prober.results[type])[0];
/** S, F or . (nothing yet) published after each counted probe. */
function published(node: TestNode, type: ProbeType, count: number): string {
  let out = '';
  for (let ms = 0; ms < 100_000 && out.length < count; ms += 10) {
    const before = node.notes.filter((n) => n.body.type === 'ProbeResult').length;
    node.at(ms);
    const after = node.notes.filter((n) => n.body.type === 'ProbeResult').length;
    if (after > before) out += { Success: 'S', Failure: 'F', Unknown: '.' }[result(node, type) ?? 'Unknown'];
  }
  return out;
}

describe('probe workers', () => {
  test('21.53 before the initial delay: liveness Success, readiness Failure, startup Unknown', () => {
    for (const [type, want] of [
      ['liveness', 'Success'],
      ['readiness', 'Failure'],
      ['startup', 'Unknown'],
    ] as const) {
      const node = probed(type, { initialDelaySeconds: 12, periodSeconds: 1 }, 'S');
      node.at(9000);
      expect(result(node, type)).toBe(want);
      expect(node.notes.some((n) => n.body.type === 'ProbeResult')).toBe(false);
      node.at(15_000);
      expect(node.notes.some((n) => n.body.type === 'ProbeResult')).toBe(true);
    }
  });
  test('21.54 readiness, failureThreshold 3', () => {
    expect(published(probed('readiness', { periodSeconds: 1, failureThreshold: 3 }, 'SSSFFFF'), 'readiness', 7)).toBe('SSSSSFF');
  });
  test('21.55 readiness, successThreshold 3', () => {
    expect(published(probed('readiness', { periodSeconds: 1, failureThreshold: 1, successThreshold: 3 }, 'SSSFS'), 'readiness', 5)).toBe('FFSFF');
  });
  test('21.56 startup, failureThreshold 3, then on hold', () => {
    const node = probed('startup', { periodSeconds: 1, failureThreshold: 3 }, 'FFF', { spec: { restartPolicy: 'Never' } });
    expect(published(node, 'startup', 3)).toBe('..F');
    expect(worker(node)).toMatchObject({ onHold: true, resultRun: 0 });
  });
  test('21.57 liveness stays Failure until there is a new container', () => {
    const node = probed('liveness', { periodSeconds: 1, failureThreshold: 1 }, 'FS', { spec: { terminationGracePeriodSeconds: 5 } });
    node.at(4000);
    expect(result(node, 'liveness')).toBe('Failure');
    expect(worker(node)?.onHold).toBe(true);
    node.at(9000);
    expect(node.status('c').restartCount).toBe(1);
    expect(result(node, 'liveness')).toBe('Success');
  });
  test('21.58 liveness waits for startup', () => {
    const node = testNode({ behaviours: { c: { exec: { x: { exitCode: 1 } } } } });
    const probe = { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 50 };
    node.create(aPod([container('c', { startupProbe: probe, livenessProbe: { ...probe, failureThreshold: 1 } })]));
    node.at(10_000);
    expect(node.events('Unhealthy').every((e) => e.includes('Startup'))).toBe(true);
    expect(result(node, 'liveness')).toBe('Success');
  });
  test('21.59 terminated: the worker goes under Never, stays for a sidecar', () => {
    const never = probed('liveness', { periodSeconds: 1 }, 'S', { behaviour: { exitAfterMs: 2500 }, spec: { restartPolicy: 'Never' } });
    never.at(8000);
    expect(Object.keys(never.kubelet.prober.workers)).toEqual([]);
    const node = testNode({ behaviours: { s: { exitAfterMs: 2500, later: { '@1': { exitAfterMs: 100_000 } } } } });
    const s = container('s', { restartPolicy: 'Always', livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1 } });
    node.create(aPod([container('c')], { restartPolicy: 'Never', initContainers: [s] }));
    node.at(8000);
    expect(worker(node)?.container).toBe('s');
    expect(node.status('s').restartCount).toBe(1);
  });
  test('21.60 deletion stops liveness and startup, readiness goes on', () => {
    const node = testNode({ answers: { p80: { status: 200 } } });
    const probe = { httpGet: { port: 80 }, periodSeconds: 1 };
    node.create(aPod([container('c', { livenessProbe: probe, readinessProbe: probe })]));
    node.at(5000);
    node.call({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'p' });
    node.at(8000);
    expect(Object.values(node.kubelet.prober.workers).map((w) => w.type)).toEqual(['readiness']);
    node.at(60_000);
    expect(Object.keys(node.kubelet.prober.workers)).toEqual([]);
  });
  test('21.61 without a readiness probe a running container is ready, with one it waits', () => {
    const node = testNode({ answers: { p80: { silent: true, status: 200 } } });
    node.create(aPod([container('a'), container('b', { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } })]));
    node.at(5000);
    expect([node.status('a').ready, node.status('b').ready]).toEqual([true, false]);
    expect(node.events('Unhealthy')[0]).toContain(
      'Readiness probe failed: Get "http://10.244.0.2:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    );
  });
  test('21.62 an error is tried three times and discarded', () => {
    const node = probed('readiness', { periodSeconds: 60 }, 'E');
    node.at(5000);
    expect(node.runtime.calls.filter((c) => c.includes('ExecSync')).length % 3).toBe(0);
    expect(node.notes.some((n) => n.body.type === 'ProbeResult')).toBe(false);
    expect(node.events('Unhealthy')[0]).toContain('Readiness probe errored and resulted in unknown state: oops');
  });
});

describe('handlers', () => {
  const tell = (answers: Parameters<typeof testNode>[0], probe: Probe): string[] => {
    const node = testNode(answers);
    node.create(aPod([container('c', { ports: [{ name: 'http', containerPort: 80 }], readinessProbe: { periodSeconds: 1, ...probe } })]));
    node.at(4000);
    return [String(node.status('c').ready), (node.events('Unhealthy', 'ProbeWarning')[0] ?? '').replace(/^\d+ /, '')];
  };
  test('HTTP: 200 and 302 are success, 503 is not', () => {
    expect(tell({ answers: { p80: { status: 200 } } }, { httpGet: { port: 'http' } })).toEqual(['true', '']);
    expect(tell({ answers: { p80: { status: 503 } } }, { httpGet: { port: 80 } })).toEqual([
      'false',
      'Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503',
    ]);
    expect(tell({ answers: { p80: { status: 302, location: 'http://other.example/', body: 'go' } } }, { httpGet: { port: 80 } })).toEqual([
      'true',
      'ProbeWarning Readiness probe warning: Probe terminated redirects, Response body: go',
    ]);
  });
  test('HTTP: redirects on the same host are followed, ten of them', () => {
    expect(tell({ answers: { p80: { status: 302, location: '/again' } } }, { httpGet: { port: 80 } })).toEqual([
      'false',
      'Unhealthy Readiness probe failed: Get "/again": stopped after 10 redirects',
    ]);
  });
  test('HTTP: refused, unknown port', () => {
    expect(tell({}, { httpGet: { port: 80, path: '/healthz' } })[1]).toBe(
      'Unhealthy Readiness probe failed: Get "http://10.244.0.2:80/healthz": dial tcp 10.244.0.2:80: connect: connection refused',
    );
    expect(tell({}, { httpGet: { port: 'nope' } })[1]).toBe('Unhealthy Readiness probe errored and resulted in unknown state: port nope not found');
  });
  test('TCP', () => {
    expect(tell({ answers: { p80: {} } }, { tcpSocket: { port: 80 } })).toEqual(['true', '']);
    expect(tell({}, { tcpSocket: { port: 80 } })[1]).toBe('Unhealthy Readiness probe failed: dial tcp 10.244.0.2:80: connect: connection refused');
    expect(tell({ answers: { p80: { fail: 'i/o timeout', afterMs: 1000 } } }, { tcpSocket: { port: 80 } })[1]).toBe(
      'Unhealthy Readiness probe failed: dial tcp 10.244.0.2:80: i/o timeout',
    );
  });
  test('gRPC', () => {
    expect(tell({ answers: { p80: { data: 'status: SERVING' } } }, { grpc: { port: 80 } })).toEqual(['true', '']);
    expect(tell({ answers: { p80: { data: 'status: NOT_SERVING' } } }, { grpc: { port: 80 } })[1]).toBe(
      'Unhealthy Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
    );
    expect(tell({}, { grpc: { port: 80 } })[1]).toBe(
      'Unhealthy Readiness probe failed: timeout: failed to connect service "10.244.0.2:80" within 1s: context deadline exceeded',
    );
  });
  test('exec: output verbatim, timeout', () => {
    expect(tell({ behaviours: { c: { exec: { x: { exitCode: 1, output: 'no\n' } } } } }, { exec: { command: ['x'] } })[1]).toBe(
      'Unhealthy Readiness probe failed: no\n',
    );
    const late = { error: { code: 'DeadlineExceeded' as const, message: 'command "x" timed out' } };
    expect(tell({ behaviours: { c: { exec: { x: late } } } }, { exec: { command: ['x'] } })[1]).toContain(
      'Readiness probe failed: command timed out: "x" timed out',
    );
  });
});
