/** /proc, /sys and /dev as a container sees them: made when they are read. */
import type { CgroupAnswer } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { type Container, type FileNode, type Process, processKey, type WorkloadsState } from './state.ts';

const made = (kind: FileNode['kind'], mode: number, text = '', target?: string): FileNode => ({
  kind,
  mode,
  uid: 0,
  gid: 0,
  mtimeMs: 0,
  text,
  ...(target !== undefined ? { target } : {}),
});
const dir = (names: string[]): FileNode => made('dir', 0o555, names.join('\n'));
const file = (text: string, mode = 0o444): FileNode => made('file', mode, text);
const device = (): FileNode => made('device', 0o666);

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'stdin', 'stdout', 'stderr', 'fd', 'shm', 'pts'];

/** The node at `path`, or undefined when it is not one of these. A directory's names are its `text`. */
export function procFile(path: string, state: WorkloadsState, container: Container, process: Process, ctx: Ctx): FileNode | undefined {
  if (path.startsWith('/dev')) {
    if (path === '/dev') return made('dir', 0o755, devices.join('\n'));
    const name = path.slice(5);
    if (['null', 'zero', 'full', 'random', 'urandom', 'tty', 'stdin', 'stdout', 'stderr'].includes(name)) return device();
    if (/^fd\/[0-9]$/.test(name)) return device();
    if (name === 'fd') return dir(['0', '1', '2']);
    if (name === 'shm' || name === 'pts') return made('dir', 0o1777);
    return undefined;
  }
  if (path.startsWith('/sys')) return sysFile(path, state, container, ctx);
  if (path === '/proc')
    return dir([
      ...visible(state, container).map((p) => String(p.nspid)),
      'cpuinfo',
      'loadavg',
      'meminfo',
      'mounts',
      'self',
      'stat',
      'sys',
      'uptime',
      'version',
    ]);
  const [, , who = '', ...rest] = path.split('/');
  const what = rest.join('/');
  switch (who) {
    case 'self':
      if (what === '') return made('symlink', 0o777, '', String(process.nspid));
      break;
    case 'uptime':
      return file(`${((ctx.nowMs + 3_600_000) / 1000).toFixed(2)} ${((ctx.nowMs + 3_600_000) / 600).toFixed(2)}\n`);
    case 'loadavg':
      return file(`0.10 0.08 0.05 1/${Object.keys(state.processes).length + 120} ${state.nextPid}\n`);
    case 'version':
      return file('Linux version 6.12.48 (build@kubarium) #1 SMP PREEMPT_DYNAMIC\n');
    case 'meminfo':
      return file(
        'MemTotal:       24684096 kB\nMemFree:        20684096 kB\nMemAvailable:   22684096 kB\nBuffers:          102400 kB\nCached:          1904800 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n',
      );
    case 'cpuinfo':
      return file([0, 1].map((n) => `processor\t: ${n}\nmodel name\t: Simulated CPU\ncpu MHz\t\t: 2000.000\n`).join('\n'));
    case 'stat':
      return file('cpu  0 0 0 0 0 0 0 0 0 0\n');
    case 'mounts':
      return file(mountsText(container));
    case 'sys':
      return what === '' ? dir([]) : undefined;
    default:
  }
  const found = who === 'self' ? process : visible(state, container).find((p) => String(p.nspid) === who);
  if (!found) return undefined;
  return ofProcess(found, what, state, process);
}

/** Processes in the PID namespace of `container`. */
export function visible(state: WorkloadsState, container: Container): Process[] {
  const out: Process[] = [];
  const ns = container.environment.pidns;
  if (ns === 'host') {
    for (const key in state.processes) out.push({ ...(state.processes[key] as Process), nspid: (state.processes[key] as Process).pid });
    return out;
  }
  for (const id in state.containers) {
    const other = state.containers[id] as Container;
    if (other.environment.pidns !== ns) continue;
    for (const pid of other.pids) {
      const p = state.processes[processKey(pid)];
      if (p) out.push(p);
    }
  }
  return out.sort((a, b) => a.nspid - b.nspid);
}

