/** Node-pressure and local-storage eviction. Models pkg/kubelet/eviction/eviction_manager.go, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import type { Refusal } from '../admission.ts';
import { computePodQOS, isCriticalPod } from '../qos.ts';
import type { KubeletState } from '../state.ts';

export interface EvictionManagerState {
  /** Pressure conditions in force, in the order in which they came: type → when last seen, ms. */
  conditions: Record<string, number>;
}
export const initialEviction = (): EvictionManagerState => ({ conditions: {} });

/** Why a pod may not start on a node under pressure, or null. Models Admit. */
export function admitUnderPressure(state: KubeletState, pod: Pod): Refusal | null {
  const conditions = Object.keys(state.eviction.conditions);
  if (conditions.length === 0 || isCriticalPod(pod)) return null;
  if (conditions.length === 1 && conditions[0] === 'MemoryPressure') {
    if (computePodQOS(pod) !== 'BestEffort') return null;
    const key = 'node.kubernetes.io/memory-pressure';
    const tolerated = (pod.spec.tolerations ?? []).some((t) => (t.key === undefined || t.key === key) && (!t.effect || t.effect === 'NoSchedule'));
    if (tolerated) return null;
  }
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
}
export function startEviction(_state: KubeletState, _ctx: import('../../../engine/types.ts').Ctx): void {}
export function handleEvictionMessage(
  _state: KubeletState,
  _m: import('../../../engine/types.ts').Message,
  _ctx: import('../../../engine/types.ts').Ctx,
): boolean {
  return false;
}
