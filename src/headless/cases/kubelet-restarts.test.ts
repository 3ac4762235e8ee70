/** kubelet.md §21, whole cluster: what runs again, and when. */
import { describe, expect, it } from 'vitest';
import { podOf, testCluster } from '../testing/cluster.ts';

const forever = 'trap "exit 0" TERM; while true; do sleep 1; done';

interface Case {
  policy: 'Always' | 'OnFailure' | 'Never';
  containers: Parameters<typeof podOf>[0];
  init?: Parameters<typeof podOf>[0];
  /** Seconds after which it is looked at. */
  after: number;
  /** Restarts by container. */
  restarts: Record<string, number>;
  phase: string;
}

describe('kubelet §21: which containers run again', () => {
  it.each<[string, Case]>([
    [
      '21.1 all run: nothing happens',
      { policy: 'Always', containers: { a: forever, b: forever, c: forever }, after: 20, restarts: { a: 0, b: 0, c: 0 }, phase: 'Running' },
    ],
    [
      '21.3 Always: exits 0 and 111 run again',
      { policy: 'Always', containers: { a: 'exit 0', b: 'exit 111', c: forever }, after: 5, restarts: { a: 1, b: 1, c: 0 }, phase: 'Running' },
    ],
    [
      '21.4 OnFailure: only 111 runs again',
      { policy: 'OnFailure', containers: { a: 'exit 0', b: 'exit 111', c: forever }, after: 5, restarts: { a: 0, b: 1, c: 0 }, phase: 'Running' },
    ],
    [
      '21.6 Never: neither does',
      { policy: 'Never', containers: { a: 'exit 0', b: 'exit 111', c: forever }, after: 30, restarts: { a: 0, b: 0, c: 0 }, phase: 'Running' },
    ],
    [
      '21.20 a failed init runs again, OnFailure',
      { policy: 'OnFailure', containers: { a: forever }, init: { i: 'exit 137' }, after: 5, restarts: { i: 1, a: 0 }, phase: 'Pending' },
    ],
    [
      '21.21 a failed init ends the pod, Never',
      { policy: 'Never', containers: { a: forever }, init: { i: 'exit 137' }, after: 8, restarts: { i: 0, a: 0 }, phase: 'Failed' },
    ],
    [
      '21.28 a sidecar of a Never pod runs again while the others do',
      {
        policy: 'Never',
        containers: { a: forever },
        init: { s: { script: 'sleep 3; exit 137', more: 'restartPolicy: Always' } },
        after: 8,
        restarts: { s: 1, a: 0 },
        phase: 'Running',
      },
    ],
    [
      '21.29 a Never pod ends though its sidecar runs',
      {
        policy: 'Never',
        containers: { a: 'exit 0' },
        init: { s: { script: forever, more: 'restartPolicy: Always' } },
        after: 15,
        restarts: { s: 0, a: 0 },
        phase: 'Succeeded',
      },
    ],
    [
      '21.30 Never, with containers of policy Always',
      {
        policy: 'Never',
        containers: { a: { script: 'exit 0', more: 'restartPolicy: Always' }, b: { script: 'exit 1', more: 'restartPolicy: Always' } },
        after: 5,
        restarts: { a: 1, b: 1 },
        phase: 'Running',
      },
    ],
    [
      '21.31 Always, with containers of policy Never',
      {
        policy: 'Always',
        containers: { a: { script: 'exit 0', more: 'restartPolicy: Never' }, b: { script: 'exit 1', more: 'restartPolicy: Never' }, c: forever },
        after: 30,
        restarts: { a: 0, b: 0, c: 0 },
        phase: 'Running',
      },
    ],
  ])('%s', (_name, c) => {
    const cluster = testCluster();
    cluster.apply(podOf(c.containers, `restartPolicy: ${c.policy}\nterminationGracePeriodSeconds: 2`, c.init));
    cluster.at(c.after);
    expect(Object.fromEntries(Object.keys(c.restarts).map((name) => [name, cluster.status(name).restartCount]))).toEqual(c.restarts);
    expect(cluster.pod().status.phase).toBe(c.phase);
  });

  it('21.10 a changed image: killed, run again', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: forever, b: forever }, 'terminationGracePeriodSeconds: 2'));
    cluster.at(5);
    expect(cluster.kubectl('set image pod/p b=busybox:1.36').rc).toBe(0);
    cluster.at(20);
    expect(cluster.words('p', 'Killing')).toEqual(['Killing Container b definition changed, will be restarted']);
    expect([cluster.status('a').restartCount, cluster.status('b').restartCount]).toEqual([0, 1]);
    expect(cluster.status('b').image).toContain('busybox:1.36');
  });

  it.each([
    ['21.11 liveness', 'livenessProbe'],
    ['21.11 startup', 'startupProbe'],
  ])('%s fails: killed, run again', (name, probe) => {
    const cluster = testCluster();
    const more = `${probe}:\n  exec: {command: ["false"]}\n  periodSeconds: 2\n  failureThreshold: 2`;
    cluster.apply(podOf({ a: forever, b: { script: forever, more } }, 'terminationGracePeriodSeconds: 2'));
    cluster.at(7.5);
    expect(cluster.words('p', 'Killing')).toEqual([`Killing Container b failed ${name.split(' ')[1]} probe, will be restarted`]);
    expect([cluster.status('a').restartCount, cluster.status('b').restartCount]).toEqual([0, 1]);
  });

  it('21.7 the sandbox dies: a new one, all again; 21.23 with inits, from the first', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: forever }, 'terminationGracePeriodSeconds: 2', { i: 'true' }));
    cluster.at(5);
    const before = cluster.pod().status.podIP;
    cluster.give({ type: 'inject', id: 'f', fault: { kind: 'killPause', namespace: 'default', pod: 'p' } });
    cluster.at(20);
    expect(cluster.words('p', 'SandboxChanged')).toEqual(['SandboxChanged Pod sandbox changed, it will be killed and re-created.']);
    expect([cluster.status('i').restartCount, cluster.status('a').restartCount]).toEqual([1, 1]);
    expect(cluster.pod().status.podIP).not.toBe(before);
  });

  it('21.12 21.13 the sandbox of a finished pod is gone: nothing is made again', () => {
    for (const [policy, code] of [
      ['Never', 1],
      ['OnFailure', 0],
    ]) {
      const cluster = testCluster();
      cluster.apply(podOf({ a: `exit ${code}` }, `restartPolicy: ${policy}`));
      cluster.at(40);
      expect(cluster.words('p', 'Started')).toHaveLength(1);
      expect(cluster.words('p', 'SandboxChanged')).toEqual([]);
    }
  });
});

