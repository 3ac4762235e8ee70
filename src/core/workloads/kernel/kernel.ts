/** Processes of a host: starting, ending, signals, descriptors, and the order in which they run within one instant. */
import type { CgroupRequest, Tool } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { baseTree, programOf } from '../rootfs.ts';
import type { KernelCalls, Lookup, NewDescription, NewProcess } from './calls.ts';
import { Files } from './files.ts';
import type { Outcome, ProcessEvent, Program, Resume, Wake } from './program.ts';
import { ignoredByDefault, signalNumber } from './signals.ts';
import { type Container, type Description, limits, type Pipe, type Process, processKey, utf8Length, type WorkloadsState } from './state.ts';
import { Sys } from './sys.ts';

/** Events handled at one go before the rest is put off by a millisecond. */
const maxEventsPerTurn = 5000;

export class Kernel implements KernelCalls {
  readonly state: WorkloadsState;
  readonly ctx: Ctx;
  readonly tools: Readonly<Record<string, Tool>>;
  readonly programs: Readonly<Record<string, Program>>;
  private readonly ready: { pid: number; event: ProcessEvent }[] = [];
  private pendingOutput: { containerID: string; stream: 'stdout' | 'stderr'; text: string } | undefined;
  private draining = false;

  constructor(state: WorkloadsState, ctx: Ctx, tools: Readonly<Record<string, Tool>>, programs: Readonly<Record<string, Program>>) {
    this.state = state;
    this.ctx = ctx;
    this.tools = tools;
    this.programs = programs;
  }

  process(pid: number): Process | undefined {
    return this.state.processes[processKey(pid)];
  }

  containerOf(process: Process): Container {
    return this.state.containers[process.containerID] as Container;
  }

  files(process: Process): Files {
    return new Files(this.state, this.containerOf(process), process, this.ctx);
  }

  /** Adds a process; undefined when the container may not have more. Its start is queued. */
  create(container: Container, parent: Process | undefined, fields: NewProcess): Process | undefined {
    if (container.pids.length >= limits.processesPerContainer) return undefined;
    const e = container.environment;
    const pid = this.state.nextPid;
    this.state.nextPid += 1;
    const nspid = e.pidns === 'host' ? pid : (this.state.nextNspid[e.pidns] ?? 1);
    if (e.pidns !== 'host') {
      this.state.nextNspid[e.pidns] = nspid + 1;
      if (this.state.nsInit[e.pidns] === undefined) this.state.nsInit[e.pidns] = pid;
    }
    const process: Process = {
      pid,
      ppid: parent?.pid ?? 0,
      nspid,
      containerID: container.id,
      startedAtMs: this.ctx.nowMs,
      cwd: parent?.cwd ?? (e.cwd || '/'),
      uid: parent?.uid ?? e.user.uid,
      gid: parent?.gid ?? e.user.gid,
      groups: parent?.groups ?? e.user.groups,
      umask: parent?.umask ?? 0o022,
      data: null,
      generation: 0,
      rssBytes: 0,
      ...fields,
    };
    this.state.processes[processKey(pid)] = process;
    container.pids.push(pid);
    const second = Math.floor(this.ctx.nowMs / 1000);
    if (container.forks.second !== second) container.forks = { second, count: 0 };
    container.forks.count += 1;
    // A storm of forks runs no faster than so many a second.
    if (container.forks.count > limits.forksPerSecond)
      this.ctx.send(this.ctx.self, { type: 'Resume', pid, event: { type: 'start' } } as Resume, (second + 1) * 1000 - this.ctx.nowMs);
    else this.deliver(pid, { type: 'start' });
    return process;
  }

