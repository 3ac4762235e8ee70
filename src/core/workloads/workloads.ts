/**
 * What the programs of a host do: containers' processes, their files and output, execs, the host's own shell. Spawn, Signal, Exec, Wait and their
 * like are calls (see `contracts/process.ts`); sockets, timers and signals of the kernel come as messages.
 */
import type { Misbehave } from '../contracts/fault.ts';
import type { Tool } from '../contracts/os.ts';
import type {
  Exec,
  ExecAnswer,
  KillExec,
  ProcessEnvironment,
  ProcessInfo,
  RemoveRootfs,
  RootfsUsage,
  RootfsUsageAnswer,
  Signal,
  Spawn,
  SpawnAnswer,
  Wait,
  WaitAnswer,
} from '../contracts/process.ts';
import { share } from '../engine/share.ts';
import type { Body, Ctx, Room } from '../engine/types.ts';
import type { Lookup } from './kernel/calls.ts';
import { parentOf } from './kernel/files.ts';
import { Kernel } from './kernel/kernel.ts';
import type { ProcessEvent, Resume, Wake } from './kernel/program.ts';
import { signalName } from './kernel/signals.ts';
import { type Container, type Process, utf8Length, type WorkloadsState } from './kernel/state.ts';
import { Sys } from './kernel/sys.ts';
import { userName } from './programs/basic.ts';
import { bytesOf } from './programs/special.ts';
import { programs } from './programs/table.ts';
import { baseTree } from './rootfs.ts';

export interface WorkloadsArgs {
  /** `worker-1`, `client`: the part before the slash of the room's address. */
  host: string;
  /** The first PID that a process of the host gets. Default 2001. */
  firstPid?: number;
}
export type { WorkloadsState } from './kernel/state.ts';

type Tools = Readonly<Record<string, Tool>>;

/** The room of a host whose shell knows these `tools` by name (`iptables-save`, `crictl`). They are code, so they belong to the room and not to its state. */
export function workloadsRoomWith(tools: Tools): Room<WorkloadsState> {
  return {
    initial: (args: WorkloadsArgs) => ({
      host: args.host,
      nextPid: args.firstPid ?? 2001,
      nextOpen: 1,
      nextNspid: {},
      nsInit: {},
      containers: {},
      processes: {},
      execs: {},
      open: {},
      pipes: {},
      connections: {},
    }),
    handle(state, message, ctx) {
      const kernel = new Kernel(state, ctx, tools, programs);
      handle(kernel, message.body);
      kernel.drain();
    },
    serve(state, request, ctx) {
      const kernel = new Kernel(state, ctx, tools, programs);
      const answer = serve(kernel, request, ctx);
      kernel.drain();
      return answer;
    },
  } as Room<WorkloadsState>;
}

/** A host whose shell has no tools of its own. */
export const workloadsRoom: Room<WorkloadsState> = workloadsRoomWith({});

function handle(kernel: Kernel, body: Body): void {
  switch (body.type) {
    case 'Wake': {
      const { pid, generation } = body as Wake;
      if (kernel.process(pid)?.generation === generation) kernel.deliver(pid, { type: 'timer' });
      return;
    }
    case 'Resume': {
      const { pid, event } = body as Resume;
      kernel.deliver(pid, event);
      return;
    }
    case 'Grow':
      grow(kernel, (body as unknown as { containerID: string }).containerID);
      return;
    case 'Connected':
    case 'ConnectFailed':
    case 'Accepted':
    case 'Received':
    case 'Datagram':
    case 'PingReply':
      socketEvent(kernel, body as ProcessEvent & { tag: string });
      return;
    case 'Signal':
      signal(kernel, body as Signal);
      return;
    case 'Misbehave': {
      const { containerID, fault } = body as Misbehave;
      const container = kernel.state.containers[containerID];
      if (container) container.fault = fault;
      return;
    }
    case 'KillExec':
      killExec(kernel, body as KillExec);
      return;
    case 'RemoveRootfs':
      removeRootfs(kernel, body as RemoveRootfs);
      return;
    case 'Exec':
      exec(kernel, body as Exec);
      return;
    default: {
      // What programs wait for that is no socket (a watch of the API server) carries the process in its own name.
      const name = (body as { watch?: unknown }).watch ?? (body as { id?: unknown }).id;
      const pid = typeof name === 'string' ? /^p([0-9]+):/.exec(name)?.[1] : undefined;
      if (pid !== undefined) kernel.deliver(Number(pid), { type: 'message', body });
    }
  }
}

