/** Failures counted for each index of a Job. Models pkg/controller/job/{indexed_job_utils,backoff_utils}.go, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import { type BackOff, finishedMs, hasFailed, matchFailurePolicy, remainingMs } from './decisions.ts';
import { indexOf, parseIndexes } from './indexes.ts';

const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
const ignoredFailureCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const hasBackoffLimitPerIndex = (job: KubeObject): boolean => job.spec.backoffLimitPerIndex !== undefined;

function annotated(pod: KubeObject, name: string): number {
  const text = pod.metadata.annotations?.[name] ?? '';
  return /^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647 ? Number(text) : 0;
}

/** An index is lost with a failure beyond its limit, or one whose rule says so. */
function isIndexFailed(job: KubeObject, pod: Pod): boolean {
  if (!hasFailed(job, pod)) return false;
  const { action } = matchFailurePolicy(job, pod);
  if (action === 'FailIndex') return true;
  return action !== 'Ignore' && annotated(pod, failureCountAnnotation) >= job.spec.backoffLimitPerIndex;
}

/** @param tracked pods that are not counted yet */
export function failedIndexes(job: KubeObject, tracked: readonly Pod[]): Set<number> {
  const completions: number = job.spec.completions ?? 0;
  const found = parseIndexes(job.status?.failedIndexes, completions);
  for (const pod of tracked) {
    const index = indexOf(pod);
    if (index >= 0 && index < completions && isIndexFailed(job, pod)) found.add(index);
  }
  return found;
}

/** The last failed pod of each index that waits for another: it stays until that is there, which learns from it how often the index has failed. */
export function podsWithDelayedDeletion(job: KubeObject, tracked: readonly Pod[], settled: ReadonlySet<number>): Map<number, Pod> {
  const kept = new Map<number, Pod>();
  for (const pod of tracked) {
    const index = indexOf(pod);
    if (index < 0 || index >= (job.spec.completions ?? 0) || settled.has(index) || !hasFailed(job, pod)) continue;
    const other = kept.get(index);
    if (!other || (failures(other) <= failures(pod) && finishedMs(pod, 0) >= finishedMs(other, 0))) kept.set(index, pod);
  }
  return kept;
}

const failures = (pod: Pod): number => annotated(pod, failureCountAnnotation) + annotated(pod, ignoredFailureCountAnnotation);

/** Of a new pod: how often its index has failed before. */
export function failureAnnotations(job: KubeObject, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [failureCountAnnotation]: '0' };
  const ignored = matchFailurePolicy(job, replaced).action === 'Ignore' ? 1 : 0;
  const ignoredCount = annotated(replaced, ignoredFailureCountAnnotation) + ignored;
  return {
    [failureCountAnnotation]: String(annotated(replaced, failureCountAnnotation) + 1 - ignored),
    ...(ignoredCount > 0 ? { [ignoredFailureCountAnnotation]: String(ignoredCount) } : {}),
  };
}

/** Indexes whose back-off is over, or how long the shortest takes yet. */
export function readyIndexes(indexes: readonly number[], kept: ReadonlyMap<number, Pod>, epochMs: number): { now: number[]; waitMs: number } {
  const now: number[] = [];
  let waitMs = Number.MAX_SAFE_INTEGER;
  for (const index of indexes) {
    const pod = kept.get(index);
    const backOff: BackOff | undefined = pod && { failures: failures(pod) + 1, lastFailureMs: finishedMs(pod, epochMs) };
    const left = remainingMs(backOff, epochMs);
    if (left === 0) now.push(index);
    else waitMs = Math.min(waitMs, left);
  }
  return { now, waitMs: now.length > 0 || indexes.length === 0 ? 0 : waitMs };
}
