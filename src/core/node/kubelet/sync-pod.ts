/**
 * One sync of one pod, as a list of steps that is carried out as far as possible and taken up again by every reply.
 * Models pkg/kubelet/kubelet.go SyncPod, SyncTerminatingPod, SyncTerminatedPod, v1.36.2.
 */
import type { Pod } from '../../api/types.ts';
import type { Ctx } from '../../engine/types.ts';
import { ensurePodCgroup, removePodCgroup } from './cgroups.ts';
import { podEvent, podField } from './events.ts';
import { runStep, type Step } from './kuberuntime/steps.ts';
import { planRuntimeSync } from './kuberuntime/sync-runtime-pod.ts';
import { syncMirrorPod } from './mirror-pods.ts';
import { cachedStatus, type RuntimePodStatus } from './pod-cache.ts';
import { networkNotReady, type PodWorker } from './pod-worker-state.ts';
import { addPodProbes, removePodProbes, stopLivenessAndStartup } from './prober/prober-manager.ts';
import { allocatedPod, syncResize } from './resize.ts';
import { readPodStatus } from './runtime-pod-status.ts';
import type { KubeletState } from './state.ts';
import { generateAPIPodStatus } from './status/generate-status.ts';
import { setPodStatus, terminatePod } from './status/status-manager.ts';
import { missingPullSecrets } from './volumemanager/object-manager.ts';
import { podAdded, podTerminated, volumesUnmounted, waitForAttachAndMount } from './volumemanager/volume-manager.ts';

/** Volumes are asked for again after this, ms. */
const volumePollMs = 300;
const volumeTimeoutMs = 123_000;

export interface SyncTask {
  kind: 'sync' | 'terminating' | 'terminated';
  gen: number;
  /** The runtime as it was when the sync began. */
  status: RuntimePodStatus;
  /** What is left to do; the first is under way. */
  steps: Step[];
  begun: boolean;
  sandboxID: string;
  podIPs: string[];
  errors: string[];
  /** Earliest end of a crash back-off met on the way. */
  backOffUntilMs: number | null;
  /** The pod must end: steps that can be interrupted stop. */
  cancelled: boolean;
  didWork: boolean;
}

/** How a sync ended: `error` null for success; `terminal`: the pod's phase is final; `look`: it did something that the runtime should be asked about. */
export interface SyncEnd {
  error: string | null;
  terminal: boolean;
  look: boolean;
}

/** Carries on with the worker's sync; what it returns ends it. Safe at any moment. */
export function runSync(state: KubeletState, worker: PodWorker, ctx: Ctx): SyncEnd | null {
  const task = worker.task;
  if (!task) return null;
  if (!task.begun) {
    task.begun = true;
    if (task.kind === 'sync') {
      const end = beginSync(state, worker, task, ctx);
      if (end) return end;
    } else if (task.kind === 'terminating') beginTerminating(state, worker, task, ctx);
    else task.steps.push({ do: 'unmount' });
  }
  for (let step = task.steps[0]; step !== undefined; step = task.steps[0]) {
    const outcome = advance(state, worker, task, step, ctx);
    if (outcome === 'wait') return null;
    task.steps.shift();
    if (outcome === 'abort') task.steps = [];
  }
  return endSync(state, worker, task, ctx);
}

type Outcome = 'done' | 'wait' | 'abort';

function advance(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step, ctx: Ctx): Outcome {
  switch (step.do) {
    case 'volumes':
      return waitForVolumes(state, worker, task, step, ctx);
    case 'runtime':
      return planRuntimeSync(state, worker, task, ctx);
    case 'unmount':
      return waitForUnmount(state, worker, step, ctx);
    default:
      return runStep(state, worker, task, step, ctx);
  }
}

const failed = (error: string): SyncEnd => ({ error, terminal: false, look: false });

/** Not null: the sync ended at once. */
function beginSync(state: KubeletState, worker: PodWorker, task: SyncTask, ctx: Ctx): SyncEnd | null {
  syncResize(state, worker.pod, ctx);
  worker.pod = allocatedPod(state, worker.pod);
  const { pod } = worker;
  const status = generateAPIPodStatus(state, pod, task.status, false, ctx);
  setPodStatus(state, pod, status, ctx);
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return { error: null, terminal: true, look: false };
  const network = state.runtime.networkError;
  if (network !== null && !pod.spec.hostNetwork) {
    podEvent(state, pod, 'Warning', 'NetworkNotReady', `${networkNotReady}: ${network}`, ctx);
    return failed(`${networkNotReady}: ${network}`);
  }
  const cgroup = ensurePodCgroup(state.config.cgroupDriver, pod, ctx);
  if (cgroup) {
    podEvent(state, pod, 'Warning', 'FailedCreatePodContainer', `unable to ensure pod container exists: ${cgroup}`, ctx);
    return failed(cgroup);
  }
  syncMirrorPod(state, pod, ctx);
  podAdded(state, pod, ctx);
  task.steps.push({ do: 'volumes', sinceMs: ctx.nowMs }, { do: 'runtime' });
  return null;
}

