/** For tests: one host with its workloads, a small stand-in for its kernel (files, sockets on loopback, memory), and all that programs told. */
import type { Tool } from '../contracts/os.ts';
import type { ExecDone, ProcessEnvironment, ProcessExited, ProcessOutput, SpawnAnswer } from '../contracts/process.ts';
import { Engine, type Rooms } from '../engine/engine.ts';
import type { Body, Ctx, Room } from '../engine/types.ts';
import { workloadsRoomWith } from './workloads.ts';

interface HostFile {
  kind: 'file' | 'dir' | 'symlink';
  text: string;
  mode: number;
  uid: number;
  gid: number;
}
interface KernelState {
  files: Record<string, HostFile>;
  listeners: Record<string, { owner: string; tag: string; netns: string }>;
  connections: Record<string, { owner: string; tag: string; peer: string }>;
  next: number;
  rss: Record<string, number>;
  limit: number;
}

const kernelRoom: Room<KernelState> = {
  initial: () => ({ files: { '/': dir() }, listeners: {}, connections: {}, next: 1, rss: {}, limit: 0 }),
  handle: () => undefined,
  serve(state, request, ctx) {
    const r = request as unknown as Record<string, never> & { type: string; op: string };
    if (r.type === 'Fs') return files(state, r, ctx);
    if (r.type === 'Cgroup') return cgroup(state, r, ctx);
    if (r.type === 'Socket') return sockets(state, r, ctx);
    return {};
  },
} as Room<KernelState>;

const dir = (mode = 0o755): HostFile => ({ kind: 'dir', text: '', mode, uid: 0, gid: 0 });

function files(state: KernelState, r: Record<string, string> & { op: string }, ctx: Ctx): unknown {
  const path = r.path as string;
  const f = state.files[path];
  const q = r as unknown as { text: string; append?: boolean; mode?: number; uid?: number; gid?: number; to: string; recursive?: boolean; target: string };
  switch (r.op) {
    case 'read':
      return f ? (f.kind === 'dir' ? { error: 'EISDIR' } : { text: f.text }) : { error: 'ENOENT' };
    case 'write':
      state.files[path] = {
        kind: 'file',
        text: (q.append ? (f?.text ?? '') : '') + q.text,
        mode: f?.mode ?? q.mode ?? 0o644,
        uid: f?.uid ?? q.uid ?? 0,
        gid: f?.gid ?? q.gid ?? 0,
      };
      return {};
    case 'mkdir':
      state.files[path] = { ...dir(q.mode ?? 0o755), uid: q.uid ?? 0, gid: q.gid ?? 0 };
      return {};
    case 'symlink':
      state.files[path] = { ...dir(0o777), kind: 'symlink', text: q.target };
      return {};
    case 'remove':
      delete state.files[path];
      return {};
    case 'rename':
      state.files[q.to] = f as HostFile;
      delete state.files[path];
      return {};
    case 'chmod':
      if (f) f.mode = q.mode as number;
      return {};
    case 'list':
      return {
        names: Object.keys(state.files)
          .filter((p) => p !== '/' && p.slice(0, p.lastIndexOf('/') || 1) === path)
          .map((p) => p.slice(p.lastIndexOf('/') + 1))
          .sort(),
      };
    case 'stat':
    case 'lstat':
      if (!f) return { error: 'ENOENT' };
      return {
        stat: {
          kind: f.kind,
          mode: f.mode,
          uid: f.uid,
          gid: f.gid,
          size: f.kind === 'file' ? f.text.length : f.kind === 'dir' ? 4096 : f.text.length,
          mtimeMs: ctx.nowMs,
          ...(f.kind === 'symlink' ? { target: f.text } : {}),
        },
      };
    default:
      return {};
  }
}

