/** The tools of a node's shell: they agree with the Node object and with each other. */
import { describe, expect, it } from 'vitest';
import { type Cluster, podOf, testCluster } from '../testing/cluster.ts';

const forever = 'while true; do sleep 1; done';

function started(): Cluster {
  const cluster = testCluster();
  cluster.apply(
    podOf(
      {
        a: { script: forever, more: 'volumeMounts: [{name: m, mountPath: /m}, {name: d, mountPath: /d}]' },
        b: { script: forever, more: 'securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}' },
      },
      'volumes: [{name: m, emptyDir: {medium: Memory, sizeLimit: 8Mi}}, {name: d, emptyDir: {}}]',
    ),
  );
  cluster.at(6);
  return cluster;
}

describe('the machine', () => {
  const cluster = started();
  const node = JSON.parse(cluster.kubectl('get node worker-1 -o json').out);
  const { capacity, nodeInfo } = node.status;

  it('has the CPUs, memory, disk and kernel of the Node object', () => {
    expect(cluster.sh('nproc').out.trim()).toBe(capacity.cpu);
    expect(cluster.sh('grep -c ^processor /proc/cpuinfo').out.trim()).toBe(capacity.cpu);
    expect(cluster.sh('free -k | awk "/Mem:/ {print \\$2}"').out.trim()).toBe(capacity.memory.replace('Ki', ''));
    expect(cluster.sh('grep MemTotal /proc/meminfo').out).toContain(` ${capacity.memory.replace('Ki', '')} kB`);
    expect(cluster.sh('df / | tail -1 | awk "{print \\$2}"').out.trim()).toBe(capacity['ephemeral-storage'].replace('Ki', ''));
    expect(cluster.sh('uname -r').out.trim()).toBe(nodeInfo.kernelVersion);
    expect(cluster.sh('cat /etc/os-release').out).toContain(`PRETTY_NAME="${nodeInfo.osImage}"\n`);
    expect(cluster.kubectl('exec p -c a -- uname -r').out.trim()).toBe(nodeInfo.kernelVersion);
    expect(cluster.sh('whoami').out).toBe('root\n');
  });

  it('runs systemd, the daemons, and a shim above every pod', () => {
    const lines = cluster
      .sh('ps -ef')
      .out.trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/ +/));
    const pid = (fits: RegExp): string => lines.find((l) => fits.test(l.slice(7).join(' ')))?.[1] ?? '';
    const parent = (of: string): string => lines.find((l) => l[1] === of)?.[2] ?? '';
    expect(pid(/^\/sbin\/init/)).toBe('1');
    for (const daemon of [/^\/usr\/bin\/kubelet /, /^\/usr\/bin\/containerd$/, /kube-proxy/, /^sshd/]) expect(parent(pid(daemon))).toBe('1');
    const shim = pid(/containerd-shim-runc-v2 .*-id [0-9a-f]{64}/);
    expect(parent(shim)).toBe('1');
    expect(parent(pid(/^\/pause/))).toBe(shim);
    expect(parent(pid(/^sh -c while true/))).toBe(shim);
    expect(cluster.sh('cat /proc/1/comm').out).toBe('systemd\n');
    expect(cluster.sh('pidof kubelet').out.trim()).toBe(/Main PID: (\d+)/.exec(cluster.sh('systemctl status kubelet').out)?.[1]);
  });

  it('tells who listens', () => {
    const { out } = cluster.sh('ss -ltnp');
    for (const [address, name] of [
      ['127.0.0.1:10248', 'kubelet'],
      ['*:10250', 'kubelet'],
      ['127.0.0.1:10249', 'kube-proxy'],
      ['*:10256', 'kube-proxy'],
      ['0.0.0.0:22', 'sshd'],
    ])
      expect(
        out.split('\n').some((line) => line.includes(` ${address} `) && line.includes(`(("${name}",pid=`)),
        `${address} ${name}`,
      ).toBe(true);
    expect(out).toMatch(/127\.0\.0\.1:\d+ .*\(\("containerd",pid=612,/);
  });

  it('lists what is mounted', () => {
    const { uid } = cluster.pod().metadata;
    expect(cluster.sh('mount').out).toContain('/dev/vda1 on / type ext4 (rw,relatime)\n');
    expect(cluster.sh('findmnt -n -o FSTYPE /').out).toBe('ext4\n');
    expect(cluster.sh(`mount | grep ${uid}/volumes/kubernetes.io~empty-dir/m`).out).toMatch(/^tmpfs on .* type tmpfs \(rw,.*size=8192k/);
    const inside = cluster.kubectl('exec p -c a -- cat /proc/mounts').out;
    expect(inside).toMatch(/^tmpfs \/m tmpfs rw,/m);
    expect(inside).toMatch(/^\/dev\/vda1 \/d ext4 rw,/m);
    expect(inside).toMatch(/^tmpfs \/var\/run\/secrets\/kubernetes.io\/serviceaccount tmpfs ro,/m);
  });

  it('df looks where it is told to', () => {
    expect(cluster.kubectl('exec p -c a -- df /m').out.trim().split('\n').at(-1)).toMatch(/^tmpfs +8192 +0 +8192 +0% \/m$/);
    expect(cluster.kubectl('exec p -c a -- df /nope').err).toContain("df: /nope: can't find mount point");
    expect(cluster.sh('df -h /tmp').out.trim().split('\n')).toHaveLength(2);
  });

  it('has the cgroup files of its version alone', () => {
    expect(cluster.sh('ls /sys/fs/cgroup').out).not.toMatch(/limit_in_bytes|cfs_quota/);
    expect(cluster.kubectl('exec p -c a -- cat /sys/fs/cgroup/memory.max').out).toBe('max\n');
    expect(cluster.kubectl('exec p -c a -- ls /sys/fs/cgroup/memory').rc).not.toBe(0);
  });

  it('a read-only file system is told before permissions', () => {
    expect(cluster.kubectl('exec p -c b -- sh -c "echo x > /etc/x"').err).toContain('Read-only file system');
    expect(cluster.kubectl('exec p -c b -- mkdir /etc/x').err).toContain('Read-only file system');
    expect(cluster.kubectl('exec p -c b -- rm /etc/passwd').err).toContain('Read-only file system');
  });
});

describe('health checks of daemons', () => {
  it('answer while the daemon runs', () => {
    const cluster = testCluster();
    expect(cluster.sh('curl -s http://127.0.0.1:10248/healthz').out).toBe('ok');
    expect(cluster.sh('curl -s http://127.0.0.1:10249/proxyMode').out).toBe('iptables');
    expect(cluster.sh('curl -sk https://127.0.0.1:10250/pods').out).toBe('Unauthorized');
    cluster.sh('systemctl stop kubelet');
    expect(cluster.sh('curl -s http://127.0.0.1:10248/healthz').rc).toBe(7);
    expect(cluster.sh('ps -ef | grep [k]ubelet.conf').out).toBe('');
    cluster.sh('systemctl start kubelet');
    cluster.mark();
    cluster.at(2);
    expect(cluster.sh('curl -s http://127.0.0.1:10248/healthz').out).toBe('ok');
  });
});

it('a kubelet that is killed is started again after RestartSec', () => {
  const cluster = testCluster();
  expect(cluster.sh('kill -9 $(pidof kubelet)').rc).toBe(0);
  expect(cluster.sh('systemctl is-active kubelet').out).toBe('activating\n');
  cluster.mark();
  cluster.at(9.5);
  expect(cluster.sh('systemctl is-active kubelet').out).toBe('activating\n');
  cluster.at(11);
  expect(cluster.sh('systemctl is-active kubelet').out).toBe('active\n');
});

describe('journalctl', () => {
  const cluster = testCluster();
  cluster.apply(podOf({ a: { script: 'sleep 3; exit 1', more: 'readinessProbe: {exec: {command: ["false"]}, periodSeconds: 2}' } }));
  cluster.at(15);
  const { uid } = cluster.pod().metadata;
  const id = cluster.status('a').lastState.terminated?.containerID?.replace('containerd://', '');

  it('the kubelet tells of pods, containers, probes and back-off', () => {
    const { out } = cluster.sh('journalctl -u kubelet --no-pager');
    const klog = '^Nov 20 12:00:\\d\\d worker-1 kubelet\\[709\\]: [IE]1120 12:00:\\d\\d\\.\\d{6}     709 ';
    expect(out).toMatch(new RegExp(`${klog}kubelet\\.go:\\d+\\] "SyncLoop ADD" source="api" pods=\\["default/p"\\]$`, 'm'));
    expect(out).toMatch(
      new RegExp(`${klog}.*"SyncLoop \\(PLEG\\): event for pod" pod="default/p" event=\\{"ID":"${uid}","Type":"ContainerDied","Data":"${id}"\\}$`, 'm'),
    );
    expect(out).toMatch(/"Probe failed" probeType="Readiness" pod="default\/p" .*containerName="a" probeResult="failure"/);
    expect(out).toMatch(
      / E1120 .*pod_workers\.go:\d+\] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"a\\" with CrashLoopBackOff: \\?"?/,
    );
    const clocks = out
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 15));
    expect([...clocks].sort()).toEqual(clocks);
  });

  it('containerd tells of its calls', () => {
    const { out } = cluster.sh('journalctl -u containerd -o cat');
    expect(out).toMatch(
      new RegExp(
        `^time="2026-11-20T12:00:\\d\\d\\.\\d{9}Z" level=info msg="RunPodSandbox for &PodSandboxMetadata\\{Name:p,Uid:${uid},Namespace:default,Attempt:0,\\} returns sandbox id \\\\"[0-9a-f]{64}\\\\""$`,
        'm',
      ),
    );
    expect(out).toContain(`msg="StartContainer for \\"${id}\\" returns successfully"`);
    expect(out).toMatch(new RegExp(`received container exit event container_id:\\\\"${id}\\\\" .* exit_status:1"`));
  });

  it.each([
    ['-n 3', 3],
    ['-u kubelet -n2', 2],
    ['--since "1 second ago" -u nope', 1],
    ['-u kubelet --since "2026-11-20 12:00:10" --until "12:00:11"', 1],
    ['-u kubelet -u containerd -g "SyncLoop ADD"', 1],
  ])('%s', (flags, lines) => {
    const { out } = cluster.sh(`journalctl ${flags}`);
    expect(out.trim().split('\n').length).toBeGreaterThanOrEqual(lines);
    expect(out.trim().split('\n').length).toBeLessThanOrEqual(Math.max(lines, flags.includes('until') ? 8 : 1));
  });

  it('what is no time is refused', () => {
    expect(cluster.sh('journalctl --since whenever')).toMatchObject({ err: 'Failed to parse timestamp: whenever\n', rc: 1 });
  });

  it('stays when the kubelet is restarted', () => {
    cluster.sh('systemctl restart kubelet');
    const { out } = cluster.sh('journalctl -u kubelet');
    expect(out).toContain('"SyncLoop ADD" source="api" pods=["default/p"]');
    expect(out).toMatch(/systemd\[1\]: Started kubelet\.service/);
    expect(out).toMatch(/"Kubelet version" kubeletVersion="v1\.36\.2"/);
  });
});