function serve(kernel: Kernel, request: Body, ctx: Ctx): unknown {
  switch (request.type) {
    case 'Spawn':
      return spawn(kernel, request as Spawn, ctx);
    case 'Signal':
      signal(kernel, request as Signal);
      return {};
    case 'Exec':
      return exec(kernel, request as Exec);
    case 'KillExec':
      killExec(kernel, request as KillExec);
      return {};
    case 'Wait':
      return wait(kernel.state, request as Wait);
    case 'RemoveRootfs':
      removeRootfs(kernel, request as RemoveRootfs);
      return {};
    case 'RootfsUsage':
      return rootfsUsage(kernel.state, request as RootfsUsage);
    case 'ListProcesses':
      return list(kernel);
    case 'Misbehave':
      handle(kernel, request);
      return {};
    default:
      return { error: 'unavailable' };
  }
}

function socketEvent(kernel: Kernel, event: ProcessEvent & { tag: string }): void {
  const pid = Number(event.tag.slice(1, event.tag.indexOf(':')));
  const process = kernel.process(pid);
  if (!process) return;
  const delay = kernel.containerOf(process).fault?.delayMs ?? 0;
  const slow = event as { slow?: true };
  if (delay > 0 && !slow.slow && (event.type === 'Accepted' || event.type === 'Received' || event.type === 'Datagram')) {
    const resume: Resume = { type: 'Resume', pid, event };
    kernel.ctx.send(kernel.ctx.self, resume, delay);
    return;
  }
  kernel.deliver(pid, event);
}

function newContainer(environment: ProcessEnvironment, owner: string, nowMs: number): Container {
  const container: Container = {
    id: environment.containerID,
    environment: share(environment),
    owner,
    init: 0,
    pids: [],
    files: {},
    bytes: 0,
    startedAtMs: nowMs,
    fault: null,
    output: { second: -1, bytes: 0 },
    forks: { second: -1, count: 0 },
  };
  if (environment.containerID === 'host') return container;
  const base = baseTree(environment.image).nodes;
  const directory = (path: string): void => {
    if (path === '/' || base.has(path) || container.files[path]) return;
    directory(parentOf(path));
    container.files[path] = { kind: 'dir', mode: 0o755, uid: 0, gid: 0, mtimeMs: nowMs };
  };
  for (const m of environment.mounts) {
    directory(parentOf(m.containerPath));
    if (!base.has(m.containerPath) && !m.containerPath.startsWith('/dev/') && !m.containerPath.startsWith('/proc'))
      container.files[m.containerPath] = { kind: 'dir', mode: 0o755, uid: 0, gid: 0, mtimeMs: nowMs };
  }
  if (environment.cwd !== '/' && environment.cwd !== '') directory(environment.cwd);
  if (base.has('/etc/hostname'))
    container.files['/etc/hostname'] = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeMs: nowMs, text: `${environment.hostname}\n` };
  return container;
}

/** A process that only looks files up. */
function looker(container: Container, env: Record<string, string>): Process {
  const { user, cwd } = container.environment;
  return {
    pid: 0,
    ppid: 0,
    nspid: 0,
    containerID: container.id,
    argv: [],
    program: '',
    startedAtMs: 0,
    cwd: cwd || '/',
    uid: user.uid,
    gid: user.gid,
    groups: user.groups,
    umask: 0o022,
    env,
    fds: [],
    data: null,
    generation: 0,
    rssBytes: 0,
  };
}

/** runc's words for a command that cannot be run. */
function startError(name: string, found: Extract<Lookup, { error: string }>): string {
  const quoted = JSON.stringify(name);
  if (found.kind === 'denied') return `exec: ${quoted}: permission denied`;
  if (name.includes('/')) return `exec: ${quoted}: stat ${name}: no such file or directory`;
  return `exec: ${quoted}: executable file not found in $PATH`;
}

/** The environment, with HOME as runc adds it. */
function withHome(kernel: Kernel, container: Container, env: Record<string, string>): Record<string, string> {
  if (Object.hasOwn(env, 'HOME')) return env;
  const files = kernel.files(looker(container, env));
  const passwd = files.read('/etc/passwd');
  const line = 'error' in passwd ? undefined : passwd.text.split('\n').find((l) => l.split(':')[2] === String(container.environment.user.uid));
  return share({ ...env, HOME: container.id === 'host' ? '/root' : (line?.split(':')[5] ?? '/') });
}

