/** Probe results by container. Models pkg/kubelet/prober/results/results_manager.go, v1.36.2. */
import type { KubeletState } from '../state.ts';

export type ProbeType = 'liveness' | 'readiness' | 'startup';
export type ProbeResult = 'Success' | 'Failure' | 'Unknown';

export const resultOf = (state: KubeletState, type: ProbeType, containerID: string): ProbeResult | undefined => state.prober.results[type][containerID];
