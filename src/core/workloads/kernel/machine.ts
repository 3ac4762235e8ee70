/** What programs see of the machine they run on: its size, its kernel, its mounts, and the processes that are not the model's programs. */
import { type CgroupVersion, type FsAnswer, kubeProxyPid, type MachineAnswer, type MachineRequest, osOf } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import type { Container, Process, WorkloadsState } from './state.ts';

const unknown: MachineAnswer = {
  cpus: 2,
  memoryBytes: 24_684_096 * 1024,
  memoryUsedBytes: 0,
  kernelVersion: '6.12.48',
  cgroupVersion: 2,
  diskBytes: 264_212_084 * 1024,
  diskUsedBytes: 12_345_678 * 1024,
  units: [],
};

export function machineOf(state: WorkloadsState, ctx: Ctx): MachineAnswer {
  const request: MachineRequest = { type: 'Machine' };
  const answer = ctx.call<Partial<MachineAnswer> | undefined>(osOf(state.host), request);
  return answer?.cpus === undefined ? unknown : (answer as MachineAnswer);
}

/** When the machines were started, by their own clocks: an hour before 0 s. */
export const bootMs = -3_600_000;

/** Beside what is charged to cgroups: the kernel's own and the daemons'. */
const systemBytes = 650 * 1024 * 1024;
const cachePart = 8;

/** kB, as /proc/meminfo and `free` have them. */
export function memoryOf({ memoryBytes, memoryUsedBytes }: MachineAnswer): { total: number; used: number; free: number; cache: number; available: number } {
  const total = Math.floor(memoryBytes / 1024);
  const used = Math.min(total, Math.floor((memoryUsedBytes + Math.min(systemBytes, memoryBytes / 4)) / 1024));
  const cache = Math.min(Math.floor(total / cachePart), total - used);
  return { total, used, free: total - used - cache, cache, available: total - used };
}

export interface MountLine {
  device: string;
  path: string;
  type: string;
  options: string;
}

const v1Controllers = ['systemd', 'cpu,cpuacct', 'memory', 'pids', 'cpuset', 'blkio', 'devices', 'freezer', 'hugetlb', 'perf_event'];

function cgroupMounts(version: CgroupVersion, mode: 'ro' | 'rw'): MountLine[] {
  const options = `${mode},nosuid,nodev,noexec,relatime`;
  if (version === 2) return [{ device: 'cgroup', path: '/sys/fs/cgroup', type: 'cgroup2', options }];
  return [
    { device: 'tmpfs', path: '/sys/fs/cgroup', type: 'tmpfs', options: 'rw,nosuid,nodev,noexec,relatime,mode=755' },
    ...v1Controllers.map((name) => ({ device: 'cgroup', path: `/sys/fs/cgroup/${name}`, type: 'cgroup', options: `${options},${name}` })),
  ];
}

