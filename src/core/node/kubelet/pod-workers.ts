/**
 * One worker per pod: takes the newest update, waits until the runtime has been looked at since the last sync, syncs, and is queued again.
 * Models pkg/kubelet/pod_workers.go, v1.36.2.
 */
import type { Condition, Pod } from '../../api/types.ts';
import { log } from '../../contracts/journal.ts';
import type { Ctx } from '../../engine/types.ts';
import { cachedStatus, emptyStatus, isNewer, type RuntimePodStatus } from './pod-cache.ts';
import { networkNotReady, type PodWorker } from './pod-worker-state.ts';
import type { KubeletState } from './state.ts';
import { nextId } from './state.ts';
import { runSync, type SyncEnd } from './sync-pod.ts';

/** Successful syncs are repeated after this, ms. */
export const resyncIntervalMs = 60_000;
/** Failed ones after this, ms. */
export const backOffPeriodMs = 10_000;
export const networkNotReadyMs = 1000;
/** From the end of a sync that did something to the look at that pod, ms. */
const onDemandRelistMs = 1;

export type UpdateType = 'create' | 'update' | 'sync' | 'kill';

export interface KillOptions {
  reason?: string;
  message?: string;
  conditions?: Condition[];
  /** Overrides the pod's own, seconds. */
  graceSeconds?: number;
}

/** Takes an update of a pod that is in `state.pods` (or was, for `kill`). */
export function updatePod(state: KubeletState, uid: string, type: UpdateType, ctx: Ctx, options?: KillOptions & { evict?: boolean; orphan?: Pod }): void {
  const pod = state.pods[uid] ?? options?.orphan ?? state.workers[uid]?.pod;
  if (!pod) return;
  let worker = state.workers[uid];
  if (!worker) {
    if (type === 'sync') return;
    if (type === 'kill' && !options?.orphan) return;
    worker = newWorker(uid, pod);
    worker.orphan = options?.orphan !== undefined;
    state.workers[uid] = worker;
    // After a restart of the kubelet a pod that has ended already is only cleaned up.
    if (!worker.orphan && isTerminalPhase(pod) && isDown(cachedStatus(state.podCache, uid))) {
      worker.phase = 'terminated';
      worker.stopped = true;
    }
  }
  if (worker.phase === 'finished') {
    worker.pod = pod;
    return;
  }
  const wasTerminating = worker.phase !== 'sync';
  worker.pod = pod;
  if (pod.metadata.deletionTimestamp) worker.deleted = true;
  if (type === 'kill') {
    if (options?.evict) worker.evicted = true;
    else {
      worker.deleted = true;
      worker.removed = true;
    }
  }
  if (options?.reason || options?.message || options?.conditions)
    worker.override = {
      ...(options.evict ? { phase: 'Failed' as const } : {}),
      ...(options.reason ? { reason: options.reason } : {}),
      ...(options.message ? { message: options.message } : {}),
      ...(options.conditions ? { conditions: options.conditions } : {}),
    };
  const terminate = worker.deleted || worker.evicted || worker.orphan || isTerminalPhase(pod);
  let cancel = false;
  if (worker.phase === 'sync' && terminate) {
    worker.phase = 'terminating';
    cancel = true;
  }
  if (worker.phase === 'terminating') {
    const grace = effectiveGraceSeconds(worker.graceSeconds, pod, options?.graceSeconds);
    if (wasTerminating && worker.graceSeconds > 0 && grace < worker.graceSeconds) cancel = true;
    worker.graceSeconds = grace;
  }
  worker.pending = true;
  if (!worker.working) startWork(state, worker, ctx);
  else if (cancel) cancelSync(state, worker, wasTerminating, ctx);
}

/**
 * Grace of a termination, seconds: the least of what was said so far. Models calculateEffectiveGracePeriod.
 * @param current 0 when none was set yet
 */
export function effectiveGraceSeconds(current: number, pod: Pod, override?: number): number {
  let grace = current;
  let overridden = false;
  const deletion = pod.metadata.deletionGracePeriodSeconds;
  if (deletion !== undefined) {
    if (grace === 0 || deletion < grace) grace = deletion;
    overridden = true;
  }
  if (override !== undefined) {
    if (grace === 0 || override < grace) grace = override;
    overridden = true;
  }
  if (!overridden && grace === 0 && pod.spec.terminationGracePeriodSeconds !== undefined) grace = pod.spec.terminationGracePeriodSeconds;
  return Math.max(1, grace);
}

