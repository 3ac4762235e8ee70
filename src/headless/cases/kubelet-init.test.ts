/** kubelet.md §21, whole cluster: init containers, sidecars, phase, conditions, what kubectl prints of them. */
import { describe, expect, it } from 'vitest';
import { type Cluster, podOf, testCluster } from '../testing/cluster.ts';

const forever = 'trap "exit 0" TERM; while true; do sleep 1; done';
const sidecar = (script: string, more = '') => ({ script, more: `restartPolicy: Always\n${more}` });

function started(containers: Parameters<typeof podOf>[0], init: Parameters<typeof podOf>[0], spec = ''): Cluster {
  const cluster = testCluster();
  cluster.apply(podOf(containers, spec, init));
  return cluster;
}
/** READY and STATUS as kubectl prints them. */
const row = (cluster: Cluster): string => cluster.kubectl('get pod p --no-headers').out.split(/ {2,}/).slice(1, 3).join(' ');
const order = (cluster: Cluster): string[] =>
  cluster.told
    .filter(({ object }) => object.kind === 'Event' && object.reason === 'Started')
    .map(({ object }) => /\{(.*)\}/.exec((object.involvedObject as { fieldPath: string }).fieldPath)?.[1] ?? '');
const condition = (cluster: Cluster, type: string) => cluster.pod().status.conditions?.find((c) => c.type === type);

describe('kubelet §21: init containers', () => {
  it('21.17 21.18 21.19 one after another, then all the others', () => {
    const cluster = started({ a: forever, b: forever, c: forever }, { i1: 'sleep 2', i2: 'sleep 2', i3: 'sleep 4' });
    cluster.at(1.5);
    expect([order(cluster), row(cluster)]).toEqual([['i1'], '0/3 Init:0/3']);
    cluster.at(7.5);
    expect([order(cluster), row(cluster)]).toEqual([['i1', 'i2', 'i3'], '0/3 Init:2/3']);
    cluster.at(14);
    expect([order(cluster), row(cluster)]).toEqual([['i1', 'i2', 'i3', 'a', 'b', 'c'], '3/3 Running']);
  });

  it('21.22 the kubelet restarts while the last init runs: those before are not run again', () => {
    const cluster = started({ a: forever }, { i1: 'true', i2: 'true', i3: 'sleep 40' });
    cluster.at(8);
    cluster.sh('systemctl restart kubelet');
    cluster.at(60);
    expect(order(cluster)).toEqual(['i1', 'i2', 'i3', 'a']);
  });

  it('21.39 Always, init runs or has failed: Pending', () => {
    const cluster = started({ a: forever }, { i: 'sleep 3; exit 5' });
    cluster.at(2);
    expect([cluster.pod().status.phase, row(cluster)]).toEqual(['Pending', '0/1 Init:0/1']);
    cluster.at(20);
    expect(cluster.pod().status.phase).toBe('Pending');
    expect(row(cluster)).toMatch(/^0\/1 Init:(Error|CrashLoopBackOff|0\/1)$/);
  });

  it('21.40 Never, init has failed: Failed', () => {
    const cluster = started({ a: forever }, { i: 'exit 5' }, 'restartPolicy: Never');
    cluster.at(8);
    expect([cluster.pod().status.phase, row(cluster)]).toEqual(['Failed', '0/1 Init:Error']);
  });
});