function spawn(kernel: Kernel, request: Spawn, ctx: Ctx): SpawnAnswer {
  const { environment, argv, owner } = request;
  const { state } = kernel;
  const id = environment.containerID;
  const old = state.containers[id];
  const container = newContainer(environment, owner, ctx.nowMs);
  state.containers[id] = container;
  const env = withHome(kernel, container, environment.env);
  const known = baseTree(environment.image).family !== 'debian' || environment.image === '' || !isGeneric(environment.image);
  let found = kernel.lookup(looker(container, env), argv, env);
  // The program of an image that is not known is not there to be found: a stand-in runs instead.
  if ('error' in found && found.kind !== 'denied' && !known) found = { program: 'generic', argv };
  const undo = (): void => {
    if (old) state.containers[id] = old;
    else delete state.containers[id];
  };
  if ('error' in found && found.kind !== 'format') {
    undo();
    return { error: startError(argv[0] ?? '', found) };
  }
  if (request.check) {
    undo();
    return {};
  }
  const stdin = environment.stdin ?? environment.tty;
  const fds = [
    kernel.open({ kind: stdin ? 'never' : 'null' }),
    kernel.open({ kind: 'container', containerID: id, stream: 'stdout' }),
    kernel.open({ kind: 'container', containerID: id, stream: environment.tty ? 'stdout' : 'stderr' }),
  ];
  const format = 'error' in found;
  const process = kernel.create(container, undefined, {
    argv: 'error' in found ? argv : found.argv,
    program: 'error' in found ? 'false' : found.program,
    env,
    fds,
    cwd: environment.cwd || '/',
  });
  if (!process) return { error: 'fork/exec: resource temporarily unavailable' };
  container.init = process.pid;
  if (growthOf(environment) > 0) kernel.ctx.send(kernel.ctx.self, { type: 'Grow', containerID: id } as Body, growEveryMs);
  if (format) {
    kernel.output(id, 'stderr', `exec ${argv[0]}: exec format error\n`);
    kernel.exit(process, 255);
  }
  return { pid: process.pid };
}

/** How often `kubarium.dev/memory-growth` is charged. */
const growEveryMs = 1000;

/** `kubarium.dev/memory-growth`, e.g. `10Mi`: bytes a second by which the first process of each container grows. */
function growthOf(environment: ProcessEnvironment): number {
  const text = environment.behaviour['kubarium.dev/memory-growth'] ?? environment.behaviour['memory-growth'];
  return text === undefined ? 0 : bytesOf(text) || 0;
}

function grow(kernel: Kernel, containerID: string): void {
  const container = kernel.state.containers[containerID];
  const process = container ? kernel.process(container.init) : undefined;
  if (!container || !process) return;
  kernel.charge(process, process.rssBytes + growthOf(container.environment));
  kernel.ctx.send(kernel.ctx.self, { type: 'Grow', containerID } as Body, growEveryMs);
}

const isGeneric = (image: string): boolean =>
  baseTree(image).nodes.has('/entrypoint') && baseTree(image).nodes.get('/entrypoint')?.text?.includes('generic') === true;

function hostContainer(kernel: Kernel): Container {
  const existing = kernel.state.containers.host;
  if (existing) return existing;
  const { host } = kernel.state;
  const environment: ProcessEnvironment = {
    containerID: 'host',
    podUID: '',
    podName: '',
    podNamespace: '',
    containerName: '',
    image: 'host',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', USER: 'root', SHELL: '/bin/bash' },
    cwd: '/root',
    user: { uid: 0, gid: 0, groups: [] },
    hostname: host,
    mounts: [{ containerPath: '/', hostPath: '/', readonly: false }],
    readonlyRootfs: false,
    capabilities: ['ALL'],
    netns: 'host',
    cgroup: '/user.slice',
    pidns: 'host',
    tty: false,
    ports: [],
    behaviour: {},
  };
  const container = newContainer(environment, '', kernel.ctx.nowMs);
  kernel.state.containers.host = container;
  return container;
}