function mountsText(container: Container): string {
  const e = container.environment;
  const own = e.mounts.map((m) => `/dev/vda1 ${m.containerPath} ext4 ${m.readonly ? 'ro' : 'rw'},relatime 0 0\n`).join('');
  return `overlay / overlay ${e.readonlyRootfs ? 'ro' : 'rw'},relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\nsysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\ncgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec,relatime 0 0\n${own}`;
}

function ofProcess(p: Process, what: string, state: WorkloadsState, asking: Process): FileNode | undefined {
  const may = asking.uid === 0 || asking.uid === p.uid;
  switch (what) {
    case '':
      return dir(['cgroup', 'cmdline', 'comm', 'cwd', 'environ', 'exe', 'fd', 'mounts', 'root', 'stat', 'status']);
    case 'status':
      return file(statusText(p, state));
    case 'cmdline':
      return file(p.argv.map((a) => `${a}\0`).join(''));
    case 'comm':
      return file(`${(p.argv[0] ?? '').split('/').pop()}\n`, 0o644);
    case 'environ':
      return file(
        Object.keys(p.env)
          .map((k) => `${k}=${p.env[k]}\0`)
          .join(''),
        may ? 0o400 : 0,
      );
    case 'cgroup':
      return file(`0::${state.containers[p.containerID]?.environment.cgroup ?? '/'}\n`);
    case 'mounts': {
      const container = state.containers[p.containerID];
      return container ? file(mountsText(container)) : undefined;
    }
    case 'stat':
      return file(`${p.nspid} (${(p.argv[0] ?? '').split('/').pop()}) S 0 ${p.nspid} ${p.nspid} 0 -1 4194560\n`);
    case 'root':
    case 'cwd':
      return made('symlink', 0o777, '', what === 'cwd' ? p.cwd : '/');
    case 'exe':
      return made('symlink', 0o777, '', p.argv[0] ?? '');
    case 'fd':
      return may ? dir(p.fds.flatMap((d, i) => (d === null ? [] : [String(i)]))) : made('dir', 0);
    default: {
      const fd = /^fd\/([0-9]+)$/.exec(what);
      return fd && p.fds[Number(fd[1])] ? made('device', may ? 0o700 : 0) : undefined;
    }
  }
}

const capabilityBits =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