describe('kubelet §21: sidecars', () => {
  it('21.24 each starts when the one before has', () => {
    const cluster = started({ a: forever }, { s1: sidecar(forever), s2: sidecar(forever) });
    cluster.at(6);
    expect([order(cluster), row(cluster)]).toEqual([['s1', 's2', 'a'], '3/3 Running']);
  });

  it('21.25 21.41 21.75 a startup probe without an answer holds the others back', () => {
    const probe = 'startupProbe:\n  exec: {command: ["test", "-f", "/tmp/up"]}\n  periodSeconds: 1\n  failureThreshold: 100';
    const cluster = started({ a: forever }, { s1: sidecar('sleep 20; touch /tmp/up; sleep 1000', probe), s2: sidecar(forever) });
    cluster.at(10);
    expect([order(cluster), cluster.pod().status.phase, row(cluster)]).toEqual([['s1'], 'Pending', '0/3 Init:0/2']);
    expect(condition(cluster, 'Initialized')).toMatchObject({ reason: 'ContainersNotInitialized', message: 'containers with incomplete status: [s1 s2]' });
    cluster.at(26);
    expect([order(cluster), cluster.pod().status.phase, row(cluster)]).toEqual([['s1', 's2', 'a'], 'Running', '3/3 Running']);
  });

  it('21.26 the last one fails its liveness probe: it alone is run again', () => {
    const probe = 'livenessProbe:\n  exec: {command: ["false"]}\n  periodSeconds: 3\n  failureThreshold: 2';
    const cluster = started({ a: forever }, { s1: sidecar(forever), s2: sidecar(forever, probe) }, 'terminationGracePeriodSeconds: 2');
    cluster.at(11);
    expect(cluster.words('p', 'Killing')).toEqual(['Killing Init container s2 failed liveness probe']);
    expect(['s1', 's2', 'a'].map((name) => cluster.status(name).restartCount)).toEqual([0, 1, 0]);
  });

  it('21.27 two that have exited come back', () => {
    const cluster = started({ a: forever }, { s1: sidecar('sleep 4'), s2: sidecar(forever), s3: sidecar('sleep 4; exit 1') });
    cluster.at(9);
    expect(['s1', 's2', 's3', 'a'].map((name) => cluster.status(name).restartCount)).toEqual([1, 0, 1, 0]);
  });

  it('21.42 the exit code of a sidecar does not make the pod fail', () => {
    const cluster = started({ a: 'sleep 3' }, { s: sidecar('trap "exit 1" TERM; while true; do sleep 1; done') }, 'restartPolicy: Never');
    cluster.at(20);
    expect(cluster.pod().status.phase).toBe('Succeeded');
    expect(cluster.status('s').state.terminated?.exitCode).toBe(1);
  });

  it('21.49 21.76 one that is not ready is named', () => {
    const probe = 'readinessProbe:\n  exec: {command: ["false"]}\n  periodSeconds: 2';
    const cluster = started({ a: forever }, { 'restartable-init-1': sidecar(forever), 'restartable-init-2': sidecar(forever, probe) });
    cluster.at(8);
    expect(row(cluster)).toBe('2/3 Running');
    for (const type of ['Ready', 'ContainersReady'])
      expect(condition(cluster, type)).toMatchObject({
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [restartable-init-2]',
      });
    expect(condition(cluster, 'Initialized')?.status).toBe('True');
  });
});

describe('kubelet §21: phases and conditions', () => {
  it('21.36 one cannot be started: Pending', () => {
    const cluster = started({ a: forever, b: { more: 'image: busybox:1.28\nenvFrom: [{configMapRef: {name: none}}]'.replace(/^image.*\n/, '') } }, {});
    cluster.at(10);
    expect([cluster.pod().status.phase, row(cluster)]).toEqual(['Pending', '1/2 CreateContainerConfigError']);
  });

  it.each([
    ['21.35 Always, one has crashed', 'Always', { a: forever, b: 'exit 1' }, 'Running'],
    ['21.37 Always, both have stopped', 'Always', { a: 'exit 0', b: 'exit 1' }, 'Running'],
    ['21.38 Never, both 0', 'Never', { a: 'exit 0', b: 'exit 0' }, 'Succeeded'],
    ['21.38 Never, both failed', 'Never', { a: 'exit 1', b: 'exit 1' }, 'Failed'],
    ['21.38 Never, one runs', 'Never', { a: forever, b: 'exit 0' }, 'Running'],
  ])('%s', (_name, policy, containers, phase) => {
    const cluster = started(containers as Record<string, string>, {}, `restartPolicy: ${policy}`);
    cluster.at(30);
    expect(cluster.pod().status.phase).toBe(phase);
  });

  it('21.46 21.48 not ready by name; PodCompleted at the end', () => {
    const cluster = started({ '1234': forever, '5678': { script: forever, more: 'readinessProbe: {exec: {command: ["false"]}}' } }, {});
    cluster.at(8);
    expect(condition(cluster, 'ContainersReady')).toMatchObject({ reason: 'ContainersNotReady', message: 'containers with unready status: [5678]' });
    const done = started({ a: 'sleep 1' }, {}, 'restartPolicy: Never');
    done.at(10);
    expect(condition(done, 'ContainersReady')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
  });

  it('21.50 21.51 readiness gates', () => {
    const cluster = started({ a: forever }, {}, 'readinessGates: [{conditionType: gate1}]');
    cluster.at(6);
    expect(condition(cluster, 'Ready')).toMatchObject({
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "gate1" does not exist.',
    });
    const patch = (status: string) =>
      cluster.world.request({
        verb: 'patch',
        resource: 'pods',
        namespace: 'default',
        name: 'p',
        subresource: 'status',
        patchType: 'strategic',
        patch: { status: { conditions: [{ type: 'gate1', status }] } },
      });
    patch('False');
    cluster.at(20);
    expect(condition(cluster, 'Ready')?.message).toBe('the status of pod readiness gate "gate1" is not "True", but False');
    patch('True');
    cluster.at(40);
    expect(condition(cluster, 'Ready')?.status).toBe('True');
  });

  it('21.71 one Completed, one ready: NotReady', () => {
    const cluster = started({ a: 'sleep 1', b: forever }, {}, 'restartPolicy: Never');
    cluster.at(8);
    expect(row(cluster)).toBe('1/2 NotReady');
  });
});
