/** Ending containers: event, preStop, order among sidecars, StopContainer. Models kuberuntime_container.go killContainer, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import type { CriReply } from '../../../contracts/cri.ts';
import { log } from '../../../contracts/journal.ts';
import type { Ctx } from '../../../engine/types.ts';
import { criCall, errorText } from '../cri.ts';
import { containerEvent, containerField, podField } from '../events.ts';
import { startHook } from '../lifecycle.ts';
import type { RuntimePodStatus } from '../pod-cache.ts';
import type { PodWorker } from '../pod-worker-state.ts';
import { type KubeletState, nextId } from '../state.ts';
import type { ContainerToKill } from './compute-pod-actions.ts';
import { containerOf } from './container-of.ts';
import { isRestartableInit } from './should-restart.ts';

/** StopContainer gets at least this, seconds. */
export const minimumGracePeriodSeconds = 2;

export interface KillJob {
  name: string;
  containerID: string;
  gen: number;
  stage: 'preStop' | 'order' | 'stop' | 'done';
  /** Left, seconds. */
  graceSeconds: number;
  /** When the stage began, ms. */
  sinceMs: number;
  /** Containers (by ID) that must have ended first. */
  after: string[];
  error: string | null;
}

export interface Kill extends ContainerToKill {
  /** Seconds instead of the container's own grace; null for none. */
  override: number | null;
  /** Part of a pod's end: sidecars wait for the others. */
  ordered: boolean;
}

/** Grace of a kill that no one shortened, seconds. */
export function terminationGraceSeconds(pod: Pod, container: Container | undefined, reason: ContainerToKill['reason']): number {
  const { deletionGracePeriodSeconds } = pod.metadata;
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds;
  const spec = pod.spec.terminationGracePeriodSeconds;
  if (spec === undefined || spec === null) return minimumGracePeriodSeconds;
  const probe = reason === 'StartupProbe' ? container?.startupProbe : reason === 'LivenessProbe' ? container?.livenessProbe : undefined;
  return probe?.terminationGracePeriodSeconds ?? spec;
}

export function startKillsOfPod(state: KubeletState, worker: PodWorker, status: RuntimePodStatus, override: number | null, ctx: Ctx): void {
  worker.kills = {};
  const running = status.containers.filter((c) => c.state === 'CONTAINER_RUNNING');
  const order = specOrder(worker.pod);
  running.sort((a, b) => order(a.metadata.name) - order(b.metadata.name));
  const kills = running.map((c) => ({ containerID: c.id, name: c.metadata.name, message: '', reason: '' as const, override, ordered: true }));
  const sidecars = (worker.pod.spec.initContainers ?? []).filter(isRestartableInit).map((c) => c.name);
  const regular = worker.pod.spec.containers.map((c) => c.name);
  const idOf = (name: string | undefined): string[] => kills.filter((k) => k.name === name).map((k) => k.containerID);
  for (const kill of kills) {
    const at = sidecars.indexOf(kill.name);
    // Every sidecar that comes later goes first; those that do not run count as gone.
    const after = at < 0 ? [] : [...regular.flatMap(idOf), ...sidecars.slice(at + 1).flatMap(idOf)];
    makeJob(state, worker, kill, after, ctx);
  }
  for (const id in worker.kills) beginJob(state, worker, worker.kills[id] as KillJob, ctx);
}

export function startKill(state: KubeletState, worker: PodWorker, kill: Kill, ctx: Ctx): void {
  beginJob(state, worker, makeJob(state, worker, kill, [], ctx), ctx);
}

/** null while any kill is under way, then their errors. */
export function killsDone(worker: PodWorker): string[] | null {
  const errors: string[] = [];
  for (const id in worker.kills) {
    const job = worker.kills[id] as KillJob;
    if (job.stage !== 'done') return null;
    if (job.error !== null) errors.push(job.error);
  }
  return errors;
}

const specOrder = (pod: Pod): ((name: string) => number) => {
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])].map((c) => c.name);
  return (name) => names.indexOf(name);
};

function makeJob(state: KubeletState, worker: PodWorker, kill: Kill, after: string[], ctx: Ctx): KillJob {
  const container = containerOf(worker.pod, kill.name);
  const job: KillJob = {
    name: kill.name,
    containerID: kill.containerID,
    gen: nextId(state),
    stage: 'preStop',
    graceSeconds: kill.override ?? terminationGraceSeconds(worker.pod, container, kill.reason),
    sinceMs: ctx.nowMs,
    after,
    error: null,
  };
  worker.kills[kill.containerID] = job;
  const probe = kill.reason === 'LivenessProbe' ? 'livenessProbe' : kill.reason === 'StartupProbe' ? 'startupProbe' : null;
  if (container)
    containerEvent(
      state,
      worker.pod,
      kill.name,
      'Normal',
      'Killing',
      kill.message || `Stopping container ${kill.name}`,
      ctx,
      probe ? containerField(worker.pod, kill.name, probe) : podField(worker.pod, 'spec.terminationGracePeriodSeconds'),
    );
  return job;
}

