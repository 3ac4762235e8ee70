/** What the runtime asks of its host: files, cgroups, namespaces, processes. All are calls, answered at once. */
import { type CgroupRequest, type FsAnswer, type FsRequest, osOf } from '../../contracts/os.ts';
import {
  type Exec,
  type ExecAnswer,
  type KillExec,
  type ListProcesses,
  type ProcessInfo,
  type RemoveRootfs,
  type RootfsUsage,
  type RootfsUsageAnswer,
  type Signal,
  type Spawn,
  type SpawnAnswer,
  type Wait,
  type WaitAnswer,
  workloadsOf,
} from '../../contracts/process.ts';
import { type ResolveAnswer, type ResolveImage, registry } from '../../contracts/registry.ts';
import type { NetlinkRequest } from '../../contracts/socket.ts';
import type { Ctx } from '../../engine/types.ts';
import type { RuntimeTimer } from './state.ts';

export const fs = (ctx: Ctx, request: FsRequest): FsAnswer => ctx.call<FsAnswer>(osOf(ctx.host), request) ?? {};

export function cgroup(ctx: Ctx, request: CgroupRequest): void {
  ctx.call(osOf(ctx.host), request);
}

export function netlink(ctx: Ctx, request: NetlinkRequest): void {
  ctx.call(osOf(ctx.host), request);
}

type Of<T> = Omit<T, 'type'>;

export function spawn(ctx: Ctx, request: Of<Spawn>): SpawnAnswer {
  const call: Spawn = { type: 'Spawn', ...request };
  return ctx.call<SpawnAnswer>(workloadsOf(ctx.host), call) ?? {};
}

/** To the container's first process. */
export function signal(ctx: Ctx, containerID: string, name: string): void {
  const call: Signal = { type: 'Signal', containerID, pid: 0, signal: name };
  ctx.call(workloadsOf(ctx.host), call);
}

export function exec(ctx: Ctx, request: Of<Exec>): ExecAnswer {
  const call: Exec = { type: 'Exec', ...request };
  return ctx.call<ExecAnswer>(workloadsOf(ctx.host), call) ?? { error: 'unavailable' };
}

export function killExec(ctx: Ctx, execID: string): void {
  const call: KillExec = { type: 'KillExec', execID };
  ctx.call(workloadsOf(ctx.host), call);
}

export function removeRootfs(ctx: Ctx, containerID: string): void {
  const call: RemoveRootfs = { type: 'RemoveRootfs', containerID };
  ctx.call(workloadsOf(ctx.host), call);
}

export function rootfsUsage(ctx: Ctx, containerID: string): RootfsUsageAnswer {
  const call: RootfsUsage = { type: 'RootfsUsage', containerID };
  const answer = ctx.call<RootfsUsageAnswer | undefined>(workloadsOf(ctx.host), call);
  return { bytes: answer?.bytes ?? 0, inodes: answer?.inodes ?? 0 };
}

export function wait(ctx: Ctx, containerID: string): WaitAnswer & { error?: string } {
  const call: Wait = { type: 'Wait', containerID };
  const answer = ctx.call<(WaitAnswer & { error?: string }) | undefined>(workloadsOf(ctx.host), call) ?? {};
  if (answer.running || answer.exitCode !== undefined) return answer;
  // Nobody remembers it; but if it is among the processes, it runs.
  const list: ListProcesses = { type: 'ListProcesses' };
  const processes = ctx.call<ProcessInfo[] | { processes?: ProcessInfo[] } | undefined>(workloadsOf(ctx.host), list);
  const all = Array.isArray(processes) ? processes : (processes?.processes ?? []);
  return all.some((p) => p.containerID === containerID) ? { running: true } : answer;
}

/** A registry that is not there answers nothing, as one that does not answer. */
export function resolveImage(ctx: Ctx, reference: string, auth?: ResolveImage['auth']): ResolveAnswer {
  const call: ResolveImage = auth ? { type: 'ResolveImage', reference, auth } : { type: 'ResolveImage', reference };
  const answer = ctx.call<ResolveAnswer | undefined>(registry, call);
  return answer?.takesMs === undefined ? { error: 'failed to do request: dial tcp: i/o timeout', takesMs: 30_000 } : answer;
}

export function timer(ctx: Ctx, body: RuntimeTimer, delayMs: number): void {
  ctx.send(ctx.self, body, delayMs);
}
