/** kubelet.md §21, whole cluster: graces, hooks, deadlines, refusals, mirror pods, volumes that come late. */
import { describe, expect, it } from 'vitest';
import { type Cluster, podOf, testCluster } from '../testing/cluster.ts';

const ignores = 'trap "" TERM; while true; do sleep 1; done';
const ends = (code: number): string => `trap "exit ${code}" TERM; while true; do sleep 0.1; done`;

function running(containers: Parameters<typeof podOf>[0], spec = '', init: Parameters<typeof podOf>[0] = {}): Cluster {
  const cluster = testCluster();
  cluster.apply(podOf(containers, spec, init));
  cluster.at(8);
  expect(cluster.pod().status.phase).toBe('Running');
  cluster.mark();
  return cluster;
}
/** Deletes the pod; seconds until its phase was final, and until its object had gone. */
function remove(cluster: Cluster, flags = ''): { final: number; gone: number; phase: string } {
  const zero = cluster.world.nowMs;
  cluster.kubectl(`delete pod p --wait=false ${flags}`);
  cluster.at(100);
  const writes = cluster.told.filter(({ object, atMs }) => object.kind === 'Pod' && object.metadata.name === 'p' && atMs >= zero);
  const final = writes.find(({ object }) => ['Succeeded', 'Failed'].includes(object.status.phase));
  const gone = writes.find(({ type }) => type === 'DELETED');
  return { final: ((final?.atMs ?? Number.NaN) - zero) / 1000, gone: ((gone?.atMs ?? Number.NaN) - zero) / 1000, phase: final?.object.status.phase };
}

describe('kubelet §21: grace', () => {
  it.each([
    ['21.79 that of the spec', 'terminationGracePeriodSeconds: 6', '', 6],
    ['21.79 that of the deletion', 'terminationGracePeriodSeconds: 30', '--grace-period=5', 5],
    ['21.79 never less than 2 s of the runtime', 'terminationGracePeriodSeconds: 30', '--grace-period=1', 2],
  ])('%s', (_name, spec, flags, seconds) => {
    const { final } = remove(running({ a: ignores }, spec), flags);
    expect(final).toBeGreaterThanOrEqual(seconds);
    expect(final).toBeLessThan(seconds + 0.6);
  });

  it('21.81 a probe has a grace of its own, which may be longer', () => {
    const probe = 'livenessProbe:\n  exec: {command: ["false"]}\n  periodSeconds: 1\n  failureThreshold: 1\n  terminationGracePeriodSeconds: 12';
    const cluster = testCluster();
    cluster.apply(podOf({ a: { script: ignores, more: probe } }, 'terminationGracePeriodSeconds: 3'));
    cluster.at(30);
    const [killed] = cluster.times('p', 'Killing');
    const [, again] = cluster.times('p', 'Started');
    expect((again ?? 0) - (killed ?? 0)).toBeGreaterThanOrEqual(12);
    expect((again ?? 0) - (killed ?? 0)).toBeLessThan(12.6);
  });

  it('21.82 sidecars end after the others, the last first', () => {
    const slow = 'trap "sleep 1.25; exit 0" TERM; while true; do sleep 0.1; done';
    const sidecar = { script: slow, more: 'restartPolicy: Always' };
    const cluster = running({ main: slow }, '', { sc1: sidecar, sc2: sidecar, sc3: sidecar });
    const { phase, final } = remove(cluster);
    const finished = ['main', 'sc3', 'sc2', 'sc1'].map((name) => String(cluster.status(name).state.terminated?.finishedAt));
    expect([...finished].sort()).toEqual(finished);
    expect(final).toBeGreaterThan(5);
    expect(final).toBeLessThan(7);
    expect(phase).toBe('Succeeded');
  });

  it('21.83 a preStop hook longer than the grace: killed 2 s after it', () => {
    const hook = 'lifecycle: {preStop: {exec: {command: ["sleep", "40"]}}}';
    const { final } = remove(running({ a: { script: ignores, more: hook } }));
    expect(final).toBeGreaterThanOrEqual(32);
    expect(final).toBeLessThan(32.6);
  });

  it.each([
    ['21.84 exit 143 of a Never pod: Failed', 143, 'Failed'],
    ['21.84 exit 0 of a Never pod: Succeeded', 0, 'Succeeded'],
  ])('%s', (_name, code, phase) => {
    expect(remove(running({ a: ends(code) }, 'restartPolicy: Never')).phase).toBe(phase);
  });

  it('21.91 preStop 5 s of a grace of 30, then exit 0', () => {
    const cluster = running({ a: { script: ends(0), more: 'lifecycle: {preStop: {sleep: {seconds: 5}}}' } });
    const { final, gone, phase } = remove(cluster);
    expect(cluster.times('p', 'Killing')[0]).toBeLessThan(0.1);
    expect(final).toBeGreaterThan(5);
    expect(final).toBeLessThan(5.6);
    // At the next look at the runtime; the volumes are gone by then.
    expect(gone - final).toBeLessThan(1.05);
    expect(phase).toBe('Succeeded');
    expect(cluster.last().status.conditions?.find((c) => c.type === 'PodReadyToStartContainers')?.status).toBe('False');
  });
});