describe('kubelet §21: when it runs again', () => {
  it('21.33 after 0, 10, 20, 40, 80, 160, 300, 300 s', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: 'exit 1' }));
    cluster.at(1000);
    const ends: number[] = [];
    const starts: number[] = [];
    for (const { object } of cluster.told) {
      const state = (
        object as {
          status?: {
            containerStatuses?: {
              state: { terminated?: { startedAt: string; finishedAt: string } };
              lastState: { terminated?: { startedAt: string; finishedAt: string } };
            }[];
          };
        }
      ).status?.containerStatuses?.[0];
      const ended = state?.state.terminated ?? state?.lastState.terminated;
      if (!ended || ends.at(-1) === Date.parse(ended.finishedAt)) continue;
      starts.push(Date.parse(ended.startedAt));
      ends.push(Date.parse(ended.finishedAt));
    }
    const waits = starts.slice(1).map((start, i) => (start - (ends[i] as number)) / 1000);
    // To the wait comes the way of the worker: a relist and up to half of what was left.
    const least = [0, 10, 20, 40, 80, 160, 300];
    expect(waits.length).toBeGreaterThanOrEqual(7);
    for (const [i, wait] of least.entries()) {
      expect(waits[i], `restart ${i + 1}`).toBeGreaterThanOrEqual(wait - 1);
      expect(waits[i], `restart ${i + 1}`).toBeLessThanOrEqual(wait * 1.5 + 3);
    }
  });

  it('21.34 a run of 601 s forgets the series', () => {
    const cluster = testCluster();
    const script = 'n=$(cat /d/n 2>/dev/null || echo 0); echo $((n+1)) > /d/n; [ $n = 4 ] && sleep 601; exit 1';
    cluster.apply(podOf({ a: { script, more: 'volumeMounts: [{name: d, mountPath: /d}]' } }, 'volumes: [{name: d, emptyDir: {}}]'));
    cluster.at(200);
    expect(cluster.status('a')).toMatchObject({ restartCount: 4, state: { running: {} } });
    cluster.at(850);
    const { restartCount, lastState } = cluster.status('a');
    // At once the fifth; the next waits 10 s, as in a new series.
    expect(restartCount).toBeGreaterThanOrEqual(6);
    expect(cluster.words('p', 'BackOff').length).toBeGreaterThan(0);
    expect(lastState.terminated?.exitCode).toBe(1);
  });

  it('21.87 a crash after 1 s, seen at 60 s', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: 'sleep 1; exit 1' }));
    cluster.at(60);
    expect(cluster.kubectl('get pod p --no-headers').out).toMatch(/^p +0\/1 +Error +3 \(\d+s ago\) +\d+s\n$/);
  });

  it('21.88 a command that the image lacks', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: { more: 'command: ["/no/such"]' } }));
    const seen: string[] = [];
    for (let s = 2; s <= 60; s += 1) {
      cluster.at(s);
      const reason = cluster.status('a').state.waiting?.reason ?? 'none';
      if (seen.at(-1) !== reason) seen.push(reason);
      expect(cluster.pod().status.phase).toBe('Running');
    }
    expect(seen[0]).toBe('RunContainerError');
    expect(new Set(seen)).toEqual(new Set(seen.length > 1 ? ['RunContainerError', 'CrashLoopBackOff'] : ['RunContainerError']));
    expect(cluster.words('p', 'Failed')[0]).toContain('exec: "/no/such": stat /no/such: no such file or directory');
  });
});
