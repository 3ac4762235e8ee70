/** In-place resize of containers. Models pkg/kubelet/allocation/allocation_manager.go and kuberuntime doPodResizeAction, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Container, Pod, ResourceRequirements } from '../../api/types.ts';
import type { Ctx } from '../../engine/types.ts';
import { activePods, requestsOf } from './admission.ts';
import { updatePodCgroup } from './cgroups.ts';
import { criCall, errorText } from './cri.ts';
import { containerField, podEvent, podField } from './events.ts';
import type { Outcome, Step } from './kuberuntime/steps.ts';
import { generateLinuxContainerResources } from './kuberuntime-config/resources.ts';
import type { PodWorker } from './pod-worker-state.ts';
import type { KubeletState, ResizeState } from './state.ts';
import type { SyncTask } from './sync-pod.ts';

const resourcesOf = (pod: Pod): Record<string, ResourceRequirements> => Object.fromEntries(pod.spec.containers.map((c) => [c.name, c.resources ?? {}]));

/** The specification changed from `old`: remembers what was allocated. */
export function resizeRequested(state: KubeletState, old: Pod, pod: Pod): void {
  const { uid } = pod.metadata;
  if (state.resizes[uid] || equal(resourcesOf(old), resourcesOf(pod))) return;
  state.resizes[uid] = { allocated: resourcesOf(old), actuated: resourcesOf(old), pending: null, inProgress: false };
}

/** Before each sync: allocates what is asked for, if it fits. */
export function syncResize(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const { uid } = pod.metadata;
  const resize = state.resizes[uid];
  const source = state.pods[uid];
  if (!resize || !source) return;
  const wanted = resourcesOf(source);
  if (equal(wanted, resize.allocated)) {
    resize.pending = null;
    finishIfDone(state, source, resize, ctx);
    return;
  }
  const refusal = fits(state, source);
  if (refusal) {
    const told = resize.pending;
    resize.pending = refusal;
    if (told?.reason !== refusal.reason || told.message !== refusal.message)
      podEvent(
        state,
        source,
        'Warning',
        `Resize${refusal.reason}`,
        `Pod resize ${refusal.reason}: ${resourcesText(source)}`,
        ctx,
        podField(source, 'spec.containers'),
      );
    return;
  }
  resize.allocated = wanted;
  resize.pending = null;
  resize.inProgress = true;
  podEvent(state, source, 'Normal', 'ResizeStarted', `Pod resize started: ${resourcesText(source)}`, ctx, podField(source, 'spec.containers'));
}

function fits(state: KubeletState, pod: Pod): ResizeState['pending'] {
  const allocatable = (state.node ?? state.config.node).status.allocatable ?? {};
  for (const name of ['cpu', 'memory'] as const) {
    const amount = name === 'cpu' ? quantityMilli : quantityValue;
    const requested = requestsOf(pod, name);
    const capacity = amount(allocatable[name]);
    if (requested > capacity)
      return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}` };
    let used = 0;
    for (const other of activePods(state)) if (other.metadata.uid !== pod.metadata.uid) used += requestsOf(allocatedPod(state, other), name);
    if (used + requested > capacity)
      return { reason: 'Deferred', message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}` };
  }
  return null;
}

const resourcesText = (pod: Pod): string =>
  JSON.stringify({
    containers: pod.spec.containers.map((c) => ({
      name: c.name,
      resources: { ...(c.resources?.limits ? { limits: c.resources.limits } : {}), ...(c.resources?.requests ? { requests: c.resources.requests } : {}) },
    })),
    generation: pod.metadata.generation,
  });

/** The pod with the resources that it has been given, not those it asks for. */
export function allocatedPod(state: KubeletState, pod: Pod): Pod {
  const resize = state.resizes[pod.metadata.uid];
  if (!resize || equal(resourcesOf(pod), resize.allocated)) return pod;
  const containers = pod.spec.containers.map((c) => ({ ...c, resources: resize.allocated[c.name] ?? {} }));
  return Object.freeze({ ...pod, spec: { ...pod.spec, containers } });
}