function capabilityMask(capabilities: readonly string[]): string {
  let high = 0;
  let low = 0;
  for (const raw of capabilities) {
    const name = raw.toUpperCase().replace(/^CAP_/, '');
    const bit = capabilityBits.indexOf(name);
    for (const b of name === 'ALL' ? capabilityBits.keys() : [bit]) {
      if (b < 0) continue;
      if (b < 32) low = (low | (1 << b)) >>> 0;
      else high = (high | (1 << (b - 32))) >>> 0;
    }
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function statusText(p: Process, state: WorkloadsState): string {
  const capabilities = state.containers[p.containerID]?.environment.capabilities ?? [];
  const mask = capabilityMask(capabilities);
  // A user other than root gets no capabilities at exec; the bounding set stays.
  const held = p.uid === 0 ? mask : '0'.repeat(16);
  const kb = Math.ceil(p.rssBytes / 1024);
  const name = (p.argv[0] ?? '').split('/').pop() ?? '';
  const lines = [
    `Name:\t${name}`,
    `Umask:\t${p.umask.toString(8).padStart(4, '0')}`,
    'State:\tS (sleeping)',
    `Tgid:\t${p.nspid}`,
    'Ngid:\t0',
    `Pid:\t${p.nspid}`,
    `PPid:\t${p.ppid === 0 ? 0 : (state.processes[processKey(p.ppid)]?.nspid ?? 0)}`,
    'TracerPid:\t0',
    `Uid:\t${p.uid}\t${p.uid}\t${p.uid}\t${p.uid}`,
    `Gid:\t${p.gid}\t${p.gid}\t${p.gid}\t${p.gid}`,
    'FDSize:\t64',
    `Groups:\t${p.groups.join(' ')} `,
    `VmPeak:\t${kb * 3} kB`,
    `VmSize:\t${kb * 3} kB`,
    `VmHWM:\t${kb} kB`,
    `VmRSS:\t${kb} kB`,
    'Threads:\t1',
    'SigQ:\t0/95890',
    'SigPnd:\t0000000000000000',
    'ShdPnd:\t0000000000000000',
    'SigBlk:\t0000000000000000',
    'SigIgn:\t0000000000000000',
    'SigCgt:\t0000000000000000',
    `CapInh:\t${'0'.repeat(16)}`,
    `CapPrm:\t${held}`,
    `CapEff:\t${held}`,
    `CapBnd:\t${mask}`,
    `CapAmb:\t${'0'.repeat(16)}`,
    'NoNewPrivs:\t0',
    'Seccomp:\t2',
    'Seccomp_filters:\t1',
    'Cpus_allowed:\t3',
    'Cpus_allowed_list:\t0-1',
  ];
  return `${lines.join('\n')}\n`;
}

function sysFile(path: string, state: WorkloadsState, container: Container, ctx: Ctx): FileNode | undefined {
  if (path === '/sys') return dir(['fs']);
  if (path === '/sys/fs') return dir(['cgroup']);
  if (!path.startsWith('/sys/fs/cgroup')) return undefined;
  const rest = path.slice('/sys/fs/cgroup'.length + 1);
  const v1 = ['cpu', 'memory', 'pids', 'cpu,cpuacct'];
  if (rest === '' || v1.includes(rest)) {
    const names = [
      'cgroup.controllers',
      'cgroup.procs',
      'cpu.max',
      'cpu.weight',
      'memory.current',
      'memory.max',
      'memory.min',
      'memory.high',
      'pids.max',
      'cpu',
      'memory',
    ];
    return dir(
      rest === '' ? names : rest === 'memory' ? ['memory.limit_in_bytes', 'memory.usage_in_bytes'] : ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares'],
    );
  }
  const answer = ctx.call<CgroupAnswer>(`${state.host}/os`, { type: 'Cgroup', op: 'get', path: container.environment.cgroup } as never);
  const values = answer.values ?? {};
  const name = rest.split('/').pop() ?? '';
  const [quota = 'max', period = '100000'] = (values['cpu.max'] ?? 'max 100000').split(' ');
  switch (name) {
    case 'cpu.cfs_quota_us':
      return file(`${quota === 'max' ? -1 : quota}\n`);
    case 'cpu.cfs_period_us':
      return file(`${period}\n`);
    case 'cpu.shares':
      return file(`${values['cpu.shares'] ?? sharesOfWeight(Number(values['cpu.weight'] ?? 1))}\n`);
    case 'memory.limit_in_bytes':
      return file(`${!values['memory.max'] || values['memory.max'] === 'max' ? '9223372036854771712' : values['memory.max']}\n`);
    case 'memory.usage_in_bytes':
      return file(`${values['memory.current'] ?? answer.memoryBytes ?? 0}\n`);
    case 'cgroup.controllers':
      return file('cpuset cpu io memory hugetlb pids rdma misc\n');
    case 'cgroup.procs':
      return file(container.pids.map((pid) => `${state.processes[processKey(pid)]?.nspid ?? 0}\n`).join(''));
    default:
      if (values[name] !== undefined) return file(`${values[name]}\n`);
      return {
        'memory.max': file('max\n'),
        'memory.high': file('max\n'),
        'memory.min': file('0\n'),
        'cpu.max': file('max 100000\n'),
        'cpu.weight': file('100\n'),
        'pids.max': file('max\n'),
        'memory.current': file(`${answer.memoryBytes ?? 0}\n`),
      }[name];
  }
}

/** The cgroup v1 shares that give this cgroup v2 weight, inverse of runc's conversion, to the nearest. */
function sharesOfWeight(weight: number): number {
  return Math.max(2, Math.floor(((weight - 1) * 262142) / 9999) + 2);
}
