/** runtime.md §12, whole cluster: what crictl, logs and the trace show. */
import { describe, expect, it } from 'vitest';
import { type Cluster, podOf, testCluster } from '../testing/cluster.ts';

const forever = 'trap "exit 0" TERM; while true; do sleep 0.2; done';

/** Names of the CRI calls that change something or ask for images, from now on. */
function calls(cluster: Cluster): string[] {
  const out: string[] = [];
  cluster.world.observe((entry) => {
    const { request } = entry.body as { request?: { rpc: string } };
    if (entry.to === 'worker-1/runtime' && entry.from === 'worker-1/kubelet' && request) out.push(request.rpc);
  });
  return out;
}
const start = (list: string[]): string[] =>
  list.filter(
    (rpc) => !['Status', 'ListContainers', 'ListPodSandbox', 'ContainerStatus', 'ImageFsInfo', 'ListImages', 'Version', 'RuntimeConfig'].includes(rpc),
  );

function running(manifest: string, seconds = 6): Cluster {
  const cluster = testCluster();
  cluster.apply(manifest);
  cluster.at(seconds);
  return cluster;
}
const id = (cluster: Cluster, name = 'a'): string => cluster.sh(`crictl ps -a -q --name ${name}`).out.trim().split('\n')[0] ?? '';

describe('runtime §12: images', () => {
  it('12.1 12.2 the first pod pulls, the second does not', () => {
    const cluster = testCluster({ images: [] });
    const seen = calls(cluster);
    cluster.apply(podOf({ a: forever }));
    cluster.at(20);
    // The image is looked at once more for its user.
    const first = start(seen).filter((rpc, i, all) => (rpc !== 'PodSandboxStatus' || all[i - 1] === 'RunPodSandbox') && rpc !== all[i - 1]);
    expect(first).toEqual(['RunPodSandbox', 'PodSandboxStatus', 'ImageStatus', 'PullImage', 'ImageStatus', 'CreateContainer', 'StartContainer']);
    seen.length = 0;
    cluster.apply(podOf({ a: forever }, '', {}, 'q'));
    cluster.at(6);
    expect(seen).not.toContain('PullImage');
    expect(cluster.words('q', 'Pulled')).toEqual(['Pulled Container image "busybox:1.28" already present on machine and can be accessed by the pod']);
  });

  it('12.3 Always, with an unmoved tag: asked each time, nothing fetched', () => {
    const cluster = testCluster({ images: [] });
    const seen = calls(cluster);
    const fetched: boolean[] = [];
    cluster.world.observe((entry) => {
      const { type, layers } = entry.body as { type: string; layers?: { done: number }[] };
      if (type === 'PullProgress' && layers?.some((layer) => layer.done > 0)) fetched[fetched.length - 1] = true;
      else if ((entry.body as { request?: { rpc: string } }).request?.rpc === 'PullImage' && entry.to === 'worker-1/runtime') fetched.push(false);
    });
    const pull = { a: { script: forever, more: 'imagePullPolicy: Always' } };
    cluster.apply(podOf(pull));
    cluster.at(20);
    cluster.apply(podOf(pull, '', {}, 'q'));
    cluster.at(6);
    expect(seen.filter((rpc) => rpc === 'PullImage')).toHaveLength(2);
    expect(fetched).toEqual([true, false]);
  });

  it('12.4 pulls wait for each other', () => {
    const cluster = testCluster({ images: [] });
    cluster.apply(
      `${podOf({ a: { more: '' } }, '', {}, 'p').replace('busybox:1.28', 'nginx:1.27')}---\n${podOf({ a: { more: '' } }, '', {}, 'q').replace('busybox:1.28', 'redis:7')}`,
    );
    cluster.at(60);
    const ms = (text: string): number => (text.endsWith('ms') ? Number(text.slice(0, -2)) : Number(text.slice(0, -1)) * 1000);
    const [first, second] = ['p', 'q'].map(
      (name) => / in ([\d.]+m?s) \(([\d.]+m?s) including waiting\)/.exec(cluster.words(name, 'Pulled')[0] ?? '') as RegExpExecArray,
    );
    const waits = [first, second].map((m) => ms(m?.[2] ?? '') - ms(m?.[1] ?? ''));
    expect(Math.max(...waits)).toBeGreaterThan(500);
    expect(Math.min(...waits)).toBeLessThan(50);
  });

  it('12.30 crictl rmi takes every tag of the image', () => {
    const cluster = testCluster({ images: [] });
    cluster.sh('crictl pull nginx:1.27');
    cluster.at(60);
    expect(cluster.sh('crictl images').out).toContain('docker.io/library/nginx');
    expect(cluster.sh('crictl rmi nginx:1.27').out).toBe('Deleted: docker.io/library/nginx:1.27\n');
    cluster.at(61);
    expect(cluster.sh('crictl images').out).not.toContain('library/nginx');
  });

  it('12.31 there is no docker beside containerd, and its images would be others', () => {
    const cluster = testCluster();
    expect(cluster.sh('docker build -t mine:1 .').rc).toBe(127);
    expect(cluster.sh('crictl images').out).not.toContain('mine');
  });
});