/** What must happen to a running container. */
export function resizeOf(state: KubeletState, pod: Pod, container: Container): 'none' | 'update' | 'restart' {
  const resize = state.resizes[pod.metadata.uid];
  const [wanted, has] = [resize?.allocated[container.name], resize?.actuated[container.name]];
  if (!wanted || !has || equal(wanted, has)) return 'none';
  for (const name of ['cpu', 'memory']) {
    if (wanted.limits?.[name] === has.limits?.[name] && wanted.requests?.[name] === has.requests?.[name]) continue;
    if (container.resizePolicy?.some((p) => p.resourceName === name && p.restartPolicy === 'RestartContainer')) return 'restart';
  }
  return 'update';
}

/** A container was made anew: it has what is allocated. */
export function resizeActuated(state: KubeletState, pod: Pod, container: string, ctx: Ctx): void {
  const resize = state.resizes[pod.metadata.uid];
  if (!resize) return;
  resize.actuated = { ...resize.actuated, [container]: resize.allocated[container] ?? {} };
  finishIfDone(state, state.pods[pod.metadata.uid] ?? pod, resize, ctx);
}

function finishIfDone(state: KubeletState, pod: Pod, resize: ResizeState, ctx: Ctx): void {
  if (!equal(resize.allocated, resize.actuated)) return;
  if (resize.inProgress)
    podEvent(state, pod, 'Normal', 'ResizeCompleted', `Pod resize completed: ${resourcesText(pod)}`, ctx, podField(pod, 'spec.containers'));
  resize.inProgress = false;
  if (equal(resourcesOf(pod), resize.allocated)) delete state.resizes[pod.metadata.uid];
}

/** Step `update`: raises the pod's cgroup, changes the container, lowers the pod's cgroup. */
export function actuateResize(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step & { do: 'update' }, ctx: Ctx): Outcome {
  const { pod } = worker;
  const container = pod.spec.containers.find((c) => c.name === step.container);
  const running = task.status.containers.find((c) => c.metadata.name === step.container && c.state === 'CONTAINER_RUNNING');
  if (!container || !running) return 'done';
  if (!step.call) {
    task.didWork = true;
    updatePodCgroup(state.config.cgroupDriver, pod, ctx);
    const linux = generateLinuxContainerResources(pod, container, quantityValue(state.config.node.status.capacity?.memory));
    step.call = criCall(
      state,
      `sync|${worker.uid}`,
      { rpc: 'UpdateContainerResources', containerId: running.id, linux },
      ctx,
      containerField(pod, step.container, 'resources'),
    );
    return 'wait';
  }
  if (!step.reply) return 'wait';
  if (step.reply.error) {
    task.errors.push(errorText(step.reply.error));
    podEvent(state, pod, 'Warning', 'ResizeError', `Pod resize error: ${errorText(step.reply.error)}`, ctx);
    return 'done';
  }
  resizeActuated(state, pod, step.container, ctx);
  return 'done';
}

/** For the status of a container: what applies, and what it has been given. */
export function resourcesInStatus(
  state: KubeletState,
  pod: Pod,
  container: Container,
): { resources: ResourceRequirements | undefined; allocated: ResourceRequirements | undefined } {
  const resize = state.resizes[pod.metadata.uid];
  return { resources: resize?.actuated[container.name] ?? container.resources, allocated: resize?.allocated[container.name] ?? container.resources };
}

export function resizeConditions(state: KubeletState, pod: Pod): { type: string; status: string; reason?: string; message?: string }[] {
  const resize = state.resizes[pod.metadata.uid];
  if (!resize) return [];
  return [
    ...(resize.pending ? [{ type: 'PodResizePending', status: 'True', ...resize.pending }] : []),
    ...(resize.inProgress ? [{ type: 'PodResizeInProgress', status: 'True' }] : []),
  ];
}
