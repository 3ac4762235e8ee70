/** Pods from the API server, from files and from HTTP: what is new, changed or gone. Models pkg/kubelet/config/config.go and kubelet.go's HandlePod… handlers, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { Pod } from '../../api/types.ts';
import { log } from '../../contracts/journal.ts';
import type { WatchEvent } from '../../contracts/watch.ts';
import type { Ctx } from '../../engine/types.ts';
import { activePods, admit, type Refusal } from './admission.ts';
import { podEvent, podField } from './events.ts';
import { admitUnderPressure } from './eviction/eviction-manager.ts';
import { isMirror } from './mirror-pods.ts';
import { killPodNow, updatePod } from './pod-workers.ts';
import { removePodProbes } from './prober/prober-manager.ts';
import { isCriticalPod, isStaticPod } from './qos.ts';
import { resizeRequested } from './resize.ts';
import type { KubeletState } from './state.ts';
import { containersReadyCondition, readyCondition } from './status/conditions.ts';
import { forgetStatus, reconcilePod, setPodStatus } from './status/status-manager.ts';
import { removePodDirectory } from './volumemanager/volume-manager.ts';

const nameOf = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;

const sourceOf = (pod: Pod): string => pod.metadata.annotations?.['kubernetes.io/config.source'] ?? 'api';

/** An event of the watch on this node's pods. */
export function observePods(state: KubeletState, event: WatchEvent, ctx: Ctx): void {
  if (event.event === 'SYNCED') {
    if (state.sourcesReady.api) return;
    state.sourcesReady.api = true;
    const waiting = Object.values(state.pods).filter(
      (pod) => !state.workers[pod.metadata.uid] && state.rejected[pod.metadata.uid] === undefined && !isStaticPod(pod),
    );
    waiting.sort((a, b) =>
      a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? 1 : 0,
    );
    for (const pod of waiting) addPod(state, pod, ctx);
    for (const uid in state.pods) if (isStaticPod(state.pods[uid] as Pod)) updatePod(state, uid, 'sync', ctx);
    return;
  }
  const pod = event.object as Pod;
  if (isMirror(pod)) {
    observeMirror(state, event.event, pod, ctx);
    return;
  }
  const { uid } = pod.metadata;
  if (event.event === 'DELETED') {
    if (state.pods[uid]) removePod(state, uid, ctx);
    return;
  }
  const old = state.pods[uid];
  // A pod of the same name with another UID takes its place.
  const before = state.podsByName[nameOf(pod)];
  if (before !== undefined && before !== uid && state.pods[before] && !isStaticPod(state.pods[before] as Pod)) removePod(state, before, ctx);
  state.pods[uid] = pod;
  state.podsByName[nameOf(pod)] = uid;
  if (!state.sourcesReady.api) return;
  if (!old || (!state.workers[uid] && state.rejected[uid] === undefined)) addPod(state, pod, ctx);
  else changePod(state, old, pod, ctx);
}

/** All pods of a source of static pods, each time it was read. */
export function setSourcePods(state: KubeletState, source: 'file' | 'http', pods: Pod[], ctx: Ctx): void {
  state.sourcesReady[source] = true;
  const now = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  for (const uid in state.pods) {
    const pod = state.pods[uid] as Pod;
    if (pod.metadata.annotations?.['kubernetes.io/config.source'] === source && !now.has(uid)) removePod(state, uid, ctx);
  }
  for (const pod of pods) {
    const old = state.pods[pod.metadata.uid];
    if (old && equal(old.spec, pod.spec)) continue;
    state.pods[pod.metadata.uid] = Object.freeze(pod);
    state.podsByName[nameOf(pod)] = pod.metadata.uid;
    if (old) updatePod(state, pod.metadata.uid, 'update', ctx);
    else addPod(state, pod, ctx);
  }
}

function addPod(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const { uid } = pod.metadata;
  log(ctx, 'kubelet.service', ['kubelet.syncLoop', 'ADD', sourceOf(pod), nameOf(pod)]);
  if (pod.spec.activeDeadlineSeconds !== undefined) state.deadlines[uid] = true;
  const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
  if (!ended && !pod.metadata.deletionTimestamp) {
    const others = activePods(state).filter((p) => p.metadata.uid !== uid && state.workers[p.metadata.uid]);
    const refusal = admitUnderPressure(state, pod) ?? admit(state, pod, others);
    if (refusal && !preempt(state, pod, refusal, others, ctx)) {
      reject(state, pod, refusal, ctx);
      return;
    }
  }
  updatePod(state, uid, 'create', ctx);
}

function reject(state: KubeletState, pod: Pod, refusal: Refusal, ctx: Ctx): void {
  state.rejected[pod.metadata.uid] = ctx.nowMs;
  log(ctx, 'kubelet.service', ['kubelet.rejected', nameOf(pod), pod.metadata.uid, refusal.reason, refusal.message]);
  podEvent(state, pod, 'Warning', refusal.reason, refusal.message, ctx, podField(pod, refusal.resource ? 'spec.containers[0].resources' : 'spec'));
  setPodStatus(
    state,
    pod,
    {
      phase: 'Failed',
      reason: refusal.reason,
      message: `Pod was rejected: ${refusal.message}`,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
      conditions: pod.status?.conditions ?? [],
    },
    ctx,
  );
}

