/**
 * Keeps the newest status of every pod and writes it to the API server: one pod after the other, by GET and PATCH.
 * Models pkg/kubelet/status/status_manager.go, v1.36.2.
 */
import { equal } from '../../../api/equal.ts';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../../../api/types.ts';
import { type ApiCall, type ApiResponse, apiLatencyMs, apiserver } from '../../../contracts/watch.ts';
import { share } from '../../../engine/share.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Ctx, FieldRef } from '../../../engine/types.ts';
import { podField } from '../events.ts';
import { isRestartableInit } from '../kuberuntime/should-restart.ts';
import { couldHaveRunningContainers, isFinished } from '../pod-worker-state.ts';
import { isStaticPod } from '../qos.ts';
import { type KubeletState, nextId } from '../state.ts';
import { containersReadyCondition, kubeletConditions, readyCondition } from './conditions.ts';

/** All pods are gone over this often, ms. */
export const syncPeriodMs = 10_000;
/** What a round of the manager takes beside the two requests, ms. */
const roundMs = 12;

/** A request that has no answer after this is given up, ms. */
const requestTimeoutMs = 10_000;

export interface VersionedStatus {
  /** Shared. */
  status: PodStatus;
  version: number;
  /** Version that the API server has. */
  written: number;
  name: string;
  namespace: string;
  /** resourceVersion of the pod at the last reconciliation that found nothing to do. */
  reconciled: string;
}
export interface StatusManagerState {
  /** By UID of the pod (for a mirror pod: of its static pod). */
  pods: Record<string, VersionedStatus>;
  /** Pods that a batch has not taken yet. */
  queue: string[];
  /** The rest of the batch that is being written: statuses as they were when it began. */
  batch: { uid: string; version: number; status: PodStatus }[];
  /** The pod whose status is being written, its request, the version and status under way. */
  current: { uid: string; id: string; version: number; stage: 'get' | 'patch' | 'delete'; sinceMs: number; status: PodStatus } | null;
}
export const initialStatusManager = (): StatusManagerState => ({ pods: {}, queue: [], batch: [], current: null });

/** Stores a status; a change of it is written soon. */
export function setPodStatus(state: KubeletState, pod: Pod, status: PodStatus, ctx: Ctx): void {
  update(state, pod, status, ctx);
}

/** A readiness probe's result. */
export function setContainerReadiness(state: KubeletState, pod: Pod, containerID: string, ready: boolean, ctx: Ctx): void {
  patchContainer(state, pod, containerID, (c) => (c.ready === ready ? null : { ...c, ready }), ctx);
}

/** A startup probe's result. */
export function setContainerStartup(state: KubeletState, pod: Pod, containerID: string, started: boolean, ctx: Ctx): void {
  patchContainer(state, pod, containerID, (c) => (c.started === started ? null : { ...c, started }), ctx);
}

/** The sandbox is there, before any container. */
export function setReadyToStartContainers(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const old = state.status.pods[pod.metadata.uid]?.status;
  if (!old) return;
  const conditions = (old.conditions ?? []).map((c) => (c.type === 'PodReadyToStartContainers' ? { ...c, status: 'True', lastTransitionTime: null } : c));
  update(state, pod, { ...old, conditions }, ctx);
}

/** The pod is over and cleaned up: nothing may look as if it ran still. Models TerminatePod. */
export function terminatePod(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const old = state.status.pods[pod.metadata.uid]?.status ?? pod.status;
  const lost = (c: ContainerStatus): ContainerStatus =>
    c.state.terminated
      ? c
      : {
          ...c,
          ready: false,
          started: false,
          state: {
            terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' },
          },
        };
  const status: PodStatus = { ...old };
  const initialized = old.conditions?.some((c) => c.type === 'Initialized' && c.status === 'True') ?? false;
  if (initialized && old.containerStatuses) status.containerStatuses = old.containerStatuses.map(lost);
  if (old.initContainerStatuses) {
    let began = old.initContainerStatuses.length - 1;
    if (!initialized) while (began >= 0 && !hasStarted(old.initContainerStatuses[began] as ContainerStatus)) began -= 1;
    status.initContainerStatuses = old.initContainerStatuses.map((c, i) => (i <= began ? lost(c) : c));
  }
  if (status.phase !== 'Failed' && status.phase !== 'Succeeded' && !isStaticPod(pod)) status.phase = 'Failed';
  update(state, pod, status, ctx);
  // Its deletion waits for the worker's end, which has just come.
  enqueue(state, pod.metadata.uid, ctx);
}

