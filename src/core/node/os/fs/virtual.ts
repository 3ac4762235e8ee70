/** Files that are no files: `/proc/sys` is the sysctls, `/sys/fs/cgroup` the cgroups, and a few facts of the machine under `/proc`. */
import type { FsAnswer, FsRequest } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { serveCgroup } from '../cgroup.ts';
import { getSysctl, setSysctl } from '../net/sysctls.ts';
import type { OsState } from '../state.ts';

/** The answer to a read or write of such a file; null: an ordinary path. */
export function serveVirtual(s: OsState, request: FsRequest, ctx: Ctx): FsAnswer | null {
  if ((request.op !== 'read' && request.op !== 'write') || typeof request.path !== 'string') return null;
  const { path } = request;
  if (path.startsWith('/proc/')) {
    if (path.startsWith('/proc/sys/')) return sysctl(s, path.slice('/proc/sys/'.length), request);
    const text = request.op === 'read' ? machineFile(s, path, ctx) : null;
    return text === null ? null : { text };
  }
  if (path.startsWith('/sys/fs/cgroup/')) return cgroupFile(s, path.slice('/sys/fs/cgroup'.length), request, ctx);
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

function cgroupFile(s: OsState, path: string, request: FsRequest & { op: 'read' | 'write' }, ctx: Ctx): FsAnswer {
  const slash = path.lastIndexOf('/');
  const [group, file] = [path.slice(0, slash) || '/', path.slice(slash + 1)];
  const values = serveCgroup(s.cgroups, { type: 'Cgroup', op: 'get', path: group }, ctx).values;
  if (!values || !Object.hasOwn(values, file)) return { error: 'ENOENT' };
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
