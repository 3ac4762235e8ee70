/** Where a Job stands with all of its pods that have ended, counted or not. Models pkg/controller/job/job_controller.go syncJobCtx, v1.36.2. */
import { isPodTerminal } from '../../api/pods.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { type Counts, failure, hasFailed, jobCondition, matchFailurePolicy, success, takenIndexes, type Verdict } from './decisions.ts';
import { failedIndexes, hasBackoffLimitPerIndex, podsWithDelayedDeletion } from './index-failures.ts';
import { formatIndexes, indexOf, isIndexed, parseIndexes } from './indexes.ts';
import { trackingFinalizer } from './job-pod.ts';

export const isTracked = (pod: KubeObject): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;

const isActive = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;

export interface Uncounted {
  succeeded: string[];
  failed: string[];
}
export const uncountedOf = (job: KubeObject): Uncounted => ({
  succeeded: job.status?.uncountedTerminatedPods?.succeeded ?? [],
  failed: job.status?.uncountedTerminatedPods?.failed ?? [],
});

/** Where the Job stands with all that has ended so far, counted or not. */
export interface Standing extends Counts {
  newSucceeded: Pod[];
  newFailed: Pod[];
  terminating: number;
  pods: readonly Pod[];
  /** By index: failed pods that wait for the one that replaces them. */
  kept: ReadonlyMap<number, Pod>;
}

export function standing(job: KubeObject, pods: readonly Pod[]): Standing {
  const uncounted = uncountedOf(job);
  const isNew = (pod: Pod): boolean => isTracked(pod) && !uncounted.succeeded.includes(pod.metadata.uid) && !uncounted.failed.includes(pod.metadata.uid);
  const newSucceeded = pods.filter((pod) => pod.status?.phase === 'Succeeded' && isNew(pod));
  const newFailed = pods.filter((pod) => hasFailed(job, pod) && isNew(pod));
  const ignored = job.spec.podFailurePolicy ? newFailed.filter((pod) => matchFailurePolicy(job, pod).action === 'Ignore').length : 0;
  const succeededIndexes = parseIndexes(job.status?.completedIndexes, job.spec.completions ?? 0);
  if (isIndexed(job)) for (const pod of pods) if (pod.status?.phase === 'Succeeded' && indexOf(pod) >= 0) succeededIndexes.add(indexOf(pod));
  const active = pods.filter(isActive);
  const perIndex = isIndexed(job) && hasBackoffLimitPerIndex(job);
  const lost = perIndex ? failedIndexes(job, pods.filter(isTracked)) : undefined;
  return {
    pods,
    newSucceeded,
    newFailed,
    succeededIndexes,
    failedIndexes: lost,
    kept: lost ? podsWithDelayedDeletion(job, pods.filter(isNew), new Set([...takenIndexes(succeededIndexes, active), ...lost])) : new Map(),
    active,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && !isPodTerminal(pod)).length,
    succeeded: isIndexed(job) ? succeededIndexes.size : (job.status?.succeeded ?? 0) + uncounted.succeeded.length + newSucceeded.length,
    failed: (job.status?.failed ?? 0) + uncounted.failed.length + newFailed.length - ignored,
  };
}

/** Models canRemoveFinalizer. */
export const isReleased = (job: KubeObject, now: Standing, pod: Pod, verdict: Verdict | undefined): boolean =>
  verdict !== undefined || job.metadata.deletionTimestamp !== undefined || now.kept.get(indexOf(pod)) !== pod;

export const verdictOf = (job: KubeObject, now: Standing, epochMs: number): Verdict | undefined =>
  jobCondition(job, 'SuccessCriteriaMet') ? success(job, now) : (failure(job, now, now.newFailed, epochMs) ?? success(job, now));

/** Of the status. */
export const indexesOf = (job: KubeObject, now: Standing): { completedIndexes?: string; failedIndexes?: string } => ({
  ...(isIndexed(job) && now.succeededIndexes.size > 0 ? { completedIndexes: formatIndexes(now.succeededIndexes) } : {}),
  ...(now.failedIndexes ? { failedIndexes: formatIndexes(now.failedIndexes) } : {}),
});
