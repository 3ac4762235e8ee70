/** What a ReplicaSet's status says. Models pkg/controller/replicaset/replica_set_utils.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { isPodActive, isPodAvailable, isPodReady, isPodTerminal } from '../../api/pods.ts';
import type { Condition, KubeObject, Labels, Pod } from '../../api/types.ts';
import { rfc3339 } from '../../engine/time.ts';

export interface ReplicaSetStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: Condition[];
}

/** How many pods of each standing. */
export interface Tally {
  active: number;
  labelled: number;
  ready: number;
  available: number;
  terminating: number;
}
export const emptyTally = (): Tally => ({ active: 0, labelled: 0, ready: 0, available: 0, terminating: 0 });

/** Adds (or with -1 takes away) one pod whose labels are those of the template and which is available as soon as it is ready. */
export function tallyPod(tally: Tally, pod: Pod, sign: 1 | -1): void {
  if (!isPodActive(pod)) {
    if (pod.metadata.deletionTimestamp && !isPodTerminal(pod)) tally.terminating += sign;
    return;
  }
  tally.active += sign;
  tally.labelled += sign;
  if (!isPodReady(pod)) return;
  tally.ready += sign;
  tally.available += sign;
}

/** The same from all pods, looking at labels and minReadySeconds too. */
export function tallyOf(rs: KubeObject, pods: readonly Pod[], epochMs: number): Tally {
  const tally = emptyTally();
  const templateLabels: Labels = rs.spec.template?.metadata?.labels ?? {};
  const minReadySeconds: number = rs.spec.minReadySeconds ?? 0;
  for (const pod of pods) {
    tallyPod(tally, pod, 1);
    if (!isPodActive(pod)) continue;
    if (!hasAll(pod.metadata.labels, templateLabels)) tally.labelled -= 1;
    if (isPodReady(pod) && !isPodAvailable(pod, minReadySeconds, epochMs)) tally.available -= 1;
  }
  return tally;
}

/** @param manageError `reason|message` of creations or deletions that failed in this sync */
export function calculateStatus(rs: KubeObject, tally: Tally, manageError: string | undefined, epochMs: number): ReplicaSetStatus {
  const conditions = failureConditions(rs.status?.conditions ?? [], manageError, epochMs);
  return {
    replicas: tally.active,
    ...(tally.labelled > 0 ? { fullyLabeledReplicas: tally.labelled } : {}),
    ...(tally.ready > 0 ? { readyReplicas: tally.ready } : {}),
    ...(tally.available > 0 ? { availableReplicas: tally.available } : {}),
    terminatingReplicas: tally.terminating,
    observedGeneration: rs.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

export const sameStatus = (rs: KubeObject, status: ReplicaSetStatus): boolean => equal(rs.status ?? {}, status);

function hasAll(labels: Labels | undefined, wanted: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

function failureConditions(conditions: Condition[], manageError: string | undefined, epochMs: number): Condition[] {
  const known = conditions.find((c) => c.type === 'ReplicaFailure');
  const others = conditions.filter((c) => c.type !== 'ReplicaFailure');
  if (manageError === undefined) return known ? others : conditions;
  if (known) return conditions;
  const bar = manageError.indexOf('|');
  const added: Condition = {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: rfc3339(epochMs),
    reason: manageError.slice(0, bar),
    message: manageError.slice(bar + 1),
  };
  return [...conditions, added];
}
