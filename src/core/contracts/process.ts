/**
 * Processes: what runc and the shims ask of the kernel, and what comes back. Served by `NODE/workloads` (the programs of a host).
 * `Spawn`, `Signal`, `Exec`, `ListProcesses` are calls; the rest are messages to the owner that was named at Spawn or Exec.
 */
import type { Body } from '../engine/types.ts';
import { addressOf } from './addresses.ts';
import type { Mount } from './cri.ts';

export const workloadsOf = addressOf('workloads');

/** Where a process lives: what `runc create` set up. Registered with `Spawn`, freed with `RemoveRootfs`. */
export interface ProcessEnvironment {
  /** The container, `host` for the node's own shell. Names the mount namespace in file system calls. */
  containerID: string;
  podUID: string;
  podName: string;
  podNamespace: string;
  containerName: string;
  /** The image's canonical name, `docker.io/library/nginx:1.27`: chooses the program. */
  image: string;
  env: Record<string, string>;
  cwd: string;
  user: { uid: number; gid: number; groups: number[] };
  hostname: string;
  mounts: Mount[];
  readonlyRootfs: boolean;
  capabilities: string[];
  /** Network namespace: a name known to the kernel (`host`, `cni-…`). */
  netns: string;
  /** cgroup path, for memory and CPU accounting. */
  cgroup: string;
  /** Containers that share a PID namespace have the same one. */
  pidns: string;
  tty: boolean;
  /** `containerPort`s of the spec: an unknown image serves on these. */
  ports: { port: number; protocol: string; name?: string }[];
  /** `kubarium.dev/…` annotations of the pod. */
  behaviour: Record<string, string>;
  /** Standard input stays open and silent (`stdin: true` of the container), so that a shell waits. Absent: as `tty`. */
  stdin?: boolean;
  /** `oom_score_adj` of its processes, for `charge`. Absent: 0. */
  oomScoreAdj?: number;
}

export interface Spawn extends Body {
  readonly type: 'Spawn';
  readonly environment: ProcessEnvironment;
  readonly argv: string[];
  readonly owner: string;
  /** `runc create` alone: answers `error` or nothing, and starts nothing. */
  readonly check?: boolean;
}
/** `error`: the tail of runc's words, e.g. `exec: "/no/such": stat /no/such: no such file or directory`. */
export interface SpawnAnswer {
  pid?: number;
  error?: string;
}

export interface Signal extends Body {
  readonly type: 'Signal';
  readonly containerID: string /** PID as the host sees it; 0: the container's first process. */;
  readonly pid: number;
  readonly signal: string /** The kernel's OOM killer sends it. */;
  readonly oom?: boolean;
}

/** Another process in a running container (`ExecSync`, `kubectl exec`, `docker exec`, the node's shell with containerID `host`). Answered by ExecDone. */
export interface Exec extends Body {
  readonly type: 'Exec';
  readonly containerID: string;
  readonly argv: string[];
  readonly execID: string;
  readonly owner: string;
  readonly stdin?: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly tty?: boolean;
}
export interface ExecAnswer {
  pid?: number;
  error?: string;
}
/** A call: what became of a container's first process, as its shim remembers until `RemoveRootfs`. A runtime asks it when it comes back. */
export interface Wait extends Body {
  readonly type: 'Wait';
  readonly containerID: string;
}
/** Neither `running` nor `exitCode`: nobody knows (the host was started again). */
export interface WaitAnswer {
  running?: boolean;
  exitCode?: number;
  oom?: boolean;
  finishedAtMs?: number;
}
/** A call: what a container wrote into its own layer, copies of changed files of the image included. */
export interface RootfsUsage extends Body {
  readonly type: 'RootfsUsage';
  readonly containerID: string;
}
export interface RootfsUsageAnswer {
  bytes: number;
  inodes: number;
}
export interface KillExec extends Body {
  readonly type: 'KillExec';
  readonly execID: string;
}
export interface RemoveRootfs extends Body {
  readonly type: 'RemoveRootfs';
  readonly containerID: string;
}

/** To the owner: the container's first process ended. 128 + n when signal n killed it. */
export interface ProcessExited extends Body {
  readonly type: 'ProcessExited';
  readonly containerID: string;
  readonly pid: number;
  readonly exitCode: number;
  readonly oom: boolean;
}
/** To the owner: whole pieces of output as they are written (a piece may hold many lines, or part of one). */
export interface ProcessOutput extends Body {
  readonly type: 'ProcessOutput';
  readonly containerID: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
export interface ExecDone extends Body {
  readonly type: 'ExecDone';
  readonly execID: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ListProcesses extends Body {
  readonly type: 'ListProcesses';
}
export interface ProcessInfo {
  pid: number;
  ppid: number;
  containerID: string /** inside its PID namespace */;
  nspid: number;
  user: string;
  argv: string[];
  startedAtMs: number;
  rssBytes: number;
  state: 'R' | 'S' | 'Z';
}

/** Answers `CheckImage`: does the catalogue know the program, and what does its config say (entry point, ports, …)? */
export interface ImageConfig {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  WorkingDir?: string;
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  StopSignal?: string;
}