function exec(kernel: Kernel, request: Exec): ExecAnswer {
  const { state } = kernel;
  const container = request.containerID === 'host' ? hostContainer(kernel) : state.containers[request.containerID];
  if (!container || (container.init === 0 && container.id !== 'host')) return { error: 'cannot exec in a stopped container' };
  const base = withHome(kernel, container, container.environment.env);
  const env = request.env ? share({ ...base, ...request.env }) : base;
  const found = kernel.lookup(looker(container, env), request.argv, env);
  if ('error' in found) return { error: found.kind === 'format' ? `exec ${request.argv[0]}: exec format error` : startError(request.argv[0] ?? '', found) };
  const { execID, owner } = request;
  const tty = request.tty === true;
  state.execs[execID] = { execID, owner, pid: 0, containerID: container.id, stdout: '', stderr: '', tty };
  const fds = [
    kernel.open(request.stdin !== undefined ? { kind: 'text', text: request.stdin, offset: 0 } : { kind: 'null' }),
    kernel.open({ kind: 'exec', execID, stream: 'stdout' }),
    kernel.open({ kind: 'exec', execID, stream: tty ? 'stdout' : 'stderr' }),
  ];
  const broken = container.fault?.fail === true;
  const process = kernel.create(container, undefined, {
    argv: found.argv,
    program: broken ? 'false' : found.program,
    env,
    fds,
    cwd: request.cwd ?? (container.environment.cwd || '/'),
    execID,
  });
  if (!process) {
    for (const fd of fds) kernel.release(fd);
    delete state.execs[execID];
    return { error: 'fork/exec: resource temporarily unavailable' };
  }
  (state.execs[execID] as { pid: number }).pid = process.pid;
  return { pid: process.pid };
}

function killExec(kernel: Kernel, request: KillExec): void {
  const session = kernel.state.execs[request.execID];
  if (!session) return;
  delete kernel.state.execs[request.execID];
  for (const pid of [...(kernel.state.containers[session.containerID]?.pids ?? [])]) {
    const process = kernel.process(pid);
    if (process?.execID === request.execID) kernel.exit(process, 137, 'KILL');
  }
}

function signal(kernel: Kernel, request: Signal): void {
  const container = kernel.state.containers[request.containerID];
  if (!container) return;
  if (request.oom) container.oom = true;
  const process = kernel.process(request.pid || container.init);
  const name = signalName(request.signal);
  if (process?.containerID === container.id && name !== undefined) kernel.signal(process, name, true);
}

function rootfsUsage(state: WorkloadsState, { containerID }: RootfsUsage): RootfsUsageAnswer {
  const usage: RootfsUsageAnswer = { bytes: 0, inodes: 0 };
  const files = state.containers[containerID]?.files ?? {};
  for (const path in files) {
    const node = files[path];
    usage.inodes += 1;
    if (node?.kind === 'file') usage.bytes += (node.bytes ?? utf8Length(node.text ?? '')) + (node.padBytes ?? 0);
  }
  return usage;
}

function wait(state: WorkloadsState, request: Wait): WaitAnswer {
  const container = state.containers[request.containerID];
  if (!container) return {};
  if (container.init !== 0) return { running: true };
  return container.exited ? { exitCode: container.exited.exitCode, oom: container.oom === true, finishedAtMs: container.exited.finishedAtMs } : {};
}

function removeRootfs(kernel: Kernel, request: RemoveRootfs): void {
  const container = kernel.state.containers[request.containerID];
  if (!container || container.id === 'host') return;
  for (const pid of [...container.pids]) {
    const process = kernel.process(pid);
    if (process) kernel.exit(process, 137, 'KILL');
  }
  delete kernel.state.containers[request.containerID];
}

/** Answers `ListProcesses`: a plain array, in order of PIDs. */
function list(kernel: Kernel): ProcessInfo[] {
  const { state } = kernel;
  const out: ProcessInfo[] = [];
  for (const key in state.processes) {
    const p = state.processes[key] as Process;
    out.push({
      pid: p.pid,
      ppid: p.ppid || 1,
      containerID: p.containerID,
      nspid: p.nspid,
      user: userName(new Sys(kernel, p), p.uid),
      argv: p.title !== undefined ? [p.title] : p.argv,
      startedAtMs: p.startedAtMs,
      rssBytes: p.rssBytes,
      state: p.cpu ? 'R' : 'S',
    });
  }
  return out;
}