/** Eviction, preemption, shutdown: ends the pod, whose status becomes Failed with `reason`. */
export function killPodNow(state: KubeletState, uid: string, options: KillOptions, ctx: Ctx): void {
  if (state.workers[uid]) updatePod(state, uid, 'kill', ctx, { ...options, evict: true });
}

/** Takes the pod's sync further: what it waited for has come. */
export function resumePod(state: KubeletState, uid: string, ctx: Ctx): void {
  const worker = state.workers[uid];
  if (worker?.task && !worker.waiting) advance(state, worker, ctx);
}

/** A timer of the sync `gen`. */
export function handleWorkerTimer(state: KubeletState, uid: string, gen: number, ctx: Ctx): void {
  if (state.workers[uid]?.task?.gen === gen) resumePod(state, uid, ctx);
}

function advance(state: KubeletState, worker: PodWorker, ctx: Ctx): void {
  const end = runSync(state, worker, ctx);
  if (!end) return;
  completeSync(state, worker, end, ctx);
  // Right after a sync that did something the pod is looked at out of turn.
  if (end.look) ctx.send(ctx.self, { type: 'RelistPod', uid: worker.uid } as never, onDemandRelistMs);
}

/** The runtime was looked at: at one pod, or at all (`uid` null). Workers that waited for it go on. */
export function cacheRefreshed(state: KubeletState, uid: string | null, ctx: Ctx): void {
  if (uid !== null) {
    const worker = state.workers[uid];
    if (worker?.waiting && isNewer(state.podCache, uid, worker.syncedAtLook)) {
      delete state.waiters[uid];
      beginTask(state, worker, ctx);
    }
    return;
  }
  for (const key in state.waiters) {
    const worker = state.workers[key];
    delete state.waiters[key];
    if (worker?.waiting) beginTask(state, worker, ctx);
  }
}

const isTerminalPhase = (pod: Pod): boolean => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';

const isDown = (status: RuntimePodStatus): boolean =>
  !status.containers.some((c) => c.state === 'CONTAINER_RUNNING') && !status.sandboxes.some((s) => s.state === 'SANDBOX_READY');

function newWorker(uid: string, pod: Pod): PodWorker {
  return {
    uid,
    fullName: `${pod.metadata.namespace}/${pod.metadata.name}`,
    pod,
    phase: 'sync',
    started: false,
    deleted: false,
    removed: false,
    evicted: false,
    orphan: false,
    graceSeconds: 0,
    stopped: false,
    override: null,
    working: false,
    pending: false,
    waiting: false,
    syncedAtLook: -1,
    task: null,
    kills: {},
  };
}

/** Takes the pending update; goes on once the runtime has been looked at since the last sync. What comes in the meantime makes another sync. */
function startWork(state: KubeletState, worker: PodWorker, ctx: Ctx): void {
  if (!worker.started && staticPredecessor(state, worker)) {
    worker.pending = false;
    enqueue(state, worker.uid, backOffPeriodMs, ctx);
    return;
  }
  worker.working = true;
  worker.pending = false;
  worker.started = true;
  worker.task = {
    kind: worker.phase === 'sync' ? 'sync' : worker.phase === 'terminating' ? 'terminating' : 'terminated',
    gen: nextId(state),
    status: emptyStatus(worker.uid),
    steps: [],
    begun: false,
    sandboxID: '',
    podIPs: [],
    errors: [],
    backOffUntilMs: null,
    cancelled: false,
    didWork: false,
  };
  if (!worker.orphan && worker.syncedAtLook >= 0 && !isNewer(state.podCache, worker.uid, worker.syncedAtLook)) {
    worker.waiting = true;
    state.waiters[worker.uid] = true;
    return;
  }
  beginTask(state, worker, ctx);
}

function beginTask(state: KubeletState, worker: PodWorker, ctx: Ctx): void {
  worker.waiting = false;
  if (!worker.task) return;
  worker.task.status = worker.orphan ? orphanStatus(state, worker.uid) : cachedStatus(state.podCache, worker.uid);
  advance(state, worker, ctx);
}

const orphanStatus = (state: KubeletState, uid: string): RuntimePodStatus => state.podCache.pods[uid]?.status ?? emptyStatus(uid);

