/** Probe results by container. Models pkg/kubelet/prober/results/results_manager.go, v1.36.2. */
import type { Container, Pod, Probe } from '../../../api/types.ts';
import type { Ctx } from '../../../engine/types.ts';
import { containerField } from '../events.ts';
import type { KubeletState } from '../state.ts';
import type { ProbeWorker } from './worker.ts';

export type ProbeType = 'liveness' | 'readiness' | 'startup';
export type ProbeResult = 'Success' | 'Failure' | 'Unknown';

export const resultOf = (state: KubeletState, type: ProbeType, containerID: string): ProbeResult | undefined => state.prober.results[type][containerID];

export const probeOf = (container: Container, type: ProbeType): Probe | undefined => container[`${type}Probe`];
export const probeKey = (uid: string, container: string, type: ProbeType): string => `${uid}|${container}|${type}`;

export function removeWorker(state: KubeletState, key: string): void {
  const worker = state.prober.workers[key];
  if (!worker) return;
  if (worker.containerID) delete state.prober.results[worker.type][worker.containerID];
  delete state.prober.workers[key];
  delete state.sockets[`probe|${key}`];
}

/** A worker came to a result. Told on when it is a new one. */
export function setResult(state: KubeletState, worker: ProbeWorker, pod: Pod, result: ProbeResult, ctx: Ctx): void {
  const results = state.prober.results[worker.type];
  const id = worker.containerID;
  if (results[id] === result) return;
  results[id] = result;
  // The kubelet's loop takes it from a channel.
  if (worker.type === 'liveness' && result !== 'Failure') return;
  ctx.send(
    ctx.self,
    { type: 'ProbeUpdate', uid: pod.metadata.uid, probe: worker.type, containerID: id, result } as never,
    0,
    containerField(pod, worker.container, `${worker.type}Probe`),
  );
}
