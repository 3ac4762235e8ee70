/** What a running program may ask: its descriptors, files, children, sockets, time. One for each event. */
import type { FileError, SystemdRequest } from '../../contracts/os.ts';
import type { SocketAnswer, SocketRequest } from '../../contracts/socket.ts';
import type { KernelCalls, Lookup } from './calls.ts';
import { errorText, type Files } from './files.ts';
import { machineOf } from './machine.ts';
import { type Container, type Description, limits, type Process, processKey } from './state.ts';

export type Read = { text: string } | 'wait' | 'eof' | { error: FileError };

/** Descriptors from here on are the program's own and are not inherited. */
export const firstHidden = 50;

export class Sys {
  readonly kernel: KernelCalls;
  readonly process: Process;
  private fileSystem: Files | undefined;

  constructor(kernel: KernelCalls, process: Process) {
    this.kernel = kernel;
    this.process = process;
  }

  get argv(): string[] {
    return this.process.argv;
  }
  get env(): Record<string, string> {
    return this.process.env;
  }
  get nowMs(): number {
    return this.kernel.ctx.nowMs;
  }
  get epochMs(): number {
    return this.kernel.ctx.epochMs;
  }
  get files(): Files {
    this.fileSystem ??= this.kernel.files(this.process);
    return this.fileSystem;
  }
  get container(): Container {
    return this.kernel.containerOf(this.process);
  }
  get alive(): boolean {
    return this.kernel.process(this.process.pid) !== undefined;
  }
  /** `kubarium.dev/NAME` of the pod, if set. */
  behaviour(name: string): string | undefined {
    const all = this.container.environment.behaviour;
    const key = `kubarium.dev/${name}`;
    return Object.hasOwn(all, key) ? all[key] : Object.hasOwn(all, name) ? all[name] : undefined;
  }

  out(text: string): void {
    this.write(1, text);
  }
  err(text: string): void {
    this.write(2, text);
  }
  /** `NAME: SUBJECT: strerror`, as most programs complain. */
  complain(text: string): void {
    this.err(`${this.name}: ${text}\n`);
  }
  get name(): string {
    const first = this.argv[0] ?? '';
    return first.slice(first.lastIndexOf('/') + 1);
  }

  description(fd: number): Description | undefined {
    const id = this.process.fds[fd];
    return id ? this.kernel.state.open[id] : undefined;
  }

  /** Writes; false when nobody can read it any more (the process has then got SIGPIPE) or the file refuses. */
  write(fd: number, text: string): boolean {
    if (text === '') return true;
    const d = this.description(fd);
    if (!d) return false;
    switch (d.kind) {
      case 'container':
        this.kernel.output(d.containerID, d.stream, text);
        return true;
      case 'exec': {
        const session = this.kernel.state.execs[d.execID];
        if (session && session[d.stream].length < limits.execOutput) session[session.tty ? 'stdout' : d.stream] += text.slice(0, limits.execOutput);
        return true;
      }
      case 'file': {
        if (!d.write) return false;
        const error = this.files.write(d.path, text, { append: true });
        if (error && fd !== 2) this.complain(`write error: ${errorText(error)}`);
        return error === undefined;
      }
      case 'pipe': {
        const pipe = this.kernel.state.pipes[d.pipe];
        if (!pipe || d.end !== 'w') return false;
        if (pipe.readers === 0) {
          this.kernel.signal(this.process, 'PIPE');
          return false;
        }
        if (pipe.text.length < limits.pipeMost) pipe.text += text;
        this.kernel.wakeAll(pipe.waitR, 'readable');
        return true;
      }
      default:
        return true;
    }
  }

  /** True when `fd` is a pipe that holds as much as a pipe does; the process is then woken (`writable`) when it has been read. */
  blocked(fd: number): boolean {
    const d = this.description(fd);
    if (d?.kind !== 'pipe') return false;
    const pipe = this.kernel.state.pipes[d.pipe];
    if (!pipe || pipe.text.length < limits.pipeBytes || pipe.readers === 0) return false;
    if (!pipe.waitW.includes(this.process.pid)) pipe.waitW.push(this.process.pid);
    return true;
  }