  /** Which program `argv` names, as execvp would find it. */
  lookup(process: Process, argv: string[], env: Record<string, string>, depth = 0): Lookup {
    const name = argv[0] ?? '';
    const files = this.files(process);
    const container = this.containerOf(process);
    const onHost = baseTree(container.environment.image).family === 'none';
    if (name === '') return { error: 'no such file or directory', code: 127, kind: 'missing' };
    if (onHost) {
      const bare = name.slice(name.lastIndexOf('/') + 1);
      if (Object.hasOwn(this.tools, bare)) return { program: 'tool', argv };
      const own = files.read(name);
      if (name.includes('/') && !('error' in own)) return this.executable(process, name, own.text, argv, env, depth);
      if (Object.hasOwn(this.programs, bare) && !hiddenOnHost.has(bare)) return { program: bare, argv };
      return { error: 'not found', code: 127, kind: 'missing' };
    }
    const candidates = name.includes('/')
      ? [name]
      : (env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':').map((d) => `${d || '.'}/${name}`);
    let denied = false;
    for (const path of candidates) {
      const stat = files.stat(path);
      if ('error' in stat) {
        if (stat.error === 'EACCES') denied = true;
        continue;
      }
      if (stat.kind === 'dir' || !files.may(stat, 1)) {
        denied = true;
        continue;
      }
      const text = files.read(path);
      return this.executable(process, path, 'error' in text ? '' : text.text, argv, env, depth);
    }
    if (denied) return { error: 'permission denied', code: 126, kind: 'denied' };
    return { error: 'not found', code: 127, kind: name.includes('/') ? 'absent' : 'missing' };
  }