/** Another static pod of the same full name is being run still. */
function staticPredecessor(state: KubeletState, worker: PodWorker): boolean {
  if (!worker.pod.metadata.annotations?.['kubernetes.io/config.source']) return false;
  for (const uid in state.workers) {
    const other = state.workers[uid] as PodWorker;
    if (uid !== worker.uid && other.fullName === worker.fullName && other.started && other.phase !== 'finished') return true;
  }
  return false;
}

/** The pod must end: what can be interrupted is; the runtime's part of a sync goes on to its end. */
function cancelSync(state: KubeletState, worker: PodWorker, wasTerminating: boolean, ctx: Ctx): void {
  const { task } = worker;
  if (!task) return;
  task.cancelled = true;
  if (worker.waiting) return;
  if (wasTerminating && task.kind === 'terminating') {
    // A shorter grace: the kill under way is given up and begun anew.
    worker.kills = {};
    worker.task = null;
    startWork(state, worker, ctx);
    return;
  }
  advance(state, worker, ctx);
}

function completeSync(state: KubeletState, worker: PodWorker, end: SyncEnd, ctx: Ctx): void {
  let { error } = end;
  const task = worker.task;
  worker.task = null;
  worker.kills = {};
  worker.syncedAtLook = state.podCache.looks;
  let transition = false;
  if (error !== null && !task?.cancelled) {
    const { namespace = 'default', name } = worker.pod.metadata;
    log(ctx, 'kubelet.service', ['kubelet.syncError', error, `${namespace}/${name}`, worker.uid]);
  }
  if (task?.cancelled && error !== null) error = null;
  else if (error === null) {
    if (task?.kind === 'terminating' && worker.phase === 'terminating') {
      worker.phase = worker.orphan ? 'finished' : 'terminated';
      worker.stopped = true;
      transition = true;
    } else if (task?.kind === 'terminated') {
      worker.phase = 'finished';
      delete state.workQueue[worker.uid];
      worker.working = false;
      worker.pending = false;
      finished(state, worker);
      return;
    } else if (end.terminal && worker.phase === 'sync') {
      worker.phase = 'terminating';
      worker.graceSeconds = effectiveGraceSeconds(0, worker.pod);
      transition = true;
    }
  }
  if (worker.phase === 'finished') {
    worker.working = false;
    finished(state, worker);
    return;
  }
  enqueue(state, worker.uid, requeueMs(transition, error, task?.backOffUntilMs ?? null, ctx), ctx);
  if (transition) worker.pending = true;
  worker.working = false;
  if (worker.pending) startWork(state, worker, ctx);
}

/** How long after a sync the next one is due, ms, before jitter. Models pod_workers.go completeWork. */
export function requeueAfterMs(transition: boolean, error: string | null, backOffUntilMs: number | null, nowMs: number): number {
  if (transition) return 0;
  if (error === null) return resyncIntervalMs;
  if (error.includes(networkNotReady)) return networkNotReadyMs;
  if (backOffUntilMs !== null) return Math.min(Math.max(0, backOffUntilMs - nowMs), resyncIntervalMs);
  return backOffPeriodMs;
}

function requeueMs(transition: boolean, error: string | null, backOffUntilMs: number | null, ctx: Ctx): number {
  // Simplified: upstream's factor is uniform in [1, 1.5); what is taken lies a little below its middle, with an eighth of the spread.
  return Math.floor(requeueAfterMs(transition, error, backOffUntilMs, ctx.nowMs) * (1.18 + 0.06 * ctx.random()));
}

function enqueue(state: KubeletState, uid: string, delayMs: number, ctx: Ctx): void {
  state.workQueue[uid] = ctx.nowMs + delayMs;
}

/** A worker is done: of a pod that is gone nothing is kept. */
function finished(state: KubeletState, worker: PodWorker): void {
  delete state.workQueue[worker.uid];
  if (!state.pods[worker.uid]) delete state.workers[worker.uid];
}

/** Once a second: pods whose time in the work queue has come. */
export function syncDuePods(state: KubeletState, ctx: Ctx): void {
  for (const uid in state.workQueue) {
    if ((state.workQueue[uid] as number) > ctx.nowMs) continue;
    delete state.workQueue[uid];
    if (state.workers[uid]) updatePod(state, uid, 'sync', ctx);
  }
}