  /** Reads what there is, or one line with its newline, or up to `most` characters. `wait`: it will be woken (`readable`). */
  read(fd: number, most: 'all' | 'line' | number = 'all'): Read {
    const d = this.description(fd);
    if (!d) return 'eof';
    switch (d.kind) {
      case 'null':
        return 'eof';
      case 'zero':
        return { text: '\0'.repeat(most === 'all' ? 4096 : most === 'line' ? 1 : Math.min(most, 4096)) };
      case 'random': {
        let text = '';
        const n = most === 'all' ? 512 : most === 'line' ? 64 : Math.min(most, 4096);
        for (let i = 0; i < n; i += 1) text += String.fromCharCode(Math.floor(this.kernel.ctx.random() * 128));
        return { text };
      }
      case 'file': {
        const got = this.files.read(d.path);
        if ('error' in got) return got;
        if (d.offset >= got.text.length) return 'eof';
        const text = take(got.text, d.offset, most, true) ?? '';
        d.offset += text.length;
        return { text };
      }
      case 'text': {
        if (d.offset >= d.text.length) return 'eof';
        const text = take(d.text, d.offset, most, true) ?? '';
        d.offset += text.length;
        return { text };
      }
      case 'pipe': {
        const pipe = this.kernel.state.pipes[d.pipe];
        if (!pipe) return 'eof';
        const text = pipe.text === '' ? undefined : take(pipe.text, 0, most, pipe.writers === 0);
        if (text === undefined) {
          if (pipe.writers === 0) return 'eof';
          if (!pipe.waitR.includes(this.process.pid)) pipe.waitR.push(this.process.pid);
          return 'wait';
        }
        pipe.text = pipe.text.slice(text.length);
        if (pipe.waitW.length > 0 && pipe.text.length < limits.pipeBytes) this.kernel.wakeAll(pipe.waitW, 'writable');
        return { text };
      }
      default:
        return 'wait';
    }
  }

  /** Opens a file as a new descriptor description. */
  open(path: string, how: 'r' | 'w' | 'a' | 'rw'): { id: string } | { error: FileError } {
    const full = this.files.absolute(path);
    const device = this.device(full, how);
    if (device) return device;
    if (how === 'r') {
      const stat = this.files.stat(full);
      if ('error' in stat) return stat;
      if (stat.kind !== 'dir' && !this.files.may(stat, 4)) return { error: 'EACCES' };
      return { id: this.kernel.open({ kind: 'file', path: full, offset: 0, append: false, write: false }) };
    }
    const error = this.files.write(full, '', how === 'w' ? {} : { append: true });
    if (error) return { error };
    return { id: this.kernel.open({ kind: 'file', path: full, offset: 0, append: how === 'a', write: true }) };
  }

  private device(path: string, how: string): { id: string } | { error: FileError } | undefined {
    if (!path.startsWith('/dev/') && !path.startsWith('/proc/')) return undefined;
    const own = path === '/dev/stdin' ? 0 : path === '/dev/stdout' ? 1 : path === '/dev/stderr' ? 2 : -1;
    const number = /^\/(?:dev|proc\/self)\/fd\/([0-9]+)$/.exec(path);
    const fd = number ? Number(number[1]) : own;
    if (fd >= 0) return this.reopen(this.process, fd, how);
    const other = /^\/proc\/([0-9]+)\/fd\/([0-9]+)$/.exec(path);
    if (other) {
      for (const pid of this.container.pids) {
        const p = this.kernel.process(pid);
        if (p && String(p.nspid) === other[1]) {
          if (this.process.uid !== 0 && this.process.uid !== p.uid) return { error: 'EACCES' };
          return this.reopen(p, Number(other[2]), how);
        }
      }
      return { error: 'ENOENT' };
    }
    switch (path) {
      case '/dev/null':
      case '/dev/tty':
        return { id: this.kernel.open({ kind: 'null' }) };
      case '/dev/zero':
      case '/dev/full':
        return { id: this.kernel.open({ kind: how === 'r' ? 'zero' : 'null' }) };
      case '/dev/random':
      case '/dev/urandom':
        return { id: this.kernel.open({ kind: how === 'r' ? 'random' : 'null' }) };
      default:
        return undefined;
    }
  }

  private reopen(process: Process, fd: number, _how: string): { id: string } | { error: FileError } {
    const id = process.fds[fd];
    return id ? { id: this.kernel.share(id) } : { error: 'ENOENT' };
  }