  private executable(process: Process, path: string, text: string, argv: string[], env: Record<string, string>, depth: number): Lookup {
    const program = programOf(text);
    if (program === 'busybox') {
      const applet = (argv[0] ?? '').slice((argv[0] ?? '').lastIndexOf('/') + 1);
      if (applet === 'busybox') return { program: 'busybox', argv };
      return { program: applet === '[[' ? '[' : applet === 'ash' ? 'sh' : applet, argv };
    }
    if (program) return { program, argv };
    if (text.startsWith('#!') && depth < 4) {
      const line = text.slice(2, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')).trim();
      const space = line.search(/\s/);
      const interpreter = space < 0 ? line : line.slice(0, space);
      const rest = space < 0 ? [] : [line.slice(space + 1).trim()];
      const found = this.lookup(process, [interpreter, ...rest, path, ...argv.slice(1)], env, depth + 1);
      return 'error' in found ? { error: 'no such file or directory', code: 127, kind: 'absent' } : found;
    }
    return { error: 'exec format error', code: 126, kind: 'format' };
  }

  deliver(pid: number, event: ProcessEvent): void {
    this.ready.push({ pid, event });
  }

  /** Runs what is ready, first come first served, until nothing is. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    let count = 0;
    for (let next = this.ready.shift(); next; next = this.ready.shift()) {
      count += 1;
      if (count > maxEventsPerTurn) {
        const resume: Resume = { type: 'Resume', pid: next.pid, event: next.event };
        this.ctx.send(this.ctx.self, resume, 1);
        continue;
      }
      this.run(next.pid, next.event);
    }
    this.draining = false;
    this.flush();
  }

  private run(pid: number, event: ProcessEvent): void {
    const process = this.process(pid);
    if (!process) return;
    const program = this.programs[process.program];
    if (!program) {
      this.exit(process, 127);
      return;
    }
    const sys = new Sys(this, process);
    let outcome: Outcome;
    if (event.type === 'start') {
      outcome = program.start(sys);
      if (outcome === undefined && this.process(pid) && process.rssBytes === 0) this.charge(process, program.rssBytes ?? 700 * 1024);
    } else outcome = program.resume?.(sys, event);
    if (outcome !== undefined && this.process(pid)) this.exit(process, outcome & 0xff);
  }

  /** A process's resident memory is now this. */
  charge(process: Process, rssBytes: number): void {
    if (process.rssBytes === rssBytes) return;
    process.rssBytes = rssBytes;
    const e = this.containerOf(process).environment;
    const request: CgroupRequest = {
      type: 'Cgroup',
      op: 'charge',
      path: e.cgroup,
      pid: process.pid,
      containerID: process.containerID,
      rssBytes,
      oomScoreAdj: e.oomScoreAdj ?? 0,
    };
    this.ctx.call(`${this.state.host}/os`, request);
  }

  cpu(process: Process, millicores: number): void {
    if ((process.cpu ?? 0) === millicores) return;
    process.cpu = millicores;
    const container = this.containerOf(process);
    let total = 0;
    for (const pid of container.pids) total += this.process(pid)?.cpu ?? 0;
    this.ctx.call(`${this.state.host}/os`, { type: 'Cgroup', op: 'cpu', path: container.environment.cgroup, millicores: total } as CgroupRequest);
  }

  timer(process: Process, delayMs: number): void {
    process.generation += 1;
    const wake: Wake = { type: 'Wake', pid: process.pid, generation: process.generation };
    this.ctx.send(this.ctx.self, wake, Math.min(delayMs, 1e12));
  }

  exit(process: Process, code: number, signal?: string): void {
    const container = this.containerOf(process);
    delete this.state.processes[processKey(process.pid)];
    container.pids = container.pids.filter((pid) => pid !== process.pid);
    for (const fd of process.fds) if (fd) this.release(fd);
    if (process.netns !== undefined) {
      this.ctx.call(`${this.state.host}/os`, { type: 'Socket', op: 'releaseOwner', tagPrefix: `${processKey(process.pid)}:`, netns: process.netns } as never);
      for (const connection in this.state.connections) if (this.state.connections[connection] === process.pid) delete this.state.connections[connection];
    }
    if (process.cpu) {
      process.cpu = 0;
      let total = 0;
      for (const pid of container.pids) total += this.process(pid)?.cpu ?? 0;
      this.ctx.call(`${this.state.host}/os`, { type: 'Cgroup', op: 'cpu', path: container.environment.cgroup, millicores: total } as CgroupRequest);
    }
    if (process.rssBytes > 0)
      this.ctx.call(`${this.state.host}/os`, { type: 'Cgroup', op: 'uncharge', path: container.environment.cgroup, pid: process.pid } as CgroupRequest);
    this.endExec(process, code);
    const { pidns } = container.environment;
    const isInit = pidns !== 'host' && this.state.nsInit[pidns] === process.pid;
    if (isInit) {
      delete this.state.nsInit[pidns];
      delete this.state.nextNspid[pidns];
      for (const id in this.state.containers) {
        const other = this.state.containers[id] as Container;
        if (other.environment.pidns !== pidns) continue;
        for (const pid of [...other.pids]) this.kill(pid, 137);
      }
    }
    if (container.init === process.pid) {
      container.init = 0;
      container.exited = { exitCode: code, finishedAtMs: this.ctx.nowMs };
      // The shim ends what is left of the container.
      for (const pid of [...container.pids]) this.kill(pid, 137);
      this.flush();
      this.ctx.send(container.owner, {
        type: 'ProcessExited',
        containerID: container.id,
        pid: process.pid,
        exitCode: code,
        oom: container.oom === true,
      } as never);
      return;
    }
    if (!isInit) this.reparent(process, container);
    if (process.ppid && this.process(process.ppid)) this.deliver(process.ppid, { type: 'child', pid: process.nspid, code, ...(signal ? { signal } : {}) });
  }

  private kill(pid: number, code: number): void {
    const process = this.process(pid);
    if (process) this.exit(process, code, 'KILL');
  }

  private reparent(process: Process, container: Container): void {
    const init = this.state.nsInit[container.environment.pidns] ?? container.init;
    for (const pid of container.pids) {
      const child = this.process(pid);
      if (child?.ppid === process.pid) child.ppid = init;
    }
  }

  private endExec(process: Process, code: number): void {
    if (process.execID === undefined) return;
    const session = this.state.execs[process.execID];
    if (session?.pid !== process.pid) return;
    delete this.state.execs[process.execID];
    const { execID, stdout, stderr } = session;
    this.flush();
    this.ctx.send(session.owner, { type: 'ExecDone', execID, exitCode: code, stdout, stderr } as never);
  }

  /** Sends a signal. `outside`: from the node (kill of the runtime), which may end a namespace's init with SIGKILL. */
  signal(process: Process, signal: string, outside = false): void {
    if (signal === '0' || !this.process(process.pid)) return;
    const { pidns } = this.containerOf(process).environment;
    const isInit = pidns !== 'host' && this.state.nsInit[pidns] === process.pid;
    if (signal === 'KILL') {
      if (!isInit || outside) this.exit(process, 137, 'KILL');
      return;
    }
    const program = this.programs[process.program];
    const handled = program?.signal?.(new Sys(this, process), signal);
    if (handled === true) return;
    if (typeof handled === 'number') {
      if (this.process(process.pid)) this.exit(process, handled);
      return;
    }
    if (ignoredByDefault(signal) || isInit) return;
    this.exit(process, 128 + signalNumber(signal), signal);
  }

  // Descriptors

  open(description: NewDescription): string {
    const id = `o${this.state.nextOpen}`;
    this.state.nextOpen += 1;
    this.state.open[id] = { ...description, refs: 1 } as Description;
    if (description.kind === 'pipe') {
      const pipe = this.state.pipes[description.pipe] as Pipe;
      if (description.end === 'r') pipe.readers += 1;
      else pipe.writers += 1;
    }
    return id;
  }

  /** Both ends of a new pipe: [read, write]. */
  pipe(): [string, string] {
    const name = `q${this.state.nextOpen}`;
    this.state.pipes[name] = { text: '', readers: 0, writers: 0, waitR: [], waitW: [] };
    return [this.open({ kind: 'pipe', pipe: name, end: 'r' }), this.open({ kind: 'pipe', pipe: name, end: 'w' })];
  }

  share(id: string): string {
    const description = this.state.open[id];
    if (description) description.refs += 1;
    return id;
  }

  release(id: string): void {
    const description = this.state.open[id];
    if (!description) return;
    description.refs -= 1;
    if (description.refs > 0) return;
    delete this.state.open[id];
    if (description.kind !== 'pipe') return;
    const pipe = this.state.pipes[description.pipe];
    if (!pipe) return;
    if (description.end === 'r') pipe.readers -= 1;
    else pipe.writers -= 1;
    if (pipe.readers === 0 && pipe.writers === 0) delete this.state.pipes[description.pipe];
    else if (pipe.writers === 0) this.wakeAll(pipe.waitR, 'readable');
    else if (pipe.readers === 0) this.wakeAll(pipe.waitW, 'writable');
  }

  wakeAll(waiting: number[], type: 'readable' | 'writable'): void {
    for (const pid of waiting) this.deliver(pid, { type });
    waiting.length = 0;
  }

  // Output

  output(containerID: string, stream: 'stdout' | 'stderr', text: string): void {
    const container = this.state.containers[containerID];
    if (!container || text === '') return;
    const second = Math.floor(this.ctx.nowMs / 1000);
    if (container.output.second !== second) container.output = { second, bytes: 0 };
    let kept = text;
    if (container.output.bytes >= limits.outputPerSecond) return;
    container.output.bytes += utf8Length(text);
    if (container.output.bytes >= limits.outputPerSecond)
      kept = `${text.slice(0, limits.outputPerSecond)}\n[kubarium: more than ${limits.outputPerSecond} bytes of output in a second; the rest of this second is not kept]\n`;
    const pending = this.pendingOutput;
    if (pending && pending.containerID === containerID && pending.stream === stream) pending.text += kept;
    else {
      this.flush();
      this.pendingOutput = { containerID, stream, text: kept };
    }
  }

  flush(): void {
    const pending = this.pendingOutput;
    if (!pending) return;
    this.pendingOutput = undefined;
    const owner = this.state.containers[pending.containerID]?.owner;
    if (owner) this.ctx.send(owner, { type: 'ProcessOutput', ...pending } as never);
  }
}

/** Programs that only exist inside images. */
const hiddenOnHost = new Set([
  'generic',
  'unsimulated',
  'pause',
  'agnhost',
  'coredns',
  'etcd',
  'tool',
  'exec-arguments',
  'nginx-entrypoint',
  'redis-entrypoint',
  'busybox',
]);
