/** The Node's conditions as this kubelet sees them. Models pkg/kubelet/nodestatus/setters.go, v1.36.2. */
import type { Condition } from '../../../api/types.ts';
import { rfc3339 } from '../../../engine/time.ts';

export interface NodeHealth {
  memoryPressure: boolean;
  diskPressure: boolean;
  pidPressure: boolean;
  /** Why the node is not ready; none: it is. */
  errors: string[];
}

const pressures = [
  [
    'MemoryPressure',
    'memoryPressure',
    'KubeletHasInsufficientMemory',
    'kubelet has insufficient memory available',
    'KubeletHasSufficientMemory',
    'kubelet has sufficient memory available',
    'NodeHasInsufficientMemory',
    'NodeHasSufficientMemory',
  ],
  [
    'DiskPressure',
    'diskPressure',
    'KubeletHasDiskPressure',
    'kubelet has disk pressure',
    'KubeletHasNoDiskPressure',
    'kubelet has no disk pressure',
    'NodeHasDiskPressure',
    'NodeHasNoDiskPressure',
  ],
  [
    'PIDPressure',
    'pidPressure',
    'KubeletHasInsufficientPID',
    'kubelet has insufficient PID available',
    'KubeletHasSufficientPID',
    'kubelet has sufficient PID available',
    'NodeHasInsufficientPID',
    'NodeHasSufficientPID',
  ],
] as const;

/**
 * Replaces this kubelet's four conditions in `old`; those of others stay where they are.
 *
 * @returns also the reasons of the Normal events `Node N status is now: REASON`, in order
 */
export function setConditions(old: readonly Condition[], health: NodeHealth, epochMs: number): { conditions: Condition[]; events: string[] } {
  const now = rfc3339(epochMs);
  const conditions = [...old];
  const events: string[] = [];
  const set = (type: string, status: string, reason: string, message: string): 'new' | 'changed' | 'same' => {
    const index = conditions.findIndex((c) => c.type === type);
    const known = conditions[index];
    const same = known?.status === status;
    const next = { lastHeartbeatTime: now, lastTransitionTime: same ? (known?.lastTransitionTime ?? now) : now, message, reason, status, type };
    if (known) conditions[index] = next;
    else conditions.push(next);
    return known ? (same ? 'same' : 'changed') : 'new';
  };
  for (const [type, key, badReason, badWords, goodReason, goodWords, badEvent, goodEvent] of pressures) {
    const bad = health[key];
    const change = set(type, bad ? 'True' : 'False', bad ? badReason : goodReason, bad ? badWords : goodWords);
    if (change !== 'same') events.push(bad ? badEvent : goodEvent);
  }
  const ready = health.errors.length === 0;
  const words = health.errors.length === 1 ? health.errors[0] : `[${health.errors.join(', ')}]`;
  const change = ready ? set('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status') : set('Ready', 'False', 'KubeletNotReady', words ?? '');
  if (change === 'changed') events.push(ready ? 'NodeReady' : 'NodeNotReady');
  return { conditions, events };
}

/** Equal but for the heartbeat. Models nodeConditionsHaveChanged. */
export function conditionsChanged(a: readonly Condition[], b: readonly Condition[]): boolean {
  if (a.length !== b.length) return true;
  return a.some((x) => {
    const y = b.find((c) => c.type === x.type);
    return !y || x.status !== y.status || x.reason !== y.reason || x.message !== y.message || x.lastTransitionTime !== y.lastTransitionTime;
  });
}
