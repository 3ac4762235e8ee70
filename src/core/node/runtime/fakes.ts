/** Test doubles for what the runtime talks to: a kernel, programs, plugins, a registry, and a kubelet that records the answers. */
import type { CniAnswer, CniRequest } from '../../contracts/cni.ts';
import type { ContainerConfig, CriReply, CriRequest, PodSandboxConfig } from '../../contracts/cri.ts';
import type { Exec, ProcessEnvironment, Signal, Spawn } from '../../contracts/process.ts';
import type { ImageInfo, ResolveAnswer } from '../../contracts/registry.ts';
import { Engine } from '../../engine/engine.ts';
import type { Body, Ctx, Room, TraceEntry } from '../../engine/types.ts';
import type { Args } from './args.ts';
import { runtimeRoom } from './runtime.ts';
import type { RuntimeState } from './state.ts';

export interface Program {
  /** Ends by itself after this long. */
  exitAfterMs?: number;
  exitCode?: number;
  /** Exits this long after the signal, with this code; without an entry the signal is ignored. */
  onSignal?: Record<string, { afterMs: number; exitCode: number }>;
  output?: { afterMs: number; text: string; stream?: 'stdout' | 'stderr' }[];
  /** runc's refusal. */
  error?: string;
  exec?: { afterMs: number; exitCode: number; stdout: string; stderr: string } | { error: string };
}

interface Process {
  pid: number;
  owner: string;
  alive: boolean;
  program: Program;
  environment: ProcessEnvironment;
}
interface WorkloadsState {
  /** By the last word of argv. */
  programs: Record<string, Program>;
  processes: Record<string, Process>;
  signals: string[];
  removed: string[];
  checks: number;
  exits: Record<string, { exitCode: number; finishedAtMs: number }>;
  nextPid: number;
}

const workloads: Room<WorkloadsState> = {
  initial: (programs: Record<string, Program>): WorkloadsState => ({ programs, processes: {}, signals: [], removed: [], checks: 0, exits: {}, nextPid: 1000 }),
  handle(state, message, ctx) {
    const body = message.body as Body & { containerID: string; exitCode: number };
    if (body.type === 'Die') die(state, body.containerID, body.exitCode, ctx);
  },
  serve(state, request, ctx): unknown {
    if (request.type === 'Spawn') {
      const r = request as Spawn;
      const program = state.programs[r.argv[r.argv.length - 1] ?? ''] ?? {};
      if (r.check) state.checks += 1;
      if (program.error !== undefined) return { error: program.error };
      if (r.check) return {};
      state.nextPid += 1;
      const id = r.environment.containerID;
      state.processes[id] = { pid: state.nextPid, owner: r.owner, alive: true, program, environment: r.environment };
      for (const o of program.output ?? [])
        ctx.send(r.owner, { type: 'ProcessOutput', containerID: id, stream: o.stream ?? 'stdout', text: o.text } as Body, o.afterMs);
      if (program.exitAfterMs !== undefined) ctx.send(ctx.self, { type: 'Die', containerID: id, exitCode: program.exitCode ?? 0 } as Body, program.exitAfterMs);
      return { pid: state.nextPid };
    }
    if (request.type === 'Signal') {
      const r = request as Signal;
      state.signals.push(`${r.signal} ${r.containerID}`);
      const process = state.processes[r.containerID];
      if (!process?.alive) return {};
      const reaction = process.program.onSignal?.[r.signal];
      if (r.signal === 'SIGKILL') ctx.send(ctx.self, { type: 'Die', containerID: r.containerID, exitCode: 137 } as Body);
      else if (reaction) ctx.send(ctx.self, { type: 'Die', containerID: r.containerID, exitCode: reaction.exitCode } as Body, reaction.afterMs);
      return {};
    }
    if (request.type === 'Exec') {
      const r = request as Exec;
      const answer = state.processes[r.containerID]?.program.exec ?? { afterMs: 1, exitCode: 0, stdout: '', stderr: '' };
      if ('error' in answer) return answer;
      const { afterMs, ...done } = answer;
      ctx.send(r.owner, { type: 'ExecDone', execID: r.execID, ...done } as Body, afterMs);
      return { pid: 1 };
    }
    if (request.type === 'Wait') {
      const id = (request as Body & { containerID: string }).containerID;
      return state.processes[id]?.alive ? { running: true } : (state.exits[id] ?? {});
    }
    if (request.type === 'RemoveRootfs') state.removed.push((request as Body & { containerID: string }).containerID);
    return {};
  },
};

