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

/** @param manageError `reason|message` of creations or deletions that failed in this sync */
export function calculateStatus(rs: KubeObject, pods: readonly Pod[], manageError: string | undefined, epochMs: number): ReplicaSetStatus {
  let [replicas, labelled, ready, available, terminating] = [0, 0, 0, 0, 0];
  const templateLabels: Labels = rs.spec.template?.metadata?.labels ?? {};
  const minReadySeconds: number = rs.spec.minReadySeconds ?? 0;
  for (const pod of pods) {
    if (!isPodActive(pod)) {
      if (pod.metadata.deletionTimestamp && !isPodTerminal(pod)) terminating += 1;
      continue;
    }
    replicas += 1;
    if (hasAll(pod.metadata.labels, templateLabels)) labelled += 1;
    if (!isPodReady(pod)) continue;
    ready += 1;
    if (isPodAvailable(pod, minReadySeconds, epochMs)) available += 1;
  }
  const conditions = failureConditions(rs.status?.conditions ?? [], manageError, epochMs);
  return {
    replicas,
    ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    terminatingReplicas: terminating,
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