describe('kubelet §21: refused, late, made again', () => {
  it('21.85 more CPU than the node has free', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: { script: ignores, more: 'resources: {requests: {cpu: "100"}}' } }, 'nodeName: worker-1'));
    cluster.at(3);
    const { status } = cluster.pod();
    expect([status.phase, status.reason]).toEqual(['Failed', 'OutOfcpu']);
    expect(status.message).toMatch(/^Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: \d+, capacity: 4000$/);
    expect(status.containerStatuses).toBeUndefined();
  });

  it('21.86 activeDeadlineSeconds', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: ends(0) }, 'activeDeadlineSeconds: 5\nterminationGracePeriodSeconds: 2'));
    cluster.at(12);
    const { status } = cluster.pod();
    expect([status.phase, status.reason, status.message]).toEqual([
      'Failed',
      'DeadlineExceeded',
      'Pod was active on the node longer than the specified deadline',
    ]);
    const [killed] = cluster.times('p', 'Killing');
    expect(killed).toBeGreaterThanOrEqual(5);
    expect(killed).toBeLessThan(7.5);
  });

  it('21.92 a mirror pod that is deleted is back at once, and whole within 10 s', () => {
    const cluster = testCluster();
    const manifest = podOf({ a: ends(0) }, '', {}, 'static');
    expect(cluster.sh(`cat > /etc/kubernetes/manifests/s.yaml <<'EOF'\n${manifest}EOF`).rc).toBe(0);
    cluster.at(25);
    const name = 'static-worker-1';
    const before = cluster.pod(name);
    expect(before.status.phase).toBe('Running');
    cluster.mark();
    cluster.kubectl(`delete pod ${name} --wait=false`, 0.02);
    cluster.at(0.05);
    expect(cluster.pod(name).metadata.uid).not.toBe(before.metadata.uid);
    expect(cluster.pod(name).status).toMatchObject({ phase: 'Pending' });
    cluster.at(10.5);
    expect(cluster.pod(name).status.containerStatuses).toEqual(before.status.containerStatuses);
    expect(cluster.words(name, 'Killing')).toEqual([]);
  });

  it('21.93 a pod of a DaemonSet is replaced when it has ended, before its object goes', () => {
    const cluster = testCluster();
    cluster.apply(
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: d}}\n  template:\n    metadata: {labels: {app: d}}\n    spec:\n      terminationGracePeriodSeconds: 2\n      containers:\n      - {name: c, image: "busybox:1.28", command: ["sleep", "1000"]}\n`,
    );
    cluster.at(8);
    const pods = () => cluster.told.filter(({ object }) => object.kind === 'Pod' && object.metadata.name.startsWith('d-'));
    const old = pods()[0]?.object.metadata.name as string;
    cluster.kubectl(`delete pod ${old} --wait=false`);
    cluster.at(20);
    const at = (test: (told: ReturnType<typeof pods>[number]) => boolean): number => pods().find(test)?.atMs ?? Number.NaN;
    const failed = at(({ object }) => object.metadata.name === old && object.status.phase === 'Failed');
    const made = at(({ object, type }) => object.metadata.name !== old && type === 'ADDED');
    const gone = at(({ object, type }) => object.metadata.name === old && type === 'DELETED');
    expect(made).toBeGreaterThan(failed);
    expect(made - failed).toBeLessThan(100);
    expect(gone).toBeGreaterThan(made);
  });

  it('21.94 a ConfigMap of a volume comes after 20 s', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: { script: ends(0), more: 'volumeMounts: [{name: v, mountPath: /v}]' } }, 'volumes: [{name: v, configMap: {name: late}}]'));
    cluster.at(20);
    const tried = cluster.times('p', 'FailedMount');
    for (const [i, seconds] of [0.2, 0.7, 1.7, 3.8, 7.8, 15.8].entries()) expect(Math.abs((tried[i] ?? 0) - seconds), `attempt ${i + 1}`).toBeLessThan(0.5);
    expect(cluster.words('p', 'FailedMount')[0]).toBe('FailedMount MountVolume.SetUp failed for volume "v" : configmap "late" not found');
    cluster.kubectl('create configmap late --from-literal=k=v');
    cluster.at(31);
    expect(cluster.pod().status.phase).toBe('Pending');
    cluster.at(34);
    expect(cluster.pod().status.phase).toBe('Running');
    expect(cluster.times('p', 'FailedMount')).toHaveLength(tried.length);
  });
});