function waitForVolumes(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step & { do: 'volumes' }, ctx: Ctx): Outcome {
  const { pod } = worker;
  const answer = waitForAttachAndMount(state, pod, ctx);
  if (answer === 'mounted') {
    retrieveImagePullSecrets(state, pod, ctx);
    addPodProbes(state, pod, ctx);
    return 'done';
  }
  if ('error' in answer) {
    podEvent(state, pod, 'Warning', answer.error.reason, answer.error.message, ctx, podField(pod, 'spec.volumes'));
    task.errors.push(answer.error.message);
    return 'abort';
  }
  if (task.cancelled) {
    task.errors.push('context canceled');
    return 'abort';
  }
  if (ctx.nowMs - step.sinceMs >= volumeTimeoutMs) {
    task.errors.push('timed out waiting for the condition');
    return 'abort';
  }
  if (step.wakeMs === undefined || step.wakeMs <= ctx.nowMs) {
    step.wakeMs = ctx.nowMs + volumePollMs;
    wakeLater(worker, task, volumePollMs, ctx);
  }
  return 'wait';
}

/** A timer that takes the sync up again. */
export function wakeLater(worker: PodWorker, task: SyncTask, delayMs: number, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'WorkerTimer', uid: worker.uid, gen: task.gen } as never, delayMs);
}

function retrieveImagePullSecrets(state: KubeletState, pod: Pod, ctx: Ctx): void {
  if (!pod.spec.imagePullSecrets?.length) return;
  const missing = missingPullSecrets(state, pod);
  if (missing.length === 0) return;
  podEvent(
    state,
    pod,
    'Warning',
    'FailedToRetrieveImagePullSecret',
    `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
    ctx,
    podField(pod, 'spec.imagePullSecrets'),
  );
}

function beginTerminating(state: KubeletState, worker: PodWorker, task: SyncTask, ctx: Ctx): void {
  const { pod } = worker;
  if (!worker.orphan) {
    const status = generateAPIPodStatus(state, pod, task.status, false, ctx);
    override(status, worker, ctx);
    setPodStatus(state, pod, status, ctx);
    stopLivenessAndStartup(state, pod, ctx);
  }
  task.steps.push({ do: 'killPod', override: worker.orphan ? 1 : worker.graceSeconds });
}

function override(status: Pod['status'], worker: PodWorker, _ctx: Ctx): void {
  const o = worker.override;
  if (!o) return;
  if (o.phase) status.phase = o.phase;
  if (o.reason !== undefined) status.reason = o.reason;
  if (o.message !== undefined) status.message = o.message;
  for (const c of o.conditions ?? []) status.conditions = [c, ...(status.conditions ?? []).filter((x) => x.type !== c.type)];
}

function waitForUnmount(state: KubeletState, worker: PodWorker, step: Step & { do: 'unmount' }, ctx: Ctx): Outcome {
  const { pod } = worker;
  if (!step.begun) {
    step.begun = true;
    setPodStatus(state, pod, withOverride(generateAPIPodStatus(state, pod, cachedStatus(state.podCache, worker.uid), true, ctx), worker, ctx), ctx);
    podTerminated(state, pod, ctx);
  }
  if (!volumesUnmounted(state, worker.uid)) {
    wakeLater(worker, worker.task as SyncTask, volumePollMs, ctx);
    return 'wait';
  }
  return 'done';
}

function withOverride(status: Pod['status'], worker: PodWorker, ctx: Ctx): Pod['status'] {
  override(status, worker, ctx);
  return status;
}

function endSync(state: KubeletState, worker: PodWorker, task: SyncTask, ctx: Ctx): SyncEnd {
  const { pod } = worker;
  const error = task.errors.length > 0 ? task.errors.join('; ') : null;
  if (task.kind === 'sync') return { error, terminal: false, look: task.didWork && error === null };
  const done: SyncEnd = { error: null, terminal: false, look: false };
  if (task.kind === 'terminating') {
    if (error !== null) {
      if (!task.cancelled) podEvent(state, pod, 'Warning', 'FailedKillPod', `error killing pod: ${error}`, ctx);
      return failed(error);
    }
    if (worker.orphan) return done;
    removePodProbes(state, worker.uid, ctx);
    const fresh = readPodStatus(state, worker.uid, ctx);
    if (fresh === null || fresh.containers.some((c) => c.state === 'CONTAINER_RUNNING'))
      return failed('detected running containers after a successful KillPod');
    setPodStatus(state, pod, withOverride(generateAPIPodStatus(state, pod, fresh, true, ctx), worker, ctx), ctx);
    // From now on the volume manager takes the pod for gone (ShouldPodRuntimeBeRemoved); the worker only waits for the next look at the runtime.
    podTerminated(state, pod, ctx);
    return done;
  }
  removePodCgroup(state.config.cgroupDriver, pod, ctx);
  // The status manager's last word is written once the worker is done, which this sync's end makes it.
  terminatePod(state, pod, ctx);
  return done;
}