function die(state: WorkloadsState, containerID: string, exitCode: number, ctx: Ctx): void {
  const process = state.processes[containerID];
  if (!process?.alive) return;
  process.alive = false;
  state.exits[containerID] = { exitCode, finishedAtMs: ctx.nowMs };
  ctx.send(process.owner, { type: 'ProcessExited', containerID, pid: process.pid, exitCode, oom: false } as Body);
}

interface OsState {
  files: Record<string, string>;
  netns: string[];
  full: boolean;
  cgroups: Record<string, Record<string, string>>;
}
const os: Room<OsState> = {
  initial: (): OsState => ({ files: {}, full: false, netns: [], cgroups: {} }),
  handle: () => {},
  serve(state, request): unknown {
    const r = request as Body & { op: string; path: string; to: string; text: string; append?: boolean; netns: string; values?: Record<string, string> };
    if (r.type === 'Netlink') {
      if (r.op === 'netns.add') state.netns.push(r.netns);
      if (r.op === 'netns.delete') state.netns = state.netns.filter((n) => n !== r.netns);
    }
    if (r.type === 'Cgroup') {
      if (r.op === 'create') state.cgroups[r.path] = r.values ?? {};
      if (r.op === 'set') Object.assign(state.cgroups[r.path] ?? {}, r.values);
      if (r.op === 'remove') delete state.cgroups[r.path];
    }
    if (r.type === 'Fs') {
      if (r.op === 'write' && state.full) return { error: 'ENOSPC' };
      if (r.op === 'write') state.files[r.path] = (r.append ? (state.files[r.path] ?? '') : '') + r.text;
      if (r.op === 'rename') {
        state.files[r.to] = state.files[r.path] ?? '';
        delete state.files[r.path];
      }
      if (r.op === 'read') return { text: state.files[r.path] };
      if (r.op === 'remove') for (const path in state.files) if (path === r.path || path.startsWith(`${r.path}/`)) delete state.files[path];
    }
    return {};
  },
};

interface CniState {
  next: number;
  addError: string;
  statusError: string;
  delError: string;
  calls: string[];
}
const cni: Room<CniState> = {
  initial: (): CniState => ({ next: 2, addError: '', statusError: '', delError: '', calls: [] }),
  handle: () => {},
  serve(state, request): CniAnswer {
    const r = request as CniRequest;
    state.calls.push(r.command);
    const failed = (msg: string): CniAnswer => ({ error: { cniVersion: '1.0.0', code: 50, msg }, tookMs: 5 });
    if (r.command === 'STATUS') return state.statusError ? failed(state.statusError) : {};
    if (r.command === 'DEL') return state.delError ? failed(state.delError) : { tookMs: 30 };
    if (state.addError) return failed(state.addError);
    const address = `10.244.1.${state.next}/24`;
    state.next += 1;
    return { result: { cniVersion: '1.0.0', interfaces: [], ips: [{ address, gateway: '10.244.1.1', interface: 2 }], routes: [] }, tookMs: 90 };
  },
};

interface RegistryState {
  images: Record<string, ImageInfo>;
}
const registryFake: Room<RegistryState> = {
  initial: (images: Record<string, ImageInfo>): RegistryState => ({ images }),
  handle: () => {},
  serve(state, request): ResolveAnswer {
    const { reference } = request as Body & { reference: string };
    const image = state.images[reference];
    return image ? { image, takesMs: 300 } : { error: `${reference}: not found`, code: 'NotFound', takesMs: 300 };
  },
};

const kubelet: Room<{ replies: (CriReply & { atMs: number })[] }> = {
  initial: () => ({ replies: [] }),
  handle(state, message) {
    state.replies.push({ ...(message.body as CriReply), atMs: message.atMs });
  },
};

export const busybox = { names: ['docker.io/library/busybox:1.28'], sizeBytes: 2_140_931, config: { Cmd: ['sh'] } };
const defaultArgs: Args = {
  node: 'n',
  implementation: 'containerd',
  version: '1.6.20',
  pauseImage: 'registry.k8s.io/pause:3.10',
  cgroupVersion: 2,
  cgroupDriver: 'cgroupfs',
  images: [busybox, { names: ['registry.k8s.io/pause:3.10'], sizeBytes: 768_804, config: { Entrypoint: ['/pause'] } }],
  maxParallelDownloads: 3,
  bandwidthBytesPerSecond: 10_000_000,
};

export class Bench {
  readonly engine: Engine;
  readonly trace: TraceEntry[] = [];
  private calls = 0;