/** A critical pod that lacks resources takes those of lesser ones. True when it may run. Models preemption.go. */
function preempt(state: KubeletState, pod: Pod, refusal: Refusal, others: readonly Pod[], ctx: Ctx): boolean {
  if (!isCriticalPod(pod) || !refusal.resource) return false;
  const victims = others.filter((p) => !isCriticalPod(p) || (p.spec.priority ?? 0) < (pod.spec.priority ?? 0) * (isStaticPod(p) ? 0 : 1));
  const rank = (p: Pod): number => (p.status?.qosClass === 'BestEffort' ? 0 : p.status?.qosClass === 'Burstable' ? 1 : 2);
  const chosen: Pod[] = [];
  for (const victim of [...victims].sort((a, b) => rank(a) - rank(b))) {
    if (
      !admit(
        state,
        pod,
        others.filter((p) => !chosen.includes(p)),
      )
    )
      break;
    chosen.push(victim);
  }
  if (
    admit(
      state,
      pod,
      others.filter((p) => !chosen.includes(p)),
    )
  )
    return false;
  for (const victim of chosen) {
    const message = 'Preempted in order to admit critical pod';
    podEvent(state, victim, 'Warning', 'Preempting', message, ctx);
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'TerminationByKubelet',
      message: 'Pod was preempted by Kubelet to accommodate a critical pod.',
      lastProbeTime: null,
      lastTransitionTime: null,
    };
    killPodNow(state, victim.metadata.uid, { reason: 'Preempting', message, conditions: [condition] }, ctx);
  }
  return true;
}

function changePod(state: KubeletState, old: Pod, pod: Pod, ctx: Ctx): void {
  const { uid } = pod.metadata;
  if (pod.metadata.deletionTimestamp && !old.metadata.deletionTimestamp)
    log(ctx, 'kubelet.service', ['kubelet.syncLoop', 'DELETE', sourceOf(pod), nameOf(pod)]);
  if (specChanged(old, pod)) {
    resizeRequested(state, old, pod);
    if (pod.spec.activeDeadlineSeconds !== undefined) state.deadlines[uid] = true;
    if (state.rejected[uid] !== undefined) reconcilePod(state, uid, ctx);
    else updatePod(state, uid, 'update', ctx);
    return;
  }
  // RECONCILE: the status alone. Only a readiness gate that decides makes a sync of it.
  const worker = state.workers[uid];
  if (worker) worker.pod = worker.phase === 'sync' && worker.task === null ? pod : worker.pod;
  if (!pod.spec.readinessGates?.length) return;
  const ready = pod.status.conditions?.find((c) => c.type === 'Ready');
  if (!ready) return;
  const containersReady = containersReadyCondition(pod, pod.status.containerStatuses, pod.status.initContainerStatuses, pod.status.phase);
  // Models status.NeedToReconcilePodReadiness: the status or the message is not as expected.
  const expected = readyCondition(pod, pod.status.conditions ?? [], containersReady);
  if (expected.status !== ready.status || (expected.message ?? '') !== (ready.message ?? '')) updatePod(state, uid, 'sync', ctx);
}

const specChanged = (old: Pod, pod: Pod): boolean =>
  old.metadata.generation !== pod.metadata.generation ||
  old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
  old.metadata.deletionGracePeriodSeconds !== pod.metadata.deletionGracePeriodSeconds ||
  (old.spec !== pod.spec && !equal(old.spec, pod.spec)) ||
  !equal(old.metadata.labels, pod.metadata.labels) ||
  !equal(old.metadata.annotations, pod.metadata.annotations);

/** Gone from its source. */
function removePod(state: KubeletState, uid: string, ctx: Ctx): void {
  const pod = state.pods[uid] as Pod;
  log(ctx, 'kubelet.service', ['kubelet.syncLoop', 'REMOVE', sourceOf(pod), nameOf(pod)]);
  delete state.pods[uid];
  delete state.rejected[uid];
  delete state.deadlines[uid];
  delete state.resizes[uid];
  if (state.podsByName[nameOf(pod)] === uid) delete state.podsByName[nameOf(pod)];
  for (const c of [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])])
    delete state.reasons[`${uid}_${c.name}`];
  const worker = state.workers[uid];
  if (worker && worker.phase !== 'finished') {
    worker.pod = pod;
    updatePod(state, uid, 'kill', ctx);
    return;
  }
  delete state.workers[uid];
  forgetPod(state, uid, ctx);
}

/** Nothing of the pod is left anywhere but its files. */
export function forgetPod(state: KubeletState, uid: string, ctx: Ctx): void {
  removePodProbes(state, uid, ctx);
  forgetStatus(state, uid);
  removePodDirectory(state, uid, ctx);
}

function observeMirror(state: KubeletState, event: WatchEvent['event'], mirror: Pod, ctx: Ctx): void {
  const name = nameOf(mirror);
  const known = state.mirrorPods[name];
  if (event === 'DELETED') {
    if (known?.metadata.uid !== mirror.metadata.uid) return;
    delete state.mirrorPods[name];
  } else state.mirrorPods[name] = mirror;
  const uid = state.podsByName[name];
  const pod = uid === undefined ? undefined : state.pods[uid];
  if (!uid || !pod || !isStaticPod(pod)) return;
  if (event === 'ADDED') {
    if ((state.status.pods[uid]?.written ?? 0) === 0) reconcilePod(state, uid, ctx);
    return;
  }
  if (event === 'DELETED' || mirror.metadata.deletionTimestamp !== known?.metadata.deletionTimestamp) updatePod(state, uid, 'update', ctx);
}
