/** /proc, /sys and /dev as a container sees them: made when they are read. */
import type { CgroupAnswer } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { bootMs, machineOf, memoryOf, mountsOf, shimOf, systemProcesses } from './machine.ts';
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
      ...visible(state, container, ctx).map((p) => String(p.nspid)),
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
      return file(`${((ctx.nowMs - bootMs) / 1000).toFixed(2)} ${((ctx.nowMs - bootMs) / 600).toFixed(2)}\n`);
    case 'loadavg':
      return file(`0.10 0.08 0.05 1/${Object.keys(state.processes).length + 120} ${state.nextPid}\n`);
    case 'version':
      return file(`Linux version ${machineOf(state, ctx).kernelVersion} (build@kubarium) #1 SMP PREEMPT_DYNAMIC\n`);
    case 'meminfo': {
      const m = memoryOf(machineOf(state, ctx));
      const line = (name: string, kB: number): string => `${`${name}:`.padEnd(16)}${String(kB).padStart(8)} kB\n`;
      return file(
        line('MemTotal', m.total) +
          line('MemFree', m.free) +
          line('MemAvailable', m.available) +
          line('Buffers', 0) +
          line('Cached', m.cache) +
          line('SwapTotal', 0) +
          line('SwapFree', 0),
      );
    }
    case 'cpuinfo': {
      const { cpus } = machineOf(state, ctx);
      return file(Array.from({ length: cpus }, (_, n) => `processor\t: ${n}\nmodel name\t: Simulated CPU\ncpu MHz\t\t: 2000.000\n`).join('\n'));
    }
    case 'stat':
      return file('cpu  0 0 0 0 0 0 0 0 0 0\n');
    case 'mounts':
      return file(mountsText(state, container, ctx));
    case 'sys':
      return what === '' ? dir([]) : undefined;
    default:
  }
  const found = who === 'self' ? process : visible(state, container, ctx).find((p) => String(p.nspid) === who);
  if (!found) return undefined;
  return ofProcess(found, what, state, process, ctx);
}

/** Processes in the PID namespace of `container`. */
export function visible(state: WorkloadsState, container: Container, ctx: Ctx): Process[] {
  const out: Process[] = [];
  const ns = container.environment.pidns;
  if (ns === 'host') {
    out.push(...systemProcesses(state, ctx));
    for (const key in state.processes) {
      const p = state.processes[key] as Process;
      const home = state.containers[p.containerID];
      const ppid = p.ppid || (home && home.init === p.pid ? shimOf(state, home) : 0) || 1;
      out.push({ ...p, nspid: p.pid, ppid });
    }
    return out.sort((a, b) => a.pid - b.pid);
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

const mountsText = (state: WorkloadsState, container: Container, ctx: Ctx): string =>
  mountsOf(state, container, ctx)
    .map(({ device, path, type, options }) => `${device} ${path} ${type} ${options} 0 0\n`)
    .join('');

function ofProcess(p: Process, what: string, state: WorkloadsState, asking: Process, ctx: Ctx): FileNode | undefined {
  const may = asking.uid === 0 || asking.uid === p.uid;
  switch (what) {
    case '':
      return dir(['cgroup', 'cmdline', 'comm', 'cwd', 'environ', 'exe', 'fd', 'mounts', 'root', 'stat', 'status']);
    case 'status':
      return file(statusText(p, state));
    case 'cmdline':
      return file(p.argv.map((a) => `${a}\0`).join(''));
    case 'comm':
      return file(`${commandOf(p)}\n`, 0o644);
    case 'environ':
      return file(
        Object.keys(p.env)
          .map((k) => `${k}=${p.env[k]}\0`)
          .join(''),
        may ? 0o400 : 0,
      );
    case 'cgroup':
      return file(`0::${p.program === '' && p.containerID === 'host' ? daemonCgroup(p) : (state.containers[p.containerID]?.environment.cgroup ?? '/')}\n`);
    case 'mounts': {
      const container = state.containers[p.containerID];
      return container ? file(mountsText(state, container, ctx)) : undefined;
    }
    case 'stat':
      return file(`${p.nspid} (${commandOf(p)}) S 0 ${p.nspid} ${p.nspid} 0 -1 4194560\n`);
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

/** A shim is in its daemon's. */
const daemonCgroup = (p: Process): string => (p.pid === 1 ? '/init.scope' : `/system.slice/${commandOf(p).replace('-shim-run', '')}.service`);

/** The kernel's short name of a process. */
export const commandOf = (p: Process): string => (p.pid === 1 && p.program === '' ? 'systemd' : (p.argv[0] ?? '').split('/').pop() || '').slice(0, 15);

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

const v2Files = [
  'cgroup.controllers',
  'cgroup.procs',
  'cpu.max',
  'cpu.stat',
  'cpu.weight',
  'memory.current',
  'memory.events',
  'memory.high',
  'memory.low',
  'memory.max',
  'memory.min',
  'memory.peak',
  'memory.swap.max',
  'pids.current',
  'pids.max',
];
const v1Cpu = ['cgroup.procs', 'cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares'];
const v1Files: Record<string, string[]> = {
  cpu: v1Cpu,
  'cpu,cpuacct': v1Cpu,
  memory: ['cgroup.procs', 'memory.limit_in_bytes', 'memory.usage_in_bytes'],
  pids: ['cgroup.procs', 'pids.current', 'pids.max'],
};

function sysFile(path: string, state: WorkloadsState, container: Container, ctx: Ctx): FileNode | undefined {
  if (path === '/sys') return dir(['fs']);
  if (path === '/sys/fs') return dir(['cgroup']);
  if (!path.startsWith('/sys/fs/cgroup')) return undefined;
  const rest = path.slice('/sys/fs/cgroup'.length + 1);
  const { cgroupVersion } = machineOf(state, ctx);
  const names = cgroupVersion === 2 ? (rest === '' ? v2Files : undefined) : rest === '' ? Object.keys(v1Files) : v1Files[rest];
  if (names) return dir(names);
  const [controller = '', below] = rest.split('/');
  if (cgroupVersion === 2 ? !v2Files.includes(rest) : below === undefined || !v1Files[controller]?.includes(below)) return undefined;
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