describe('runtime §12: networks, sandboxes, the daemon', () => {
  it('12.6 12.7 no CNI configuration: hostNetwork pods run, the others wait; its return is noticed within 5 s', () => {
    const cluster = testCluster();
    expect(cluster.sh('mv /etc/cni/net.d /etc/cni/off').rc).toBe(0);
    cluster.at(20);
    const ready = () => cluster.kubectl(`get node worker-1 -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`).out;
    expect(ready()).toBe(
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    );
    const anywhere = 'tolerations: [{operator: Exists}]\nnodeName: worker-1';
    cluster.apply(`${podOf({ a: forever }, anywhere)}---\n${podOf({ a: forever }, `${anywhere}\nhostNetwork: true`, {}, 'h')}`);
    cluster.at(6);
    expect([cluster.pod('p').status.phase, cluster.pod('h').status.phase]).toEqual(['Pending', 'Running']);
    expect(cluster.words('p', 'NetworkNotReady').length).toBeGreaterThan(0);
    cluster.sh('mv /etc/cni/off /etc/cni/net.d');
    cluster.mark();
    cluster.at(10);
    expect(cluster.pod('p').status.phase).toBe('Running');
    cluster.at(20);
    expect(ready()).toBe('kubelet is posting ready status');
  });

  it('12.14 kill pause: a new sandbox with attempt 1 and another address', () => {
    const cluster = running(podOf({ a: forever }, 'terminationGracePeriodSeconds: 1'));
    const { podIP } = cluster.pod().status;
    cluster.give({ type: 'inject', id: 'f', fault: { kind: 'killPause', namespace: 'default', pod: 'p' } });
    cluster.mark();
    cluster.at(8);
    const lines = cluster
      .sh('crictl pods --name p')
      .out.trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}/));
    expect(lines.map((l) => [l[2], l[5]])).toContainEqual(['Ready', '1']);
    expect(cluster.pod().status.podIP).not.toBe(podIP);
  });

  it('12.18 systemctl restart containerd: nothing of the pods changes', () => {
    const cluster = running(podOf({ a: forever }));
    const pids = cluster.sh('ps aux | grep "[w]hile true" | wc -l').out;
    cluster.sh('systemctl restart containerd');
    cluster.mark();
    cluster.at(60);
    expect(cluster.sh('ps aux | grep "[w]hile true" | wc -l').out).toBe(pids);
    expect(cluster.status('a').restartCount).toBe(0);
    expect(cluster.kubectl('get node worker-1 --no-headers').out).toMatch(/ Ready /);
    expect(cluster.words('worker-1', 'NodeNotReady')).toEqual([]);
  });

  it('12.19 containerd is down for 60 s: not ready after 30 s', () => {
    const cluster = running(podOf({ a: forever }));
    cluster.sh('systemctl stop containerd');
    cluster.mark();
    const message = () => cluster.kubectl(`get node worker-1 -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`).out;
    cluster.at(25);
    expect(message()).toBe('kubelet is posting ready status');
    cluster.at(50);
    expect(message()).toBe('container runtime is down');
    cluster.sh('systemctl start containerd');
    cluster.at(80);
    expect(message()).toBe('kubelet is posting ready status');
    expect(cluster.status('a').restartCount).toBe(0);
  });

  it('12.29 a RuntimeClass whose handler nobody has', () => {
    const cluster = testCluster();
    cluster.apply(`apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: g}\nhandler: gvisor\n---\n${podOf({ a: forever }, 'runtimeClassName: g')}`);
    cluster.at(5);
    expect(cluster.words('p', 'FailedCreatePodSandBox')[0]).toMatch(/no runtime for "gvisor" is configured$/);
  });
});

