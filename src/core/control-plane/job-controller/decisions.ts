/** When a Job has succeeded or failed, and when its next pod may come. Models pkg/controller/job/{job_controller,pod_failure_policy,success_policy,backoff_utils}.go, v1.36.2. */
import type { Condition, KubeObject, Pod } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import { indexOf, parseIndexes } from './indexes.ts';

export interface Verdict {
  type: 'Failed' | 'Complete';
  reason: string;
  message: string;
}

export const jobCondition = (job: KubeObject, type: string): Condition | undefined =>
  (job.status?.conditions as Condition[] | undefined)?.find((c) => c.type === type && c.status === 'True');

export const isFinished = (job: KubeObject): boolean => jobCondition(job, 'Complete') !== undefined || jobCondition(job, 'Failed') !== undefined;

/** Pods that are being deleted count as failed at once, unless only failed ones are replaced. */
export const onlyReplacesFailed = (job: KubeObject): boolean => job.spec.podReplacementPolicy === 'Failed' || job.spec.podFailurePolicy !== undefined;

export const hasFailed = (job: KubeObject, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' || (!onlyReplacesFailed(job) && pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded');

interface FailurePolicyRule {
  action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  onExitCodes?: { containerName?: string; operator: 'In' | 'NotIn'; values: number[] };
  onPodConditions?: { type: string; status?: string }[];
}

/** What the pod failure policy says of a failed pod. `Count` when nothing matches. */
export function matchFailurePolicy(job: KubeObject, pod: Pod): { action: FailurePolicyRule['action']; message: string } {
  const rules: FailurePolicyRule[] = job.spec.podFailurePolicy?.rules ?? [];
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (let i = 0; i < rules.length; i += 1) {
    const rule = rules[i] as FailurePolicyRule;
    const codes = rule.onExitCodes;
    if (codes) {
      const container = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find((status) => {
        const code = status.state.terminated?.exitCode;
        if (code === undefined || code === 0 || (codes.containerName && codes.containerName !== status.name)) return false;
        return codes.values.includes(code) === (codes.operator === 'In');
      });
      if (container)
        return {
          action: rule.action,
          message: `Container ${container.name} for pod ${name} failed with exit code ${container.state.terminated?.exitCode} matching ${rule.action} rule at index ${i}`,
        };
    } else {
      const condition = rule.onPodConditions?.find((wanted) =>
        pod.status.conditions?.some((c) => c.type === wanted.type && c.status === (wanted.status ?? 'True')),
      );
      if (condition) return { action: rule.action, message: `Pod ${name} has condition ${condition.type} matching ${rule.action} rule at index ${i}` };
    }
  }
  return { action: 'Count', message: '' };
}

export interface Counts {
  succeeded: number;
  failed: number;
  active: readonly Pod[];
  succeededIndexes: ReadonlySet<number>;
  /** undefined: failures are not counted for each index. */
  failedIndexes: ReadonlySet<number> | undefined;
}

export function failure(job: KubeObject, counts: Counts, newlyFailed: readonly Pod[], epochMs: number): Verdict | undefined {
  const target = jobCondition(job, 'FailureTarget');
  if (target) return { type: 'Failed', reason: target.reason ?? '', message: target.message ?? '' };
  if (job.spec.podFailurePolicy)
    for (const pod of newlyFailed) {
      const { action, message } = matchFailurePolicy(job, pod);
      if (action === 'FailJob') return { type: 'Failed', reason: 'PodFailurePolicy', message };
    }
  const limit: number = job.spec.backoffLimit ?? (job.spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647);
  if (counts.failed > limit || pastLimitOnFailure(job, counts.active, limit))
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  if (deadlineMs(job, epochMs) === 0) return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  const lost = counts.failedIndexes?.size ?? 0;
  if (job.spec.maxFailedIndexes !== undefined && lost > job.spec.maxFailedIndexes)
    return { type: 'Failed', reason: 'MaxFailedIndexesExceeded', message: 'Job has exceeded the specified maximal number of failed indexes' };
  if (lost > 0 && lost + counts.succeededIndexes.size >= (job.spec.completions ?? 0))
    return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' };
  return undefined;
}

/** With restartPolicy OnFailure the restarts of containers count. */
function pastLimitOnFailure(job: KubeObject, active: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of active)
    for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) restarts += status.restartCount;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Until activeDeadlineSeconds, ms, 0 when past; undefined when there is none. */
export function deadlineMs(job: KubeObject, epochMs: number): number | undefined {
  const seconds: number | undefined = job.spec.activeDeadlineSeconds;
  const start = job.status?.startTime;
  if (seconds === undefined || !start || job.spec.suspend) return undefined;
  return Math.max(0, parseTime(start) + seconds * 1000 - epochMs);
}

export function success(job: KubeObject, counts: Counts): Verdict | undefined {
  const met = jobCondition(job, 'SuccessCriteriaMet');
  if (met) return { type: 'Complete', reason: met.reason ?? '', message: met.message ?? '' };
  const completions: number | undefined = job.spec.completions;
  const rules: { succeededIndexes?: string; succeededCount?: number }[] = job.spec.successPolicy?.rules ?? [];
  for (let i = 0; i < rules.length; i += 1) {
    const rule = rules[i] as (typeof rules)[number];
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, completions ?? 0);
    const done = [...counts.succeededIndexes].filter((index) => wanted?.has(index) ?? true).length;
    if (done >= (rule.succeededCount ?? wanted?.size ?? Number.MAX_SAFE_INTEGER))
      return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${i}` };
  }
  const reached = completions === undefined ? counts.succeeded > 0 && counts.active.length === 0 : counts.succeeded >= completions;
  return reached ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

export interface BackOff {
  /** Failures since the last success. */
  failures: number;
  lastFailureMs: number;
}
const defaultBackOffMs = 10_000;
const maxBackOffMs = 600_000;

/** How long until the next pod may be created: 10 s, 20 s, 40 s … 10 min after the last failure. */
export const remainingMs = (backOff: BackOff | undefined, epochMs: number): number =>
  !backOff || backOff.failures === 0
    ? 0
    : Math.max(0, backOff.lastFailureMs + Math.min(maxBackOffMs, defaultBackOffMs * 2 ** Math.min(backOff.failures - 1, 10)) - epochMs);

/** When the last container of the pod ended, ms since 1970; now when nothing tells. */
export function finishedMs(pod: Pod, epochMs: number): number {
  let latest = 0;
  for (const status of pod.status?.containerStatuses ?? []) {
    const at = status.state.terminated?.finishedAt;
    if (typeof at === 'string') latest = Math.max(latest, parseTime(at));
  }
  return latest || epochMs;
}

/** True when each index has an active pod or is done. */
export const takenIndexes = (done: ReadonlySet<number>, active: readonly Pod[]): Set<number> => {
  const taken = new Set(done);
  for (const pod of active) if (indexOf(pod) >= 0) taken.add(indexOf(pod));
  return taken;
};