const hasStarted = (c: ContainerStatus): boolean => !c.state.waiting || c.lastState.terminated !== undefined;

/** The pod is gone from every source. */
export function forgetStatus(state: KubeletState, uid: string): void {
  delete state.status.pods[uid];
}

/** Every 10 s: whatever the API server does not have is written again. */
export function reconcileAll(state: KubeletState, ctx: Ctx): void {
  const { current } = state.status;
  if (current && ctx.nowMs - current.sinceMs >= requestTimeoutMs) next(state, ctx);
  for (const uid in state.status.pods) {
    const entry = state.status.pods[uid] as VersionedStatus;
    const target = apiPod(state, uid);
    if (!target) {
      if (!state.pods[uid] && !state.workers[uid]) delete state.status.pods[uid];
      continue;
    }
    if (entry.version > entry.written || canBeDeleted(state, target, uid)) enqueue(state, uid, ctx);
    else if (entry.reconciled !== target.metadata.resourceVersion) {
      if (needsReconcile(entry.status, target)) enqueue(state, uid, ctx);
      else entry.reconciled = target.metadata.resourceVersion;
    }
  }
}

export function handleStatusResponse(state: KubeletState, response: ApiResponse, ctx: Ctx): void {
  const { current } = state.status;
  if (!current || current.id !== response.id) return;
  const { uid } = current;
  const entry = state.status.pods[uid];
  if (!entry) {
    next(state, ctx);
    return;
  }
  if (current.stage === 'get') {
    const pod = response.object as Pod | undefined;
    if (response.code !== 200 || !pod || pod.metadata.uid !== apiUID(state, uid, entry)) {
      next(state, ctx);
      return;
    }
    const status = mergePodStatus(pod.status, current.status, couldHaveRunningContainers(state, uid));
    const patch = difference(pod.status, status);
    if (Object.keys(patch).length > 0) {
      current.stage = 'patch';
      const why = whyOf(state, uid);
      current.id = send(
        state,
        ctx,
        {
          verb: 'patch',
          resource: 'pods',
          subresource: 'status',
          namespace: entry.namespace,
          name: entry.name,
          patchType: 'merge',
          patch: { metadata: { uid: pod.metadata.uid }, status: patch },
        },
        why,
      );
      ctx.note({ type: 'PodStatus', podUID: uid, status: patch } as never, why);
      return;
    }
    entry.written = current.version;
    finish(state, pod, uid, ctx);
    return;
  }
  if (current.stage === 'patch' && response.code === 200) {
    entry.written = current.version;
    finish(state, response.object as Pod, uid, ctx);
    return;
  }
  next(state, ctx);
}

function finish(state: KubeletState, pod: Pod, uid: string, ctx: Ctx): void {
  const { current } = state.status;
  if (!current || !canBeDeleted(state, pod, uid)) {
    next(state, ctx);
    return;
  }
  current.stage = 'delete';
  current.id = send(state, ctx, {
    verb: 'delete',
    resource: 'pods',
    namespace: pod.metadata.namespace ?? 'default',
    name: pod.metadata.name,
    options: { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } },
  });
}

