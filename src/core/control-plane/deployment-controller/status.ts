/** What a Deployment's status says. Models pkg/controller/deployment/{sync,progress}.go, v1.36.2. */
import type { Condition, KubeObject } from '../../api/types.ts';
import { parseTime, rfc3339 } from '../../engine/time.ts';
import { availableOf, type ReplicaSets, replicasOf, sum } from './replica-sets.ts';
import { maxUnavailable } from './rolling.ts';

export interface DeploymentCondition extends Condition {
  lastUpdateTime?: string;
}
const noDeadline = 2_147_483_647;
export const hasProgressDeadline = (d: KubeObject): boolean => d.spec.progressDeadlineSeconds !== undefined && d.spec.progressDeadlineSeconds !== noDeadline;

export const conditionOf = (status: KubeObject['status'], type: string): DeploymentCondition | undefined =>
  (status?.conditions as DeploymentCondition[] | undefined)?.find((c) => c.type === type);

const newCondition = (type: string, status: string, reason: string, message: string, epochMs: number): DeploymentCondition => ({
  type,
  status,
  lastUpdateTime: rfc3339(epochMs),
  lastTransitionTime: rfc3339(epochMs),
  reason,
  message,
});

/** Puts a condition last; one with the same status and reason stands as it is. */
export function withCondition(conditions: readonly DeploymentCondition[], next: DeploymentCondition): DeploymentCondition[] {
  const known = conditions.find((c) => c.type === next.type);
  if (known && known.status === next.status && known.reason === next.reason) return conditions.slice();
  const others = conditions.filter((c) => c.type !== next.type);
  return [...others, known && known.status === next.status ? { ...next, lastTransitionTime: known.lastTransitionTime ?? null } : next];
}
export const progressing = (status: string, reason: string, message: string, epochMs: number): DeploymentCondition =>
  newCondition('Progressing', status, reason, message, epochMs);

export function calculateStatus(d: KubeObject, { newRS, all }: ReplicaSets, epochMs: number): KubeObject['status'] {
  const available = sum(all, availableOf);
  const enough = available >= (d.spec.replicas ?? 1) - maxUnavailable(d);
  const conditions = withCondition(
    (d.status?.conditions ?? []) as DeploymentCondition[],
    enough
      ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', epochMs)
      : newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', epochMs),
  );
  const counts = {
    replicas: sum(all, (rs) => rs.status?.replicas ?? 0),
    updatedReplicas: newRS?.status?.replicas ?? 0,
    readyReplicas: sum(all, (rs) => rs.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - available),
  };
  return {
    observedGeneration: d.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sum(all, (rs) => rs.status?.terminatingReplicas ?? 0),
    ...(d.status?.collisionCount !== undefined ? { collisionCount: d.status.collisionCount } : {}),
    conditions,
  };
}

export function deploymentComplete(d: KubeObject, status: KubeObject['status']): boolean {
  const replicas: number = d.spec.replicas ?? 1;
  const count = (field: string): number => status?.[field] ?? 0;
  return (
    count('updatedReplicas') === replicas &&
    count('replicas') === replicas &&
    count('availableReplicas') === replicas &&
    count('observedGeneration') >= (d.metadata.generation ?? 0)
  );
}

function hasProgressed(before: KubeObject['status'], after: KubeObject['status']): boolean {
  const [b, a] = [(f: string): number => before?.[f] ?? 0, (f: string): number => after?.[f] ?? 0];
  return (
    a('updatedReplicas') > b('updatedReplicas') ||
    a('replicas') - a('updatedReplicas') < b('replicas') - b('updatedReplicas') ||
    a('readyReplicas') > b('readyReplicas') ||
    a('availableReplicas') > b('availableReplicas')
  );
}

function timedOut(d: KubeObject, epochMs: number): boolean {
  const condition = conditionOf(d.status, 'Progressing');
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  return parseTime(condition.lastUpdateTime ?? '') + d.spec.progressDeadlineSeconds * 1000 < epochMs;
}

/** The status in a rollout, with the condition Progressing. Models progress.go syncRolloutStatus. */
export function rolloutStatus(d: KubeObject, sets: ReplicaSets, epochMs: number): KubeObject['status'] {
  const status = calculateStatus(d, sets, epochMs);
  let conditions = status.conditions as DeploymentCondition[];
  const current = conditionOf(d.status, 'Progressing');
  const complete = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  const subject = sets.newRS ? `ReplicaSet "${sets.newRS.metadata.name}"` : `Deployment "${d.metadata.name}"`;
  if (!hasProgressDeadline(d)) conditions = conditions.filter((c) => c.type !== 'Progressing');
  else if (!complete) {
    if (deploymentComplete(d, status))
      conditions = withCondition(conditions, progressing('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`, epochMs));
    else if (hasProgressed(d.status, status)) {
      const next = progressing('True', 'ReplicaSetUpdated', `${subject} is progressing.`, epochMs);
      if (current?.status === 'True') next.lastTransitionTime = current.lastTransitionTime ?? null;
      conditions = [...conditions.filter((c) => c.type !== 'Progressing'), next];
    } else if (timedOut(d, epochMs))
      conditions = withCondition(conditions, progressing('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`, epochMs));
  }
  const failure = replicaFailure(sets);
  conditions = failure
    ? withCondition(conditions, { ...newCondition('ReplicaFailure', failure.status, failure.reason ?? '', failure.message ?? '', epochMs) })
    : conditions.filter((c) => c.type !== 'ReplicaFailure');
  return { ...status, conditions };
}

function replicaFailure({ newRS, oldRSs }: ReplicaSets): Condition | undefined {
  const of = (rs: KubeObject): Condition | undefined => (rs.status?.conditions as Condition[] | undefined)?.find((c) => c.type === 'ReplicaFailure');
  const own = newRS ? of(newRS) : undefined;
  return (
    own ??
    oldRSs
      .filter((rs) => replicasOf(rs) > 0)
      .map(of)
      .find((c) => c !== undefined)
  );
}

/** When to look again whether a rollout is stuck, ms from now; undefined: not at all. Models requeueStuckDeployment. */
export function stuckCheckMs(d: KubeObject, status: KubeObject['status'], epochMs: number): number | undefined {
  const condition = conditionOf(status, 'Progressing');
  if (!hasProgressDeadline(d) || !condition) return undefined;
  if (deploymentComplete(d, status) || condition.reason === 'ProgressDeadlineExceeded') return undefined;
  const after = parseTime(condition.lastUpdateTime ?? '') + d.spec.progressDeadlineSeconds * 1000 - epochMs;
  return after < 1000 ? 0 : after + 1000;
}
