/** Everything a host's programs are, as plain JSON. */
import type { ProcessEnvironment } from '../../contracts/process.ts';

export interface FileNode {
  kind: 'file' | 'dir' | 'symlink' | 'device';
  mode: number;
  uid: number;
  gid: number;
  mtimeMs: number;
  text?: string;
  target?: string;
  /** Bytes of `text`, where they were counted. */
  bytes?: number;
  /** Bytes that are not held as text: what `dd` wrote, a binary's size. */
  padBytes?: number;
}

/** `null`: removed from the image's tree. */
export type Overlay = Record<string, FileNode | null>;

export interface Container {
  id: string;
  environment: ProcessEnvironment;
  owner: string;
  /** The first process; 0 when it has ended. */
  init: number;
  pids: number[];
  files: Overlay;
  /** Bytes of the overlay, to bound it. */
  bytes: number;
  startedAtMs: number;
  fault: { fail?: boolean; delayMs?: number } | null;
  output: { second: number; bytes: number };
  forks: { second: number; count: number };
  oom?: true;
  exited?: { exitCode: number; finishedAtMs: number };
}

/** An open file description: what forked processes share. */
export type Description = { refs: number } & (
  | { kind: 'null' }
  | { kind: 'never' }
  | { kind: 'zero' }
  | { kind: 'random' }
  | { kind: 'container'; containerID: string; stream: 'stdout' | 'stderr' }
  | { kind: 'exec'; execID: string; stream: 'stdout' | 'stderr' }
  | { kind: 'file'; path: string; offset: number; append: boolean; write: boolean }
  | { kind: 'text'; text: string; offset: number }
  | { kind: 'pipe'; pipe: string; end: 'r' | 'w' }
);

export interface Pipe {
  text: string;
  readers: number;
  writers: number;
  waitR: number[];
  waitW: number[];
}

export interface Process {
  pid: number;
  ppid: number;
  nspid: number;
  containerID: string;
  argv: string[];
  /** Name in the table of programs. */
  program: string;
  startedAtMs: number;
  cwd: string;
  uid: number;
  gid: number;
  groups: number[];
  umask: number;
  env: Record<string, string>;
  fds: (string | null)[];
  data: unknown;
  /** Of the timer that may wake it; older ones are stale. */
  generation: number;
  execID?: string;
  rssBytes: number;
  cpu?: number;
  /** A title that the program gave itself (`nginx: worker process`). */
  title?: string;
  netns?: string;
}

export interface ExecSession {
  execID: string;
  owner: string;
  pid: number;
  containerID: string;
  stdout: string;
  stderr: string;
  tty: boolean;
}

export interface WorkloadsState {
  host: string;
  nextPid: number;
  nextOpen: number;
  /** pidns → the next PID inside. */
  nextNspid: Record<string, number>;
  /** pidns → PID (of the host) of its init. */
  nsInit: Record<string, number>;
  containers: Record<string, Container>;
  /** `p12` → process. */
  processes: Record<string, Process>;
  execs: Record<string, ExecSession>;
  open: Record<string, Description>;
  pipes: Record<string, Pipe>;
  /** connection → `p12`, for those that a program keeps open. */
  connections: Record<string, number>;
}

export const processKey = (pid: number): string => `p${pid}`;

export const limits = {
  processesPerContainer: 256,
  filesPerContainer: 2000,
  bytesPerContainer: 8 * 1024 * 1024,
  textPerFile: 1024 * 1024,
  outputPerSecond: 256 * 1024,
  execOutput: 1024 * 1024,
  pipeBytes: 64 * 1024,
  pipeMost: 1024 * 1024,
  forksPerSecond: 1000,
  openPerHost: 20_000,
};

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  if (text.length < 64) return lengthOf(text);
  // A page that is served again and again is measured once.
  if (text !== measured.text) {
    measured.text = text;
    measured.bytes = lengthOf(text);
  }
  return measured.bytes;
}
const measured = { text: '', bytes: 0 };

function lengthOf(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0x80) continue;
    if (c < 0x800) bytes += 1;
    else if (c >= 0xd800 && c < 0xdc00 && i + 1 < text.length) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}
