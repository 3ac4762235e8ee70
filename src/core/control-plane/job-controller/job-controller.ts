/**
 * Runs pods to completion. Models pkg/controller/job/job_controller.go, v1.36.2: ended pods are counted in three writes (noted as uncounted, finalizer
 * removed, counted), and changes of pods are looked at a second later, together.
 */
import { equal } from '../../api/equal.ts';
import { isPodReady, isPodTerminal } from '../../api/pods.ts';
import type { Condition, KubeObject, Pod } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  enqueueAfter,
  fail,
  get,
  readYourWrites,
  tell,
  watchResource,
} from '../../contracts/client-go/controller.ts';
import {
  creationObserved,
  deletionObserved,
  type Expectations,
  expectCreations,
  expectDeletions,
  satisfiedExpectations,
} from '../../contracts/client-go/expectations.ts';
import type { InformerChange } from '../../contracts/client-go/informer.ts';
import { controllerOf, dependentsOf, indexOwner, keyFor, type OwnerIndex, ownerIndex } from '../../contracts/client-go/owners.ts';
import { createPod, deletePod } from '../../contracts/client-go/pod-control.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import {
  type BackOff,
  deadlineMs,
  finishedMs,
  hasFailed,
  isFinished,
  matchFailurePolicy,
  onlyReplacesFailed,
  remainingMs,
  takenIndexes,
  type Verdict,
} from './decisions.ts';
import { failureAnnotations, readyIndexes } from './index-failures.ts';
import { firstPendingIndexes, indexOf, isIndexed } from './indexes.ts';
import { jobPod, trackingFinalizer } from './job-pod.ts';
import { indexesOf, isReleased, isTracked, type Standing, standing, uncountedOf, verdictOf } from './standing.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  owners: OwnerIndex;
  expectations: Expectations;
  backOffs: Record<string, BackOff>;
}

const resource = 'jobs.batch';
const component = 'job-controller';
/** Changes of pods are gathered for so long. Source: SyncJobBatchPeriod */
const syncJobBatchMs = 1000;
const orphanMark = '@pod|';

