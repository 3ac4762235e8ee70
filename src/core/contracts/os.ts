/**
 * System calls of a host's kernel, served by `HOST/os` through `ctx.call`. Files and mounts, cgroups, processes' memory, systemd.
 * Sockets, links and netfilter: `socket.ts`, `netfilter.ts`.
 */
import type { Body } from '../engine/types.ts';
import { addressOf } from './addresses.ts';
import type { JournalEntry } from './journal.ts';

export const osOf = addressOf('os');

export interface FileStat {
  kind: 'file' | 'dir' | 'symlink' | 'socket' | 'device';
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtimeMs: number;
  target?: string;
}
export type FileError =
  | 'ENOENT'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'EEXIST'
  | 'EACCES'
  | 'EROFS'
  | 'ENOTEMPTY'
  | 'ENOSPC'
  | 'ELOOP'
  | 'EINVAL'
  | 'EPERM'
  | 'EBUSY'
  | 'ENAMETOOLONG';

/**
 * The host's own tree (`/var/lib/kubelet/pods/…`, `/var/log/pods/…`, `/etc/kubernetes/manifests/…`). `kubelet` and `runtime` use it for volumes and logs;
 * containers reach it through their mounts (`workloads` resolves a container's path to rootfs or to a host path first).
 */
export type FsRequest = { type: 'Fs' } & (
  | { op: 'read'; path: string } // → FsAnswer.text
  /** Makes the file, not its directory. `padBytes`: so many further bytes that count but are not held (what `dd if=/dev/zero` wrote). */
  | { op: 'write'; path: string; text: string; append?: boolean; mode?: number; uid?: number; gid?: number; padBytes?: number }
  | { op: 'mkdir'; path: string; parents?: boolean; mode?: number; uid?: number; gid?: number }
  | { op: 'remove'; path: string; recursive?: boolean }
  | { op: 'rename'; path: string; to: string }
  | { op: 'symlink'; path: string; target: string }
  | { op: 'list'; path: string } // → FsAnswer.names, sorted
  | { op: 'stat' | 'lstat'; path: string }
  | { op: 'chmod'; path: string; mode: number }
  | { op: 'chown'; path: string; uid: number; gid: number }
  | { op: 'usage'; path: string } // → FsAnswer.bytes, everything below
  | { op: 'allocate'; path: string; bytes: number } // fallocate: a file of that size without text (an image layer, a full disk)
  | { op: 'statfs'; path: string } // → FsAnswer.bytes (used) and capacityBytes of the file system there
  | { op: 'mount'; path: string; device: string; fstype: string; options: string; sizeBytes?: number }
  | { op: 'unmount'; path: string }
  | { op: 'mounts' } // → FsAnswer.mounts
  /** inotify: each later change of a file or link directly in the directory is told to `owner` with `FsChanged`. EINVAL where it is not supported. */
  | { op: 'watch'; path: string; owner: string }
);
/** To the owner of a watch: something in the watched directory `path` was written, made, renamed or removed. */
export interface FsChanged extends Body {
  readonly type: 'FsChanged';
  readonly path: string;
}
export interface FsAnswer {
  error?: FileError;
  text?: string;
  names?: string[];
  stat?: FileStat;
  bytes?: number;
  capacityBytes?: number;
  mounts?: { path: string; device: string; fstype: string; options: string }[];
}

/** cgroup v2 tree by path (`/kubepods.slice/kubepods-burstable.slice/…`). */
export type CgroupRequest = { type: 'Cgroup' } & (
  | { op: 'create'; path: string; values?: Record<string, string> }
  | { op: 'remove'; path: string }
  | { op: 'set'; path: string; values: Record<string, string> } // memory.max, cpu.max, cpu.weight, pids.max …
  | { op: 'get'; path: string } // → CgroupAnswer.values, usage included
  | { op: 'list' }
  /** A process's resident memory changed. When a limit above it is passed the kernel picks a victim and sends `Signal` (SIGKILL, oom) to `HOST/workloads`. */
  | { op: 'charge'; path: string; pid: number; containerID: string; rssBytes: number; oomScoreAdj: number }
  | { op: 'uncharge'; path: string; pid: number }
  | { op: 'cpu'; path: string; millicores: number }
);
export interface CgroupAnswer {
  error?: FileError;
  values?: Record<string, string>;
  paths?: string[] /** of `charge`: pid of the process that was chosen */;
  killed?: number;
  memoryBytes?: number;
}

/** kube-proxy is no unit: its process is that of a DaemonSet. */
export const kubeProxyPid = 1043;

export type CgroupVersion = 1 | 2;

/** A call: what uname, sysinfo and statfs of the root tell of the machine, and the units that run on it. */
export interface MachineRequest extends Body {
  readonly type: 'Machine';
}
export interface MachineAnswer {
  cpus: number;
  memoryBytes: number;
  /** Charged to cgroups. */
  memoryUsedBytes: number;
  kernelVersion: string;
  cgroupVersion: CgroupVersion;
  diskBytes: number;
  diskUsedBytes: number;
  units: UnitStatus[];
}

/** A unit of systemd: `kubelet.service`, `containerd.service`, `kube-proxy.service`. */
export type SystemdRequest = { type: 'Systemd' } & (
  | { op: 'list' }
  | { op: 'status'; unit: string }
  | { op: 'start' | 'stop' | 'kill' | 'restart'; unit: string }
  | { op: 'journal'; unit: string; entry: JournalEntry } // a line of the unit's log
  | { op: 'readJournal'; unit?: string; lines?: number }
);
export interface UnitStatus {
  unit: string;
  active: 'active' | 'inactive' | 'failed' | 'activating';
  sub: string;
  sinceMs: number;
  mainPid: number;
  description: string;
}
/** A line of the journal; `identifier` and `pid` are the writer's (`kubelet[709]`, `systemd[1]`). */
export interface JournalLine {
  atMs: number;
  unit: string;
  identifier: string;
  pid: number;
  text: string;
  /** Of a daemon: its line in parts, in place of the text. */
  entry?: JournalEntry;
}
/** `error` in systemctl's words: `Unit x.service could not be found.` */
export interface SystemdAnswer {
  error?: string;
  units?: UnitStatus[];
  status?: UnitStatus;
  lines?: JournalLine[];
}
/** Told by the os when a unit must start or stop: `world.ts` acts on it. */
export interface UnitNote extends Body {
  readonly type: 'Unit';
  readonly op: 'start' | 'stop';
  readonly unit: string;
  readonly host: string;
}

/** A tool of the node's shell (`iptables-save`, `crictl`, `ip`, …): pure but for `call`. Registered by world.ts with the workloads' shell. */
export interface ToolEnvironment {
  host: string;
  nowMs: number;
  epochMs: number;
  stdin: string;
  /** Network namespace the shell runs in. */
  netns: string;
  call<T>(to: string, request: Body): T;
  /** For a tool that has something done; absent where the tool is only asked. */
  send?(to: string, body: Body): void;
}
export interface ToolResult {
  stdout: string;
  stderr: string;
  code: number;
}
export type Tool = (argv: string[], env: ToolEnvironment) => ToolResult;

/** A message to `HOST/os`: the root file system is filled to the last block (`full`), or freed again. */
export interface FillDisk extends Body {
  readonly type: 'FillDisk';
  readonly full: boolean;
}
