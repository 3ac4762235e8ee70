/** Files that are no files: `/proc/sys` is the sysctls, `/sys/fs/cgroup` the cgroups, and a few facts of the machine under `/proc`. */
import type { FileStat, FsAnswer, FsRequest } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { serveCgroup } from '../cgroup.ts';
import { getSysctl, setSysctl } from '../net/sysctls.ts';
import type { OsState } from '../state.ts';

/** The answer for such a file or directory; null: an ordinary path. */
export function serveVirtual(s: OsState, request: FsRequest, ctx: Ctx): FsAnswer | null {
  if (request.op === 'list' || request.op === 'stat' || request.op === 'lstat') {
    const { path } = request;
    return typeof path === 'string' && (path === cgroupRoot || path.startsWith(`${cgroupRoot}/`)) ? cgroupTree(s, request.op, path, ctx) : null;
  }
  if ((request.op !== 'read' && request.op !== 'write') || typeof request.path !== 'string') return null;
  const { path } = request;
  if (path.startsWith('/proc/')) {
    if (path.startsWith('/proc/sys/')) return sysctl(s, path.slice('/proc/sys/'.length), request);
    const text = request.op === 'read' ? machineFile(s, path, ctx) : null;
    return text === null ? null : { text };
  }
  if (path.startsWith(`${cgroupRoot}/`)) return cgroupFile(s, path, request, ctx);
  return null;
}

function sysctl(s: OsState, name: string, request: FsRequest & { op: 'read' | 'write' }): FsAnswer {
  const known = getSysctl(s, name);
  if (known.error !== undefined) return { error: 'ENOENT' };
  if (request.op === 'read') return { text: `${known.value}\n` };
  if (setSysctl(s, name, request.text.trimEnd()).error !== undefined) return { error: 'EINVAL' };
  s.netGeneration += 1;
  return {};
}

const cgroupRoot = '/sys/fs/cgroup';
/** Hierarchies of cgroup v1, each with the same groups here. */
const controllers = ['blkio', 'cpu', 'cpu,cpuacct', 'cpuacct', 'cpuset', 'devices', 'freezer', 'hugetlb', 'memory', 'perf_event', 'pids', 'systemd'];

/** The group of a path below the root; null: the directory that holds the hierarchies of v1. */
function groupOf(s: OsState, path: string): string | null {
  const below = path.slice(cgroupRoot.length);
  if (s.machine.cgroupVersion === 2) return below || '/';
  if (below === '') return null;
  const [, controller = '', ...rest] = below.split('/');
  return controllers.includes(controller) ? `/${rest.join('/')}` : below;
}

const v1Files: Record<string, string[]> = {
  cpu: ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares'],
  memory: ['memory.limit_in_bytes', 'memory.usage_in_bytes'],
  pids: ['pids.current', 'pids.max'],
};
const onlyV1 = new Set([...(v1Files.cpu as string[]), ...(v1Files.memory as string[])]);

/** Does a group at `path` have a file of this name? v1 has those of the path's controllers, v2 its own. */
function hasFile(s: OsState, path: string, name: string): boolean {
  if (s.machine.cgroupVersion === 2) return !onlyV1.has(name);
  const controller = path.slice(cgroupRoot.length + 1).split('/')[0] ?? '';
  return name === 'cgroup.procs' || controller.split(',').some((c) => v1Files[c]?.includes(name));
}

/** Groups are directories, their values files. */
function cgroupTree(s: OsState, op: 'list' | 'stat' | 'lstat', path: string, ctx: Ctx): FsAnswer {
  const at = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const group = groupOf(s, at);
  if (op !== 'list') {
    const isGroup = group === null || s.cgroups.groups[group] !== undefined;
    if (!isGroup && cgroupFile(s, at, { type: 'Fs', op: 'read', path: at }, ctx).error) return { error: 'ENOENT' };
    const stat: FileStat = { kind: isGroup ? 'dir' : 'file', mode: isGroup ? 0o755 : 0o644, uid: 0, gid: 0, size: 0, mtimeMs: 0 };
    return { stat };
  }
  if (group === null) return { names: [...controllers] };
  const values = serveCgroup(s.cgroups, { type: 'Cgroup', op: 'get', path: group }, ctx).values;
  if (!values) return { error: 'ENOENT' };
  const names = Object.keys(values).filter((name) => hasFile(s, at, name));
  const prefix = group === '/' ? '/' : `${group}/`;
  for (const other in s.cgroups.groups)
    if (other !== '/' && other.startsWith(prefix) && !other.includes('/', prefix.length)) names.push(other.slice(prefix.length));
  return { names: names.sort() };
}

function cgroupFile(s: OsState, path: string, request: FsRequest & { op: 'read' | 'write' }, ctx: Ctx): FsAnswer {
  const slash = path.lastIndexOf('/');
  const [group, file] = [groupOf(s, path.slice(0, slash)) ?? '', path.slice(slash + 1)];
  const values = serveCgroup(s.cgroups, { type: 'Cgroup', op: 'get', path: group }, ctx).values;
  if (!values || !Object.hasOwn(values, file) || !hasFile(s, path, file)) return { error: 'ENOENT' };
  const value = values[file] as string;
  if (request.op === 'read') return { text: value === '' || value.endsWith('\n') ? value : `${value}\n` };
  const answer = serveCgroup(s.cgroups, { type: 'Cgroup', op: 'set', path: group, values: { [file]: request.text.trimEnd() } }, ctx);
  return answer.error ? { error: answer.error } : {};
}

function machineFile(s: OsState, path: string, ctx: Ctx): string | null {
  switch (path) {
    case '/proc/meminfo': {
      const used = s.cgroups.groups['/']?.memoryBytes ?? 0;
      const kB = (bytes: number): string => String(Math.floor(bytes / 1024)).padStart(8);
      const free = s.machine.memoryBytes - used;
      return `MemTotal:       ${kB(s.machine.memoryBytes)} kB\nMemFree:        ${kB(free)} kB\nMemAvailable:   ${kB(free)} kB\n`;
    }
    case '/proc/version':
      return `Linux version ${s.machine.kernelVersion}\n`;
    case '/proc/uptime':
      return `${(ctx.nowMs / 1000).toFixed(2)} ${((ctx.nowMs * s.machine.cpus) / 1000).toFixed(2)}\n`;
    default:
      return null;
  }
}