/** As /proc/mounts of a process of the container lists them. */
export function mountsOf(state: WorkloadsState, container: Container, ctx: Ctx): MountLine[] {
  const version = machineOf(state, ctx).cgroupVersion;
  const known = ctx.call<FsAnswer | undefined>(osOf(state.host), { type: 'Fs', op: 'mounts' } as never)?.mounts ?? [];
  if (container.id === 'host') return hostMounts(state, version, known);
  const e = container.environment;
  const lines: MountLine[] = [
    { device: 'overlay', path: '/', type: 'overlay', options: `${e.readonlyRootfs ? 'ro' : 'rw'},relatime` },
    { device: 'proc', path: '/proc', type: 'proc', options: 'rw,nosuid,nodev,noexec,relatime' },
    { device: 'tmpfs', path: '/dev', type: 'tmpfs', options: 'rw,nosuid,size=65536k,mode=755' },
    { device: 'devpts', path: '/dev/pts', type: 'devpts', options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666' },
    { device: 'mqueue', path: '/dev/mqueue', type: 'mqueue', options: 'rw,nosuid,nodev,noexec,relatime' },
    { device: 'sysfs', path: '/sys', type: 'sysfs', options: `${e.capabilities.includes('SYS_ADMIN') ? 'rw' : 'ro'},nosuid,nodev,noexec,relatime` },
    ...cgroupMounts(version, 'ro'),
  ];
  for (const m of e.mounts) {
    const mode = m.readonly ? 'ro' : 'rw';
    const below = known.filter((k) => m.hostPath === k.path || m.hostPath.startsWith(`${k.path}/`)).sort((a, b) => b.path.length - a.path.length)[0];
    if (m.containerPath === '/dev/shm')
      lines.push({ device: 'shm', path: m.containerPath, type: 'tmpfs', options: `${mode},nosuid,nodev,noexec,relatime,size=65536k` });
    else if (below?.fstype === 'tmpfs') lines.push({ device: 'tmpfs', path: m.containerPath, type: 'tmpfs', options: tmpfsOptions(mode, below.options) });
    else lines.push({ device: '/dev/vda1', path: m.containerPath, type: 'ext4', options: `${mode},relatime` });
  }
  return lines;
}

/** What was given with the mount, after the mode that this view of it has. */
const tmpfsOptions = (mode: string, given: string): string =>
  [mode, 'relatime', ...given.split(',').filter((o) => o !== '' && !['ro', 'rw', 'relatime', 'defaults'].includes(o))].join(',');

type Known = NonNullable<FsAnswer['mounts']>;

function hostMounts(state: WorkloadsState, version: CgroupVersion, known: Known): MountLine[] {
  const tmpfs = (path: string, options: string): MountLine => ({ device: 'tmpfs', path, type: 'tmpfs', options });
  const lines: MountLine[] = [
    { device: 'sysfs', path: '/sys', type: 'sysfs', options: 'rw,nosuid,nodev,noexec,relatime' },
    { device: 'proc', path: '/proc', type: 'proc', options: 'rw,nosuid,nodev,noexec,relatime' },
    { device: 'udev', path: '/dev', type: 'devtmpfs', options: 'rw,nosuid,relatime,mode=755' },
    { device: 'devpts', path: '/dev/pts', type: 'devpts', options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000' },
    tmpfs('/run', 'rw,nosuid,nodev,noexec,relatime,mode=755'),
    { device: '/dev/vda1', path: '/', type: 'ext4', options: 'rw,relatime' },
    tmpfs('/dev/shm', 'rw,nosuid,nodev'),
    ...cgroupMounts(version, 'rw'),
  ];
  for (const { device, path, fstype, options } of known) {
    const bind = fstype === 'bind' || /(^|,)r?bind(,|$)/.test(options);
    const mode = /(^|,)ro(,|$)/.test(options) ? 'ro' : 'rw';
    if (bind) lines.push({ device: '/dev/vda1', path, type: 'ext4', options: `${mode},relatime` });
    else
      lines.push({
        device: fstype === 'tmpfs' ? 'tmpfs' : device,
        path,
        type: fstype,
        options: fstype === 'tmpfs' ? tmpfsOptions(mode, options) : options || 'rw',
      });
  }
  const task = '/run/containerd/io.containerd.runtime.v2.task/k8s.io';
  for (const id in state.containers) {
    const container = state.containers[id] as Container;
    if (id === 'host' || container.init === 0) continue;
    lines.push({ device: 'overlay', path: `${task}/${id}/rootfs`, type: 'overlay', options: 'rw,relatime' });
    const { netns, containerName } = container.environment;
    if (containerName !== sandboxName) continue;
    lines.push({
      device: 'shm',
      path: `/run/containerd/io.containerd.grpc.v1.cri/sandboxes/${id}/shm`,
      type: 'tmpfs',
      options: 'rw,nosuid,nodev,noexec,relatime,size=65536k',
    });
    if (netns !== 'host') lines.push({ device: 'nsfs', path: `/run/netns/${netns}`, type: 'nsfs', options: 'rw' });
  }
  return lines;
}

/** How the runtime names the container of the pause process. */
export const sandboxName = 'POD';

/** PIDs of shims: those of their pause processes, moved out of the way of all others. */
const shimOffset = 100_000;

function daemon(pid: number, argv: string[], startedAtMs: number, rssMegabytes: number): Process {
  return {
    pid,
    ppid: pid === 1 ? 0 : 1,
    nspid: pid,
    containerID: 'host',
    argv,
    program: '',
    startedAtMs,
    cwd: '/',
    uid: 0,
    gid: 0,
    groups: [],
    umask: 0o022,
    env: {},
    fds: [],
    data: null,
    generation: 0,
    rssBytes: rssMegabytes * 1024 * 1024,
  };
}

const daemons: Record<string, [argv: string[], rssMegabytes: number]> = {
  'containerd.service': [['/usr/bin/containerd'], 60],
  'kubelet.service': [
    ['/usr/bin/kubelet', '--config=/var/lib/kubelet/config.yaml', '--kubeconfig=/etc/kubernetes/kubelet.conf', '--hostname-override={}'],
    110,
  ],
};

/** systemd, sshd, the daemons of units that run, a shim for each sandbox: what `ps` of the host lists beside the programs of the model. */
export function systemProcesses(state: WorkloadsState, ctx: Ctx): Process[] {
  const { units } = machineOf(state, ctx);
  const list = [daemon(1, ['/sbin/init'], bootMs, 12), daemon(540, ['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups'], bootMs, 9)];
  for (const { unit, mainPid, sinceMs } of units) {
    const known = daemons[unit];
    if (known && mainPid > 0)
      list.push(
        daemon(
          mainPid,
          known[0].map((word) => word.replace('{}', state.host)),
          sinceMs,
          known[1],
        ),
      );
  }
  if (ctx.isUp(`${state.host}/kube-proxy`))
    list.push(daemon(kubeProxyPid, ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', `--hostname-override=${state.host}`], bootMs, 50));
  for (const id in state.containers) {
    const { environment, init, startedAtMs } = state.containers[id] as Container;
    if (environment.containerName !== sandboxName || init === 0) continue;
    const argv = ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', id, '-address', '/run/containerd/containerd.sock'];
    list.push(daemon(shimOffset + init, argv, startedAtMs, 10));
  }
  return list;
}

/** The shim that a container's first process is a child of; 0 when there is none. */
export function shimOf(state: WorkloadsState, container: Container): number {
  const { podUID } = container.environment;
  if (podUID === '') return 0;
  for (const id in state.containers) {
    const other = state.containers[id] as Container;
    if (other.environment.podUID === podUID && other.environment.containerName === sandboxName && other.init !== 0) return shimOffset + other.init;
  }
  return 0;
}