function beginJob(state: KubeletState, worker: PodWorker, job: KillJob, ctx: Ctx): void {
  const hook = containerOf(worker.pod, job.name)?.lifecycle?.preStop;
  if (!hook || job.graceSeconds <= 0) {
    waitForTurn(state, worker, job, ctx);
    return;
  }
  job.sinceMs = ctx.nowMs;
  const podIPs = [...(worker.task?.status.ips ?? [])];
  startHook(state, worker, { when: 'preStop', container: job.name, containerID: job.containerID, podIPs }, hook, ctx);
  killTimer(worker, job, job.graceSeconds * 1000, ctx);
}

function killTimer(worker: PodWorker, job: KillJob, delayMs: number, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'KillTimer', uid: worker.uid, containerID: job.containerID, gen: job.gen, stage: job.stage } as never, delayMs);
}

/** The hook ended, or the grace did. */
export function preStopDone(state: KubeletState, worker: PodWorker, containerID: string, error: string | null, ctx: Ctx): void {
  const job = worker.kills[containerID];
  if (job?.stage !== 'preStop') return;
  if (error !== null)
    containerEvent(
      state,
      worker.pod,
      job.name,
      'Warning',
      'FailedPreStopHook',
      'PreStopHook failed',
      ctx,
      containerField(worker.pod, job.name, 'lifecycle.preStop'),
    );
  job.graceSeconds -= Math.floor((ctx.nowMs - job.sinceMs) / 1000);
  waitForTurn(state, worker, job, ctx);
}

export function handleKillTimer(state: KubeletState, message: { uid: string; containerID: string; gen: number; stage: string }, ctx: Ctx): void {
  const worker = state.workers[message.uid];
  const job = worker?.kills[message.containerID];
  if (!worker || job?.gen !== message.gen || job.stage !== message.stage) return;
  if (job.stage === 'preStop') preStopDone(state, worker, message.containerID, null, ctx);
  else if (job.stage === 'order') stop(state, worker, job, ctx);
}

function waitForTurn(state: KubeletState, worker: PodWorker, job: KillJob, ctx: Ctx): void {
  job.stage = 'order';
  job.sinceMs = ctx.nowMs;
  if (job.graceSeconds <= 0 || isTurn(worker, job)) stop(state, worker, job, ctx);
  else killTimer(worker, job, job.graceSeconds * 1000, ctx);
}

const isTurn = (worker: PodWorker, job: KillJob): boolean => job.after.every((id) => worker.kills[id] === undefined || worker.kills[id]?.stage === 'done');

function stop(state: KubeletState, worker: PodWorker, job: KillJob, ctx: Ctx): void {
  job.graceSeconds -= Math.floor((ctx.nowMs - job.sinceMs) / 1000);
  job.stage = 'stop';
  const timeoutSeconds = Math.max(job.graceSeconds, minimumGracePeriodSeconds);
  const { namespace = 'default', name } = worker.pod.metadata;
  log(ctx, 'kubelet.service', ['kubelet.kill', `${namespace}/${name}`, worker.uid, job.name, job.containerID, String(timeoutSeconds)]);
  criCall(
    state,
    `kill|${worker.uid}|${job.containerID}|${job.gen}`,
    { rpc: 'StopContainer', containerId: job.containerID, timeoutSeconds },
    ctx,
    podField(worker.pod, 'spec.terminationGracePeriodSeconds'),
  );
}

/** StopContainer answered: id `kill|UID|CONTAINER|GEN|n`. True when all kills of the pod are done. */
export function handleKillReply(state: KubeletState, reply: CriReply, ctx: Ctx): boolean {
  const [, uid = '', containerID = '', gen] = reply.id.split('|');
  const worker = state.workers[uid];
  const job = worker?.kills[containerID];
  if (!worker || !job || String(job.gen) !== gen) return false;
  job.stage = 'done';
  if (reply.error && reply.error.code !== 'NotFound') job.error = errorText(reply.error);
  for (const id in worker.kills) {
    const other = worker.kills[id] as KillJob;
    if (other.stage === 'order' && isTurn(worker, other)) stop(state, worker, other, ctx);
  }
  return killsDone(worker) !== null;
}
