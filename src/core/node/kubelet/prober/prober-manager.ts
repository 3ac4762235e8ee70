/** A worker per probe of each container. Models pkg/kubelet/prober/prober_manager.go, v1.36.2. */
import type { Container, ContainerStatus, Pod } from '../../../api/types.ts';
import type { Ctx } from '../../../engine/types.ts';
import { isRestartableInit } from '../kuberuntime/should-restart.ts';
import type { KubeletState } from '../state.ts';
import { type ProbeResult, type ProbeType, probeKey, probeOf, removeWorker, resultOf } from './results.ts';
import { newProbeWorker, type ProbeWorker, poke } from './worker.ts';

export interface ProbeManagerState {
  /** `uid|container|type` → worker. */
  workers: Record<string, ProbeWorker>;
  results: Record<ProbeType, Record<string, ProbeResult>>;
  /** podUID → keys of its workers. */
  byPod: Record<string, string[]>;
}
export const initialProber = (): ProbeManagerState => ({ workers: {}, results: { liveness: {}, readiness: {}, startup: {} }, byPod: {} });

export const probeTypes: readonly ProbeType[] = ['startup', 'readiness', 'liveness'];
const probed = (pod: Pod): Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isRestartableInit)];

/** Starts what is not there yet. */
export function addPodProbes(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const { uid } = pod.metadata;
  const { prober } = state;
  for (const container of probed(pod))
    for (const type of probeTypes) {
      const key = probeKey(uid, container.name, type);
      if (!probeOf(container, type) || prober.workers[key]) continue;
      prober.workers[key] = newProbeWorker(state, pod, container, type, key, ctx);
      prober.byPod[uid] ??= [];
      (prober.byPod[uid] as string[]).push(key);
    }
}

/** The pod is to end: regular containers are no longer probed for life. */
export function stopLivenessAndStartup(state: KubeletState, pod: Pod, _ctx: Ctx): void {
  for (const container of pod.spec.containers)
    for (const type of ['liveness', 'startup'] as const) removeWorker(state, probeKey(pod.metadata.uid, container.name, type));
}

export function removePodProbes(state: KubeletState, uid: string, _ctx: Ctx): void {
  for (const key of state.prober.byPod[uid] ?? []) removeWorker(state, key);
  delete state.prober.byPod[uid];
}

/** `started` and `ready` of every container of a status. Models UpdatePodStatus. */
export function updatePodStatusWithProbes(state: KubeletState, pod: Pod, init: ContainerStatus[], regular: ContainerStatus[], ctx: Ctx): void {
  const { uid } = pod.metadata;
  const old = state.status.pods[uid]?.status ?? pod.status;
  const wasReady = old?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  const look = (status: ContainerStatus, container: Container, was: ContainerStatus | undefined): void => {
    const id = status.containerID?.slice('containerd://'.length);
    status.started = id !== undefined && status.state.running !== undefined && isStarted(state, uid, container, id, was);
    status.ready = false;
    if (!status.started || id === undefined) return;
    const worker = state.prober.workers[probeKey(uid, container.name, 'readiness')];
    const result = resultOf(state, 'readiness', id);
    if (result === 'Success') status.ready = true;
    else if (worker) poke(state, worker, ctx);
    // After a restart of the kubelet there is no worker yet: a pod that was not ready has to prove itself first.
    else status.ready = result === undefined && !(container.readinessProbe && !wasReady);
  };
  for (const status of regular) {
    const container = pod.spec.containers.find((c) => c.name === status.name);
    if (container)
      look(
        status,
        container,
        old?.containerStatuses?.find((s) => s.name === status.name),
      );
  }
  for (const status of init) {
    const container = pod.spec.initContainers?.find((c) => c.name === status.name);
    if (!container) continue;
    if (isRestartableInit(container))
      look(
        status,
        container,
        old?.initContainerStatuses?.find((s) => s.name === status.name),
      );
    else {
      status.started = status.state.running !== undefined;
      status.ready = status.state.terminated?.exitCode === 0;
    }
  }
}

function isStarted(state: KubeletState, uid: string, container: Container, id: string, was: ContainerStatus | undefined): boolean {
  const result = resultOf(state, 'startup', id);
  if (result !== undefined) return result === 'Success';
  if (was?.started && was.containerID === `containerd://${id}`) return true;
  return state.prober.workers[probeKey(uid, container.name, 'startup')] === undefined;
}