function cgroup(state: KernelState, r: Record<string, never> & { op: string }, ctx: Ctx): unknown {
  const q = r as unknown as { pid: number; rssBytes: number; containerID: string };
  if (r.op === 'charge') {
    state.rss[`p${q.pid}`] = q.rssBytes;
    if (state.limit > 0 && q.rssBytes > state.limit)
      ctx.send('node/workloads', { type: 'Signal', containerID: q.containerID, pid: q.pid, signal: 'SIGKILL', oom: true } as Body);
  } else if (r.op === 'uncharge') delete state.rss[`p${q.pid}`];
  return { values: {} };
}

function sockets(state: KernelState, r: Record<string, never> & { op: string }, ctx: Ctx): unknown {
  const q = r as unknown as {
    port: number;
    owner: string;
    tag: string;
    connection: string;
    data?: string;
    close?: boolean;
    tagPrefix: string;
    protocol: string;
    netns: string;
    reset?: boolean;
    ip: string;
    fromPort?: number;
  };
  switch (r.op) {
    case 'listen': {
      const key = `${q.protocol}:${q.port}`;
      if (state.listeners[key]) return { error: 'EADDRINUSE' };
      state.listeners[key] = { owner: q.owner, tag: q.tag, netns: q.netns };
      return {};
    }
    case 'connect': {
      const listener = state.listeners[`tcp:${q.port}`];
      if (!listener) {
        ctx.send(q.owner, { type: 'ConnectFailed', tag: q.tag, reason: 'connection refused' } as Body);
        return {};
      }
      const [a, b] = [`c${state.next}`, `c${state.next + 1}`];
      state.next += 2;
      state.connections[a] = { owner: q.owner, tag: q.tag, peer: b };
      state.connections[b] = { owner: listener.owner, tag: listener.tag, peer: a };
      ctx.send(listener.owner, {
        type: 'Accepted',
        tag: listener.tag,
        connection: b,
        peerIP: '10.0.0.9',
        peerPort: 40000,
        localIP: '10.0.0.1',
        localPort: q.port,
        ...(q.data ? { data: q.data } : {}),
      } as Body);
      ctx.send(q.owner, { type: 'Connected', tag: q.tag, connection: a, localIP: '10.0.0.9', localPort: 40000 } as Body);
      return { connection: a };
    }
    case 'send': {
      const own = state.connections[q.connection];
      const peer = own && state.connections[own.peer];
      if (own && peer) ctx.send(peer.owner, { type: 'Received', tag: peer.tag, connection: own.peer, data: q.data ?? '', closed: q.close === true } as Body);
      return {};
    }
    case 'close': {
      const own = state.connections[q.connection];
      const peer = own && state.connections[own.peer];
      if (own && peer) ctx.send(peer.owner, { type: 'Received', tag: peer.tag, connection: own.peer, data: '', closed: true } as Body);
      delete state.connections[q.connection];
      return {};
    }
    case 'sendto': {
      const listener = state.listeners[`udp:${q.port}`];
      if (listener)
        ctx.send(listener.owner, {
          type: 'Datagram',
          tag: listener.tag,
          peerIP: '10.0.0.9',
          peerPort: 50000,
          localIP: q.ip,
          localPort: q.port,
          data: q.data ?? '',
        } as Body);
      else if (q.port === 50000)
        ctx.send(q.owner, { type: 'Datagram', tag: q.tag, peerIP: q.ip, peerPort: q.port, localIP: '', localPort: 0, data: q.data ?? '' } as Body);
      return {};
    }
    case 'releaseOwner':
      for (const key in state.listeners) if (state.listeners[key]?.tag.startsWith(q.tagPrefix)) delete state.listeners[key];
      return {};
    default:
      return {};
  }
}

export interface Told {
  out: string;
  err: string;
  /** Output and exits with their times. */
  log: string[];
  exit?: number;
  exitMs?: number;
  oom?: boolean;
}

/** A host. `run` spawns a container and lets the clock go on. */
export class TestHost {
  readonly engine: Engine;
  readonly told: Record<string, Told> = {};
  readonly execs: Record<string, ExecDone> = {};
  private next = 1;