describe('runtime §12: containers', () => {
  it.each([
    ['12.9 exits 2 s after SIGTERM: returns then', 'trap "sleep 2; exit 7" TERM; while true; do sleep 0.1; done', 30, 7, 2],
    ['12.10 no handler: SIGKILL at the end', 'while true; do sleep 1; done', 5, 137, 5],
  ])('%s', (_name, script, grace, code, seconds) => {
    const cluster = running(podOf({ a: script }, `terminationGracePeriodSeconds: ${grace}\nrestartPolicy: Never`));
    cluster.kubectl('delete pod p --wait=false');
    const from = cluster.world.nowMs;
    cluster.mark();
    cluster.at(40);
    const final = cluster.told.find(
      ({ object }) => object.kind === 'Pod' && object.metadata.name === 'p' && ['Succeeded', 'Failed'].includes(object.status.phase),
    );
    expect(final?.object.status.containerStatuses[0].state.terminated).toMatchObject({ exitCode: code, reason: 'Error' });
    expect(((final?.atMs ?? 0) - from) / 1000).toBeGreaterThanOrEqual(seconds - 0.1);
    expect(((final?.atMs ?? 0) - from) / 1000).toBeLessThan(seconds + 1);
  });

  it('12.16 a missing command: created, not started', () => {
    const cluster = running(podOf({ a: { more: 'command: ["/nope"]' } }, 'restartPolicy: Never'));
    expect(cluster.words('p', 'Created')).toEqual(['Created Container created']);
    expect(cluster.status('a').state.terminated ?? cluster.status('a').lastState.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(JSON.parse(cluster.sh(`crictl inspect ${id(cluster)}`).out).status).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 128,
      reason: 'StartError',
    });
  });

  it('12.20 more memory than the limit', () => {
    const cluster = running(podOf({ a: { script: 'tail /dev/zero', more: 'resources: {limits: {memory: 20Mi}}' } }, 'restartPolicy: Never'), 20);
    expect(cluster.status('a').state.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('12.21 12.22 long lines are cut at 16384 bytes; what has no newline is P', () => {
    const cluster = running(podOf({ a: 'head -c 40000 /dev/zero | tr "\\0" x; echo; printf abc' }, 'restartPolicy: Never'), 10);
    const lines = cluster.sh('cat /var/log/pods/default_p_*/a/0.log').out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')).map(([, stream, tag, text]) => [stream, tag, text?.length])).toEqual([
      ['stdout', 'P', 16_384],
      ['stdout', 'P', 16_384],
      ['stdout', 'F', 7232],
      ['stdout', 'P', 3],
    ]);
    expect(cluster.kubectl('logs p').out.length).toBe(40_004);
  });

  it('12.23 a log that grows by 10 Mi again and again: the live file, one plain and three packed', () => {
    const script =
      'line=$(head -c 15000 /dev/zero | tr "\\0" x); while true; do i=0; while [ $i -lt 750 ]; do echo $line; i=$((i+1)); [ $((i%16)) = 0 ] && sleep 1; done; done';
    const cluster = running(podOf({ a: script }), 400);
    const names = cluster.sh('ls /var/log/pods/default_p_*/a').out.trim().split('\n');
    expect(names[0]).toBe('0.log');
    expect(names.filter((name) => /^0\.log\.\d{8}-\d{6}\.gz$/.test(name))).toHaveLength(3);
    expect(names.filter((name) => /^0\.log\.\d{8}-\d{6}$/.test(name))).toHaveLength(1);
  });

  it('12.27 a shared process namespace: PID 1 is pause', () => {
    const cluster = running(podOf({ a: 'sleep 1000' }, 'shareProcessNamespace: true'));
    const ps = cluster.kubectl('exec p -- ps').out;
    expect(ps).toMatch(/^ *1 .*\/pause$/m);
    expect(ps).toMatch(/^ *([2-9]|\d\d+) .*sleep 1000$/m);
    cluster.kubectl('delete pod p --wait=false');
    cluster.mark();
    cluster.at(3);
    expect(cluster.last().status.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(143);
  });

  it('12.28 a byte changed in a file of the image copies it into the writable layer', () => {
    const cluster = running(podOf({ a: forever }));
    const used = (): number => {
      const line =
        cluster
          .sh(`crictl stats ${id(cluster)}`)
          .out.trim()
          .split('\n')[1] ?? '';
      const [, value, unit] = /([\d.]+)(B|kB|MB|GB)\s+\d+\s+\S+$/.exec(line) ?? [];
      return Number(value) * ({ B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit ?? ''] ?? Number.NaN);
    };
    const before = used();
    const size = Number(cluster.kubectl('exec p -- stat -c %s /bin/busybox').out);
    expect(size).toBeGreaterThan(100_000);
    cluster.kubectl('exec p -- sh -c "echo >> /bin/busybox"');
    expect(used() - before).toBeGreaterThanOrEqual(size * 0.99);
  });
});