  /** Replaces descriptor `fd`; the old one is closed. */
  install(fd: number, id: string | null): void {
    const fds = this.process.fds;
    while (fds.length <= fd) fds.push(null);
    const old = fds[fd];
    fds[fd] = id;
    if (old) this.kernel.release(old);
  }

  /** Installs a descriptor that children do not inherit; answers its number. */
  hide(id: string): number {
    let fd = firstHidden;
    while (this.process.fds[fd]) fd += 1;
    this.install(fd, id);
    return fd;
  }

  /** A child with this process's descriptors (or those given, whose references pass to it). */
  fork(argv: string[], program: string, options: { env?: Record<string, string>; fds?: (string | null)[]; data?: unknown } = {}): Process | undefined {
    const fds = options.fds ?? this.inherit();
    const child = this.kernel.create(this.container, this.process, {
      argv,
      program,
      env: options.env ?? this.process.env,
      fds,
      data: options.data ?? null,
      ...(this.process.execID !== undefined ? { execID: this.process.execID } : {}),
    });
    if (child) return child;
    for (const fd of fds) if (fd) this.kernel.release(fd);
    return undefined;
  }

  inherit(): (string | null)[] {
    return this.process.fds.slice(0, firstHidden).map((fd) => (fd ? this.kernel.share(fd) : null));
  }

  lookup(argv: string[], env = this.process.env): Lookup {
    return this.kernel.lookup(this.process, argv, env);
  }

  /** Becomes another program. It starts in its turn, after this handler. */
  exec(argv: string[], program: string, env = this.process.env): void {
    this.process.argv = argv;
    this.process.program = program;
    this.process.env = env;
    this.process.data = null;
    this.process.generation += 1;
    delete this.process.title;
    this.kernel.deliver(this.process.pid, { type: 'start' });
  }

  /** A process by its number inside the namespace. */
  byNspid(nspid: number): Process | undefined {
    const ns = this.container.environment.pidns;
    if (ns === 'host') return this.kernel.process(nspid);
    for (const id in this.kernel.state.containers) {
      const c = this.kernel.state.containers[id] as Container;
      if (c.environment.pidns !== ns) continue;
      for (const pid of c.pids) {
        const p = this.kernel.process(pid);
        if (p?.nspid === nspid) return p;
      }
    }
    return undefined;
  }

  /** kill(2): 'ESRCH', 'EPERM' or nothing. */
  kill(nspid: number, signal: string): 'ESRCH' | 'EPERM' | undefined {
    const target = this.byNspid(nspid);
    if (!target) return this.killDaemon(nspid, signal);
    if (this.process.uid !== 0 && this.process.uid !== target.uid) return 'EPERM';
    this.kernel.signal(target, signal);
    return undefined;
  }

  /** A daemon of the host that is no program of the model: systemd sees it end. */
  private killDaemon(pid: number, signal: string): 'ESRCH' | 'EPERM' | undefined {
    if (this.container.environment.pidns !== 'host') return 'ESRCH';
    const unit = machineOf(this.kernel.state, this.kernel.ctx).units.find((u) => u.mainPid === pid && pid > 0);
    if (!unit) return 'ESRCH';
    if (this.process.uid !== 0) return 'EPERM';
    const request: SystemdRequest = { type: 'Systemd', op: 'kill', unit: unit.unit };
    if (signal === 'KILL' || signal === 'TERM') this.kernel.ctx.call(`${this.kernel.state.host}/os`, request as never);
    return undefined;
  }

  timer(delayMs: number): void {
    this.kernel.timer(this.process, delayMs);
  }

  /** A tag for a socket, so that what happens to it comes here. */
  tag(name: string): string {
    return `${processKey(this.process.pid)}:${name}`;
  }

  socket(request: SocketRequest): SocketAnswer {
    this.process.netns = this.container.environment.netns;
    return this.kernel.ctx.call<SocketAnswer>(`${this.kernel.state.host}/os`, request);
  }

  get netns(): string {
    return this.container.environment.netns;
  }
  /** The owner that socket requests name. */
  get self(): string {
    return this.kernel.ctx.self;
  }
}

function take(text: string, from: number, most: 'all' | 'line' | number, atEnd: boolean): string | undefined {
  if (most === 'all') return text.slice(from);
  if (most !== 'line') return text.slice(from, from + most);
  const at = text.indexOf('\n', from);
  if (at < 0) return atEnd || text.length - from > 65536 ? text.slice(from) : undefined;
  return text.slice(from, at + 1);
}