  constructor(tools: Record<string, Tool> = {}) {
    const rooms: Rooms = {
      'node/os': { room: kernelRoom as Room<never>, args: {} },
      'node/workloads': { room: workloadsRoomWith(tools) as Room<never>, args: { host: 'node' } },
      'node/runtime': {
        room: { initial: () => ({}), handle: (_s: unknown, m: { body: Body }, ctx: Ctx) => this.receive(m.body, ctx) } as unknown as Room<never>,
        args: {},
      },
    };
    this.engine = new Engine(Engine.initialState(1, 1_795_000_000_000), rooms);
    this.engine.startAll();
  }

  private receive(body: Body, ctx: Ctx): void {
    if (body.type === 'ExecDone') {
      this.execs[(body as ExecDone).execID] = body as ExecDone;
      return;
    }
    if (body.type === 'ProcessOutput') {
      const { containerID, stream, text } = body as ProcessOutput;
      const told = this.told[containerID] as Told;
      if (stream === 'stdout') told.out += text;
      else told.err += text;
      told.log.push(`${ctx.nowMs} ${text}`);
    } else if (body.type === 'ProcessExited') {
      const { containerID, exitCode, oom } = body as ProcessExited;
      const told = this.told[containerID] as Told;
      told.exit = exitCode;
      told.exitMs = ctx.nowMs;
      told.oom = oom;
    }
  }

  get kernel(): KernelState {
    return this.engine.state.rooms['node/os'] as KernelState;
  }

  spawn(argv: string[], environment: Partial<ProcessEnvironment> = {}): { id: string; error?: string } {
    const id = environment.containerID ?? `c${this.next++}`;
    this.told[id] = { out: '', err: '', log: [] };
    const full: ProcessEnvironment = {
      containerID: id,
      podUID: 'uid',
      podName: 'p',
      podNamespace: 'default',
      containerName: 'c',
      image: 'docker.io/library/busybox:1.36',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOSTNAME: 'p' },
      cwd: '/',
      user: { uid: 0, gid: 0, groups: [0, 10] },
      hostname: 'p',
      mounts: [],
      readonlyRootfs: false,
      capabilities: [],
      netns: 'cni-1',
      cgroup: `/kubepods/${id}`,
      pidns: id,
      tty: false,
      ports: [],
      behaviour: {},
      ...environment,
    };
    const answer = this.engine.ask('node/runtime', 'node/workloads', { type: 'Spawn', environment: full, argv, owner: 'node/runtime' } as Body) as SpawnAnswer;
    return answer.error === undefined ? { id } : { id, error: answer.error };
  }

  /** Runs `argv` in a new container for `ms`. */
  run(argv: string[], ms = 60_000, environment: Partial<ProcessEnvironment> = {}): Told {
    const { id, error } = this.spawn(argv, environment);
    const told = this.told[id] as Told;
    if (error !== undefined) told.err = error;
    this.engine.advance(this.engine.state.nowMs + ms);
    return told;
  }

  sh(script: string, ms = 60_000, environment: Partial<ProcessEnvironment> = {}): Told {
    return this.run(['sh', '-c', script], ms, environment);
  }

  exec(
    containerID: string,
    argv: string[],
    ms = 1000,
    more: { stdin?: string; env?: Record<string, string> } = {},
  ): { stdout: string; stderr: string; exitCode?: number; error?: string } {
    const execID = `e${this.next++}`;
    const answer = this.engine.ask('node/runtime', 'node/workloads', {
      type: 'Exec',
      containerID,
      argv,
      execID,
      owner: 'node/runtime',
      ...more,
    } as Body) as SpawnAnswer;
    if (answer.error !== undefined) return { stdout: '', stderr: '', error: answer.error };
    this.engine.advance(this.engine.state.nowMs + ms);
    return this.execs[execID] ?? { stdout: '', stderr: '' };
  }

  signal(containerID: string, signal: string, ms = 0): void {
    this.engine.ask('node/runtime', 'node/workloads', { type: 'Signal', containerID, pid: 0, signal } as Body);
    this.advance(ms);
  }

  advance(ms: number): void {
    this.engine.advance(this.engine.state.nowMs + ms);
  }
}
