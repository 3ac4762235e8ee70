/** Faults by place: what can be broken here, what is broken now. */
import type { ClusterRecord, Fault, PodRecord } from '../../core/index.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';

export type RunningFault = ClusterRecord['faults'][number];

/** An id that no earlier fault of this run has. */
export function faultId(running: readonly RunningFault[], nowMs: number): string {
  for (let i = 1; ; i += 1) {
    const id = `fault-${Math.floor(nowMs)}-${i}`;
    if (!running.some((fault) => fault.id === id)) return id;
  }
}

export const inject = (fault: Fault, running: readonly RunningFault[]): Promise<unknown> =>
  session.command({ type: 'inject', id: faultId(running, useRun.getState().nowMs), fault });
export const end = (id: string): Promise<unknown> => session.command({ type: 'endFault', id });

/** Pods that can be a target: the selected first, then those of the node, the cluster's own last. */
export function targets(pods: readonly PodRecord[], selectedId: string, node: string): PodRecord[] {
  const rank = (pod: PodRecord): number => (pod.id === selectedId ? 0 : pod.namespace === 'kube-system' ? 3 : pod.node === node ? 1 : 2);
  return pods.filter((pod) => pod.node !== '').sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