it('a line of the journal is the same in every view; uptime agrees with the first process', () => {
  const cluster = started();
  const last = (line: string): string => cluster.sh(`${line} | tail -1`).out.trim();
  const seen = last('journalctl -u kubelet');
  expect(seen).toMatch(/kubelet\[\d+\]: [IE]\d{4} /);
  expect(last('systemctl status kubelet')).toBe(seen);
  expect(last('journalctl | grep kubelet')).toBe(seen);
  expect(cluster.sh('ps -ef | grep -c " 11:00 .*[/]sbin/init"').out.trim()).toBe('1');
  expect(cluster.sh('uptime').out).toContain(' up 1:00, ');
});

it.each(['iptables', 'nftables'] as const)('the kubelet keeps chains of its own in %s mode', (proxyMode) => {
  const cluster = testCluster({ proxyMode });
  const chains = (table: string): string[] =>
    cluster
      .sh(`iptables-save -t ${table}`)
      .out.split('\n')
      .filter((line) => /^:KUBE-(KUBELET-CANARY|IPTABLES-HINT) - \[0:0\]$/.test(line));
  const all = () => ['mangle', 'nat', 'filter'].map((table) => chains(table).length);
  expect(all()).toEqual([2, 1, 1]);
  cluster.sh('for t in mangle nat filter; do iptables -t $t -F; iptables -t $t -X KUBE-KUBELET-CANARY; done');
  expect(all()).toEqual([1, 0, 0]);
  cluster.at(70);
  expect(all()).toEqual([2, 1, 1]);
});