const code: ControllerCode<State> = {
  resources: [resource],
  initial: () => ({ owners: ownerIndex(), expectations: {}, backOffs: {} }),

  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from !== resource) {
      podChanged(state, change, ctx);
      return;
    }
    watchResource(state, ctx, 'pods');
    const key = keyFor(object);
    if (change.type === 'updated' && change.old?.metadata.generation === object.metadata.generation) enqueueAfter(state, ctx, key, syncJobBatchMs);
    else enqueue(state, key);
    if (change.type !== 'deleted') return;
    delete state.expectations[key];
    delete state.backOffs[key];
    for (const pod of dependentsOf<Pod>(state.owners, state.informers.pods?.objects ?? {}, object)) enqueue(state, orphanMark + keyFor(pod));
  },

  sync(state, key, ctx) {
    if (key.startsWith(orphanMark)) {
      const pod = at<Pod>(state, 'pods', key.slice(orphanMark.length));
      if (pod && isTracked(pod) && !isJobRunning(state, pod)) removeFinalizer(state, ctx, key, pod, 'orphan');
      return;
    }
    const job = at(state, resource, key);
    if (!job || isFinished(job)) return;
    manage(state, ctx, key, job);
    if (state.requests.perKey[key] === undefined) track(state, ctx, key, job);
  },

  answered(state, open, result, ctx) {
    const { key, step } = open;
    const job = at(state, resource, key);
    const failed = result.code >= 400;
    if (step === 'orphan') {
      if (failed && result.code !== 404) fail(state, key);
      return;
    }
    if (step === 'create') {
      if (!failed) {
        if (job) tell(state, ctx, component, job, 'Normal', 'SuccessfulCreate', `Created pod: ${result.object?.metadata.name}`);
      } else {
        creationObserved(state.expectations, key);
        if (!result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating')) {
          if (job) tell(state, ctx, component, job, 'Warning', 'FailedCreate', `Error creating: ${result.status?.message ?? ''}`);
          fail(state, key);
        }
      }
    } else if (step === 'delete') {
      if (!failed && job) tell(state, ctx, component, job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${open.data.name}`);
      if (failed) deletionObserved(state.expectations, key, open.data.pod);
    } else if (failed && result.code !== 404) fail(state, key);
    else if (step === 'finalizer') readYourWrites(state, code, 'pods', result, ctx);
    else if (step === 'uncounted' || step === 'status') readYourWrites(state, code, resource, result, ctx);
    if (state.requests.perKey[key] !== undefined || state.failed[key]) return;
    const now = at(state, resource, key);
    if (!now || step === 'status') {
      if (now && step === 'status') tellEnd(state, ctx, now, open.data);
      return;
    }
    if (step === 'uncounted') removeFinalizers(state, ctx, key, now);
    else if (step === 'finalizer') count(state, ctx, key, now);
    else track(state, ctx, key, now);
  },
};

export const jobController: Room<State> = controllerRoom(code);

function jobOf(state: State, pod: KubeObject): KubeObject | undefined {
  const owner = controllerOf(pod);
  const job = owner?.kind === 'Job' ? get(state, resource, pod.metadata.namespace, owner.name) : undefined;
  return job?.metadata.uid === owner?.uid ? job : undefined;
}
function isJobRunning(state: State, pod: KubeObject): boolean {
  const job = jobOf(state, pod);
  return job !== undefined && !isFinished(job);
}

function podChanged(state: State, change: InformerChange, ctx: Ctx): void {
  indexOwner(state.owners, change);
  const [pod, old] = [change.object as Pod, change.old as Pod | undefined];
  if (controllerOf(pod)?.kind !== 'Job') return;
  const job = jobOf(state, pod);
  if (isTracked(pod) && change.type !== 'deleted' && !isJobRunning(state, pod)) enqueue(state, orphanMark + keyFor(pod));
  if (!job) return;
  const key = keyFor(job);
  if (change.type === 'added' && !pod.metadata.deletionTimestamp) creationObserved(state.expectations, key);
  else if (change.type === 'deleted' || (pod.metadata.deletionTimestamp && !old?.metadata.deletionTimestamp))
    deletionObserved(state.expectations, key, keyFor(pod));
  enqueueAfter(state, ctx, key, syncJobBatchMs);
}

const podsOf = (state: State, job: KubeObject): Pod[] => dependentsOf<Pod>(state.owners, state.informers.pods?.objects ?? {}, job);

const why = (job: KubeObject, path: string): FieldRef => ({ kind: 'Job', namespace: job.metadata.namespace as string, name: job.metadata.name, path });

/** Creates or deletes pods. Models manageJob. */
function manage(state: State, ctx: Ctx, key: string, job: KubeObject): void {
  if (job.metadata.deletionTimestamp || !satisfiedExpectations(state.expectations, key, ctx.nowMs)) return;
  const now = standing(job, podsOf(state, job));
  noteFailures(state, key, now, ctx);
  const deadline = deadlineMs(job, ctx.epochMs);
  if (deadline !== undefined && deadline > 0) enqueueAfter(state, ctx, key, deadline);
  const verdict = verdictOf(job, now, ctx.epochMs);
  if (verdict || job.spec.suspend) {
    const path = verdict?.reason === 'DeadlineExceeded' ? 'spec.activeDeadlineSeconds' : verdict ? 'spec.backoffLimit' : 'spec.suspend';
    removePods(state, ctx, key, now.active, why(job, path));
    return;
  }
  const parallelism: number = job.spec.parallelism ?? 1;
  const completions: number | undefined = job.spec.completions;
  const wanted =
    completions === undefined
      ? now.succeeded > 0
        ? Math.min(now.active.length, parallelism)
        : parallelism
      : Math.max(0, Math.min(completions - now.succeeded, parallelism));
  const surplus = now.active.length - wanted;
  if (surplus > 0) {
    const first = now.active
      .slice()
      .sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
    removePods(state, ctx, key, first.slice(0, surplus), why(job, 'spec.parallelism'));
    return;
  }
  const missing = wanted - now.active.length - (onlyReplacesFailed(job) ? now.terminating : 0);
  if (missing <= 0) return;
  const taken = takenIndexes(new Set([...now.succeededIndexes, ...(now.failedIndexes ?? [])]), now.active);
  if (onlyReplacesFailed(job)) for (const pod of now.pods) if (pod.metadata.deletionTimestamp && !isPodTerminal(pod)) taken.add(indexOf(pod));
  let indexes = isIndexed(job) ? firstPendingIndexes(taken, missing, completions ?? 0) : undefined;
  let waitMs = remainingMs(state.backOffs[key], ctx.epochMs);
  if (indexes && now.failedIndexes) ({ now: indexes, waitMs } = readyIndexes(indexes, now.kept, ctx.epochMs));
  if (waitMs > 0) {
    enqueueAfter(state, ctx, key, waitMs);
    return;
  }
  const create: (number | undefined)[] = indexes ?? new Array<undefined>(missing).fill(undefined);
  expectCreations(state.expectations, key, create.length, ctx.nowMs);
  for (const index of create)
    call(
      state,
      ctx,
      key,
      'create',
      createPod(jobPod(job, index, now.failedIndexes && index !== undefined ? failureAnnotations(job, now.kept.get(index)) : {})),
      undefined,
      why(job, completions === undefined ? 'spec.parallelism' : 'spec.completions'),
    );
}

function noteFailures(state: State, key: string, now: Standing, ctx: Ctx): void {
  if (now.newSucceeded.length > 0) delete state.backOffs[key];
  for (const pod of now.newFailed) {
    const known = state.backOffs[key];
    state.backOffs[key] = { failures: (known?.failures ?? 0) + 1, lastFailureMs: Math.max(known?.lastFailureMs ?? 0, finishedMs(pod, ctx.epochMs)) };
  }
}

function removePods(state: State, ctx: Ctx, key: string, pods: readonly Pod[], field: FieldRef): void {
  if (pods.length === 0) return;
  expectDeletions(state.expectations, key, pods.map(keyFor), ctx.nowMs);
  for (const pod of pods) call(state, ctx, key, 'delete', deletePod(pod), { pod: keyFor(pod), name: pod.metadata.name }, field);
}

const writeStatus = (state: State, ctx: Ctx, key: string, job: KubeObject, step: string, status: unknown, data?: unknown): void => {
  const { namespace, name } = job.metadata;
  call(state, ctx, key, step, { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...job, status } }, data);
};

/** First write: which pods ended that are not counted yet. */
function track(state: State, ctx: Ctx, key: string, job: KubeObject): void {
  const now = standing(job, podsOf(state, job));
  const uncounted = uncountedOf(job);
  const verdict = verdictOf(job, now, ctx.epochMs);
  const released = now.newFailed.filter((pod) => isReleased(job, now, pod, verdict));
  if (now.newSucceeded.length + released.length === 0) {
    if (uncounted.succeeded.length + uncounted.failed.length > 0) removeFinalizers(state, ctx, key, job);
    else count(state, ctx, key, job);
    return;
  }
  const ignore = (pod: Pod): boolean => job.spec.podFailurePolicy !== undefined && matchFailurePolicy(job, pod).action === 'Ignore';
  const next = {
    // Of an index it is known that it is done.
    succeeded: [...uncounted.succeeded, ...(isIndexed(job) ? [] : now.newSucceeded.map((pod) => pod.metadata.uid))],
    failed: [...uncounted.failed, ...released.filter((pod) => !ignore(pod)).map((pod) => pod.metadata.uid)],
  };
  const conditions = verdict?.type === 'Failed' ? withCondition(job, { ...verdict, type: 'FailureTarget' }, ctx.epochMs) : undefined;
  writeStatus(state, ctx, key, job, 'uncounted', {
    ...job.status,
    ...(conditions ? { conditions } : {}),
    ...indexesOf(job, now),
    uncountedTerminatedPods: {
      ...(next.succeeded.length > 0 ? { succeeded: next.succeeded } : {}),
      ...(next.failed.length > 0 ? { failed: next.failed } : {}),
    },
  });
}

/** Second: their finalizers. */
function removeFinalizers(state: State, ctx: Ctx, key: string, job: KubeObject): void {
  const now = standing(job, podsOf(state, job));
  const verdict = verdictOf(job, now, ctx.epochMs);
  let any = false;
  for (const pod of podsOf(state, job)) {
    if (!isTracked(pod) || !(isPodTerminal(pod) || hasFailed(job, pod)) || !isReleased(job, now, pod, verdict)) continue;
    any = true;
    removeFinalizer(state, ctx, key, pod, 'finalizer');
  }
  if (!any) count(state, ctx, key, job);
}

function removeFinalizer(state: State, ctx: Ctx, key: string, pod: Pod, step: string): void {
  const finalizers = (pod.metadata.finalizers ?? []).filter((f) => f !== trackingFinalizer);
  call(state, ctx, key, step, {
    verb: 'patch',
    resource: 'pods',
    namespace: pod.metadata.namespace as string,
    name: pod.metadata.name,
    patchType: 'merge',
    patch: { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } },
  });
}

/** Third: the counts, and how it ended. */
function count(state: State, ctx: Ctx, key: string, job: KubeObject): void {
  const now = standing(job, podsOf(state, job));
  const uncounted = uncountedOf(job);
  const succeeded = isIndexed(job) ? now.succeededIndexes.size : (job.status?.succeeded ?? 0) + uncounted.succeeded.length;
  const failed = (job.status?.failed ?? 0) + uncounted.failed.length;
  const verdict = verdictOf(job, now, ctx.epochMs);
  // The end is told when no pod runs any more; until then only that it will.
  const ended = verdict !== undefined && now.active.length === 0 && now.terminating === 0;
  let conditions: Condition[] | undefined;
  if (verdict) {
    conditions = withCondition(job, { ...verdict, type: verdict.type === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet' }, ctx.epochMs);
    if (ended) conditions = withCondition({ ...job, status: { ...job.status, conditions } }, verdict, ctx.epochMs);
  } else conditions = suspension(state, ctx, job);
  const startTime = job.status?.startTime ?? (job.spec.suspend ? undefined : rfc3339(ctx.epochMs));
  const counts = { active: now.active.length, succeeded, failed };
  const { startTime: _, ...rest } = job.status ?? {};
  const status = {
    ...dropCounts(rest),
    ...(startTime && !job.spec.suspend ? { startTime } : {}),
    ...Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)),
    ready: now.active.filter(isPodReady).length,
    terminating: now.terminating,
    uncountedTerminatedPods: {},
    ...indexesOf(job, now),
    ...(conditions && conditions.length > 0 ? { conditions } : {}),
    ...(ended && verdict.type === 'Complete' ? { completionTime: rfc3339(ctx.epochMs) } : {}),
  };
  if (equal(status, job.status ?? {})) return;
  writeStatus(state, ctx, key, job, 'status', status, ended ? verdict : undefined);
}

function dropCounts(status: Record<string, unknown>): Record<string, unknown> {
  const { active: _a, succeeded: _s, failed: _f, ...rest } = status;
  return rest;
}

function withCondition(job: KubeObject, next: { type: string; reason: string; message: string }, epochMs: number): Condition[] {
  const conditions = (job.status?.conditions ?? []) as Condition[];
  if (conditions.some((c) => c.type === next.type && c.status === 'True')) return conditions;
  const now = rfc3339(epochMs);
  return [...conditions, { type: next.type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason: next.reason, message: next.message }];
}

function suspension(state: State, ctx: Ctx, job: KubeObject): Condition[] | undefined {
  const conditions = (job.status?.conditions ?? []) as Condition[];
  const known = conditions.find((c) => c.type === 'Suspended');
  const suspended = job.spec.suspend === true;
  if (suspended === (known?.status === 'True')) return conditions;
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  tell(state, ctx, component, job, 'Normal', suspended ? 'Suspended' : 'Resumed', message as string);
  const now = rfc3339(ctx.epochMs);
  const next = { type: 'Suspended', status: suspended ? 'True' : 'False', lastProbeTime: now, lastTransitionTime: now, reason, message } as Condition;
  return [...conditions.filter((c) => c.type !== 'Suspended'), next];
}

function tellEnd(state: State, ctx: Ctx, job: KubeObject, verdict: Verdict | undefined): void {
  if (verdict?.type === 'Complete') tell(state, ctx, component, job, 'Normal', 'Completed', 'Job completed');
  else if (verdict) tell(state, ctx, component, job, 'Warning', verdict.reason, verdict.message);
}