/** The kubelet deletes the object when the pod is being deleted, over, and its worker done. */
function canBeDeleted(state: KubeletState, pod: Pod, uid: string): boolean {
  if (!pod.metadata.deletionTimestamp || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return false;
  return (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') && isFinished(state, uid);
}

/** The pod as the API server has it: of a static pod, its mirror. */
function apiPod(state: KubeletState, uid: string): Pod | undefined {
  const pod = state.pods[uid];
  if (!pod) return undefined;
  return isStaticPod(pod) ? state.mirrorPods[`${pod.metadata.namespace}/${pod.metadata.name}`] : pod;
}

/** UID under which the API server has the pod: of a static pod that is still specified, its mirror's. */
const apiUID = (state: KubeletState, uid: string, entry: VersionedStatus): string => {
  const pod = state.pods[uid];
  return (pod && isStaticPod(pod) && state.mirrorPods[`${entry.namespace}/${entry.name}`]?.metadata.uid) || uid;
};

/** The merge of what is known here into what the API server has. Models mergePodStatus. */
export function mergePodStatus(old: PodStatus, status: PodStatus, couldHaveRunning: boolean): PodStatus {
  const foreign = (old.conditions ?? []).filter((c) => !kubeletConditions.has(c.type) && c.type !== 'DisruptionTarget');
  const disruption = status.conditions?.find((c) => c.type === 'DisruptionTarget') ?? old.conditions?.find((c) => c.type === 'DisruptionTarget');
  const own = (status.conditions ?? []).filter((c) => kubeletConditions.has(c.type));
  const merged: PodStatus = { ...status, conditions: [...foreign, ...(disruption ? [disruption] : []), ...own] };
  const ends = (phase: string): boolean => phase === 'Failed' || phase === 'Succeeded';
  if (!ends(old.phase) && ends(status.phase) && couldHaveRunning) {
    merged.phase = old.phase;
    delete merged.reason;
    delete merged.message;
    if (old.reason) merged.reason = old.reason;
    if (old.message) merged.message = old.message;
  }
  if (ends(merged.phase)) {
    const reason = merged.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
    merged.conditions =
      merged.conditions?.map((c) => ((c.type === 'Ready' || c.type === 'ContainersReady') && c.status === 'True' ? { ...c, status: 'False', reason } : c)) ??
      [];
  }
  return merged;
}

function needsReconcile(status: PodStatus, pod: Pod): boolean {
  return Object.keys(difference(pod.status, mergePodStatus(pod.status, status, false))).length > 0;
}

/** Fields of a merge patch; null for what goes. */
function difference(old: PodStatus, status: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key in status) if (!equal(status[key as keyof PodStatus], old[key as keyof PodStatus])) patch[key] = status[key as keyof PodStatus];
  for (const key of ['reason', 'message'] as const) if (old[key] !== undefined && status[key] === undefined) patch[key] = null;
  return patch;
}

const clocked = new Set([
  'Ready',
  'ContainersReady',
  'Initialized',
  'PodScheduled',
  'PodReadyToStartContainers',
  'AllContainersRestarting',
  'DisruptionTarget',
  'PodResizePending',
  'PodResizeInProgress',
]);

function update(state: KubeletState, pod: Pod, status: PodStatus, ctx: Ctx): void {
  const { uid } = pod.metadata;
  const entry = state.status.pods[uid];
  const old = entry?.status ?? apiPod(state, uid)?.status ?? pod.status;
  const now = rfc3339(ctx.epochMs);
  const stamped: PodStatus = { ...status, startTime: status.startTime ?? old?.startTime ?? now };
  stamped.conditions = (status.conditions ?? []).map((c) => stamp(c, old?.conditions, now));
  if (entry && equal(entry.status, stamped)) return;
  const version = (entry?.version ?? 0) + 1;
  state.status.pods[uid] = {
    status: share(stamped),
    version,
    written: entry?.written ?? 0,
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? 'default',
    reconciled: '',
  };
  enqueue(state, uid, ctx);
}

function stamp(c: Condition, old: readonly Condition[] | undefined, now: string): Condition {
  if (!clocked.has(c.type)) return c;
  const before = old?.find((o) => o.type === c.type);
  const time = before && before.status === c.status && before.lastTransitionTime ? before.lastTransitionTime : now;
  return c.lastTransitionTime === time ? c : { ...c, lastTransitionTime: time };
}

function patchContainer(state: KubeletState, pod: Pod, containerID: string, change: (c: ContainerStatus) => ContainerStatus | null, ctx: Ctx): void {
  const old = state.status.pods[pod.metadata.uid]?.status;
  if (!old) return;
  const full = `containerd://${containerID}`;
  const status: PodStatus = { ...old };
  for (const list of ['containerStatuses', 'initContainerStatuses'] as const) {
    const at = old[list]?.findIndex((c) => c.containerID === full) ?? -1;
    if (at < 0) continue;
    const changed = change((old[list] as ContainerStatus[])[at] as ContainerStatus);
    if (changed === null) return;
    status[list] = (old[list] as ContainerStatus[]).map((c, i) => (i === at ? changed : c));
  }
  const containersReady = containersReadyCondition(pod, status.containerStatuses, status.initContainerStatuses, status.phase);
  const ready = readyCondition(pod, pod.status?.conditions ?? [], containersReady);
  status.conditions = (old.conditions ?? []).map((c) => {
    const made = c.type === 'Ready' ? ready : c.type === 'ContainersReady' ? containersReady : null;
    if (!made) return c;
    const { reason: _r, message: _m, ...rest } = c;
    return { ...rest, ...(made.message ? { message: made.message } : {}), ...(made.reason ? { reason: made.reason } : {}), status: made.status };
  });
  update(state, pod, status, ctx);
}

function enqueue(state: KubeletState, uid: string, ctx: Ctx): void {
  const { status } = state;
  if (!status.queue.includes(uid)) status.queue.push(uid);
  if (status.current === null) next(state, ctx);
}

/** Asks for the next pod of the batch as the API server has it; with an empty batch, takes all that changed meanwhile. Models syncBatch and syncPod. */
function next(state: KubeletState, ctx: Ctx): void {
  const { status } = state;
  status.current = null;
  if (status.batch.length === 0) beginBatch(status, ctx);
  for (;;) {
    const taken = status.batch.shift();
    if (taken === undefined) return;
    const { uid } = taken;
    const entry = status.pods[uid];
    if (!entry) continue;
    // A static pod without a mirror has no one to tell.
    const pod = state.pods[uid];
    if (pod && isStaticPod(pod) && !state.mirrorPods[`${entry.namespace}/${entry.name}`]) continue;
    const id = send(state, ctx, { verb: 'get', resource: 'pods', namespace: entry.namespace, name: entry.name });
    status.current = { ...taken, id, stage: 'get', sinceMs: ctx.nowMs };
    return;
  }
}

/** In the order of a Go map: from anywhere on. */
function beginBatch(status: StatusManagerState, ctx: Ctx): void {
  const first = status.queue.length > 1 ? Math.floor(ctx.random() * status.queue.length) : 0;
  for (const uid of [...status.queue.slice(first), ...status.queue.slice(0, first)]) {
    const entry = status.pods[uid];
    if (entry) status.batch.push({ uid, version: entry.version, status: entry.status });
  }
  status.queue = [];
}

function send(state: KubeletState, ctx: Ctx, call: ApiCall, why?: FieldRef): string {
  const id = `status-${nextId(state)}`;
  ctx.send(apiserver, { type: 'ApiRequest', id, ...call } as never, apiLatencyMs.request + (call.verb === 'get' ? roundMs : 0), why);
  return id;
}

function whyOf(state: KubeletState, uid: string): FieldRef | undefined {
  const pod = state.pods[uid];
  if (!pod) return undefined;
  const probed = pod.spec.containers.findIndex((c) => c.readinessProbe);
  if (probed >= 0) return podField(pod, `spec.containers[${probed}].readinessProbe`);
  return podField(pod, pod.spec.initContainers?.some((c) => !isRestartableInit(c)) ? 'spec.initContainers' : 'spec.containers');
}

/** The status of one pod is to be looked at again soon. */
export function reconcilePod(state: KubeletState, uid: string, ctx: Ctx): void {
  if (state.status.pods[uid]) enqueue(state, uid, ctx);
}