  constructor(programs: Record<string, Program> = {}, args: Partial<Args> = {}, images: Record<string, ImageInfo> = {}) {
    this.engine = new Engine(Engine.initialState(7, 1_767_323_045_000), {
      'n/os': { room: os as Room<never>, args: null },
      'n/cni': { room: cni as Room<never>, args: null },
      registry: { room: registryFake as Room<never>, args: images },
      'n/workloads': { room: workloads as Room<never>, args: programs },
      'n/runtime': { room: runtimeRoom as Room<never>, args: { ...defaultArgs, ...args } },
      'n/kubelet': { room: kubelet as Room<never>, args: null },
    });
    this.engine.startAll();
    this.engine.observers.push((entry) => this.trace.push(entry));
  }

  get runtime(): RuntimeState {
    return this.engine.state.rooms['n/runtime'] as RuntimeState;
  }
  get os(): OsState {
    return this.engine.state.rooms['n/os'] as OsState;
  }
  get cni(): CniState {
    return this.engine.state.rooms['n/cni'] as CniState;
  }
  get workloads(): WorkloadsState {
    return this.engine.state.rooms['n/workloads'] as WorkloadsState;
  }
  get nowMs(): number {
    return this.engine.state.nowMs;
  }

  send(request: CriRequest): string {
    this.calls += 1;
    const id = `c${this.calls}`;
    this.engine.send('n/kubelet', 'n/runtime', { type: 'Cri', id, request } as Body, 0, 0);
    return id;
  }
  replyTo(id: string): (CriReply & { atMs: number }) | undefined {
    return (this.engine.state.rooms['n/kubelet'] as { replies: (CriReply & { atMs: number })[] }).replies.find((r) => r.id === id);
  }
  run(ms: number): void {
    this.engine.advance(this.nowMs + ms);
  }
  /** Sends and runs until the answer is there; fails after ten minutes of the model. */
  call<T = Record<string, unknown>>(request: CriRequest): { response?: T; error?: CriReply['error']; tookMs: number } {
    const from = this.nowMs;
    const id = this.send(request);
    for (let i = 0; i < 600_000; i += 1) {
      const reply = this.replyTo(id);
      if (reply)
        return { ...(reply.response ? { response: reply.response as T } : {}), ...(reply.error ? { error: reply.error } : {}), tookMs: reply.atMs - from };
      this.run(1);
    }
    throw new Error(`no answer to ${request.rpc}`);
  }
  ask<T>(request: CriRequest): T {
    const answer = this.engine.ask('n/kubelet', 'n/runtime', { type: 'Cri', id: '', request } as Body) as CriReply;
    return (answer.response ?? answer.error) as T;
  }

  sandbox(name = 'p', change: (c: PodSandboxConfig) => void = () => {}): string {
    const { response, error } = this.call<{ podSandboxId: string }>({ rpc: 'RunPodSandbox', config: sandboxConfig(name, change), runtimeHandler: '' });
    if (!response) throw new Error(error?.message);
    return response.podSandboxId;
  }
  container(podSandboxId: string, command: string[], change: (c: ContainerConfig) => void = () => {}): string {
    const { response, error } = this.call<{ containerId: string }>({
      rpc: 'CreateContainer',
      podSandboxId,
      config: containerConfig(command, change),
      sandboxConfig: sandboxConfig('p'),
    });
    if (!response) throw new Error(error?.message);
    return response.containerId;
  }
  started(podSandboxId: string, command: string[], change: (c: ContainerConfig) => void = () => {}): string {
    const containerId = this.container(podSandboxId, command, change);
    this.call({ rpc: 'StartContainer', containerId });
    return containerId;
  }
}

export function sandboxConfig(name: string, change: (c: PodSandboxConfig) => void = () => {}): PodSandboxConfig {
  const config: PodSandboxConfig = {
    metadata: { name, uid: `uid-${name}`, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: `/var/log/pods/default_${name}_uid-${name}`,
    dnsConfig: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    portMappings: [],
    labels: { 'io.kubernetes.pod.name': name },
    annotations: {},
    linux: {
      cgroupParent: `/kubepods/besteffort/pod${name}`,
      securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } },
      sysctls: {},
    },
  };
  change(config);
  return config;
}

export function containerConfig(command: string[], change: (c: ContainerConfig) => void = () => {}): ContainerConfig {
  const config: ContainerConfig = {
    metadata: { name: 'c', attempt: 0 },
    image: 'docker.io/library/busybox:1.28',
    command,
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    labels: {},
    annotations: {},
    logPath: 'c/0.log',
    stdin: false,
    tty: false,
    linux: { resources: { cpuShares: 2 }, securityContext: {} },
  };
  change(config);
  return config;
}
