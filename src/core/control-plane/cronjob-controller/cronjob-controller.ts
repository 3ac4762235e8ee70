/**
 * Makes Jobs by the clock. Models pkg/controller/cronjob/{cronjob_controllerv2,utils}.go, v1.36.2.
 *
 * Simplified: `timeZone` is taken as UTC unless it is unknown by its form; the model's clock has no time zones.
 */
import { equal } from '../../api/equal.ts';
import type { Condition, KubeObject } from '../../api/types.ts';
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
import { controllerOf, controllerRef, dependentsOf, indexOwner, keyFor, type OwnerIndex, ownerIndex } from '../../contracts/client-go/owners.ts';
import { parseTime, rfc3339 } from '../../engine/time.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { nextTime, parseSchedule } from './cron.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  owners: OwnerIndex;
}

const resource = 'cronjobs.batch';
const jobs = 'jobs.batch';
const component = 'cronjob-controller';
/** The clock is looked at this much after the minute. Source: nextScheduleDelta */
const nextScheduleDeltaMs = 100;
const tooManyMissed = 100;
const scheduledTimeAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

const code: ControllerCode<State> = {
  resources: [resource],
  initial: () => ({ owners: ownerIndex() }),
  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === resource) {
      watchResource(state, ctx, jobs);
      enqueue(state, keyFor(object));
      return;
    }
    indexOwner(state.owners, change);
    const owner = controllerOf(object);
    const cron = owner?.kind === 'CronJob' ? get(state, resource, object.metadata.namespace, owner.name) : undefined;
    if (cron?.metadata.uid === owner?.uid && cron) enqueue(state, keyFor(cron));
  },
  sync(state, key, ctx) {
    const cron = at(state, resource, key);
    if (!cron) return;
    const owned = dependentsOf<KubeObject>(state.owners, state.informers[jobs]?.objects ?? {}, cron);
    const status = { ...cron.status, active: (cron.status?.active ?? []) as { name: string; uid: string }[] };
    noteEnded(state, ctx, cron, owned, status);
    cleanUp(state, ctx, key, cron, owned);
    if (!cron.metadata.deletionTimestamp && !cron.spec.suspend) schedule(state, ctx, key, cron, status, owned);
    if (state.requests.perKey[key] === undefined) writeStatus(state, ctx, key, cron, status);
  },
  answered(state, open, result, ctx) {
    const { key, step, data } = open;
    const cron = at(state, resource, key);
    const failed = result.code >= 400;
    if (step === 'status') {
      if (failed && result.code !== 404) fail(state, key);
      else readYourWrites(state, code, resource, result, ctx);
      return;
    }
    if (!cron) return;
    if (step === 'delete') {
      if (failed && result.code !== 404) tell(state, ctx, component, cron, 'Warning', 'FailedDelete', `Deleted job: ${result.status?.message ?? ''}`);
      else tell(state, ctx, component, cron, 'Normal', 'SuccessfulDelete', `Deleted job ${data.name}`);
      readYourWrites(state, code, jobs, result, ctx);
      if (state.requests.perKey[key] === undefined && data.replace) code.sync(state, key, ctx);
      return;
    }
    const taken = failed && result.status?.reason === 'AlreadyExists';
    if (failed && !taken) {
      if (!result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating'))
        tell(state, ctx, component, cron, 'Warning', 'FailedCreate', `Error creating job: ${result.status?.message ?? ''}`);
      fail(state, key);
      return;
    }
    if (!taken) tell(state, ctx, component, cron, 'Normal', 'SuccessfulCreate', `Created job ${data.name}`, field(cron, 'spec.schedule'));
    readYourWrites(state, code, jobs, result, ctx);
    const job = result.object;
    const reference = job && {
      apiVersion: 'batch/v1',
      kind: 'Job',
      name: job.metadata.name,
      namespace: job.metadata.namespace,
      resourceVersion: job.metadata.resourceVersion,
      uid: job.metadata.uid,
    };
    const active = [...((data.status.active ?? []) as unknown[]), ...(reference ? [reference] : [])];
    writeStatus(state, ctx, key, cron, { ...data.status, active, lastScheduleTime: data.scheduled });
  },
};

export const cronJobController: Room<State> = controllerRoom(code);

const field = (cron: KubeObject, path: string): FieldRef => ({ kind: 'CronJob', namespace: cron.metadata.namespace as string, name: cron.metadata.name, path });

const finishedBy = (job: KubeObject): Condition | undefined =>
  (job.status?.conditions as Condition[] | undefined)?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True');

type CronStatus = { active: { name: string; uid: string }[]; lastScheduleTime?: string; lastSuccessfulTime?: string };

function noteEnded(state: State, ctx: Ctx, cron: KubeObject, owned: readonly KubeObject[], status: CronStatus): void {
  for (const job of owned) {
    const end = finishedBy(job);
    const known = status.active.some((ref) => ref.uid === job.metadata.uid);
    if (!end) {
      if (!known) tell(state, ctx, component, cron, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
      continue;
    }
    if (known) {
      status.active = status.active.filter((ref) => ref.uid !== job.metadata.uid);
      tell(state, ctx, component, cron, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${end.type}`);
    }
    const completed: string | undefined = end.type === 'Complete' ? job.status?.completionTime : undefined;
    if (completed && (!status.lastSuccessfulTime || completed > status.lastSuccessfulTime)) status.lastSuccessfulTime = completed;
  }
  for (const ref of status.active) {
    if (owned.some((job) => job.metadata.uid === ref.uid)) continue;
    tell(state, ctx, component, cron, 'Normal', 'MissingJob', `Active job went missing: ${ref.name}`);
    status.active = status.active.filter((other) => other !== ref);
  }
}

/** Keeps as many ended Jobs as the history limits say. */
function cleanUp(state: State, ctx: Ctx, key: string, cron: KubeObject, owned: readonly KubeObject[]): void {
  const groups: [string, number, string][] = [
    ['Complete', cron.spec.successfulJobsHistoryLimit ?? 3, 'spec.successfulJobsHistoryLimit'],
    ['Failed', cron.spec.failedJobsHistoryLimit ?? 1, 'spec.failedJobsHistoryLimit'],
  ];
  for (const [type, limit, path] of groups) {
    const ended = owned.filter((job) => finishedBy(job)?.type === type && !job.metadata.deletionTimestamp);
    ended.sort((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1));
    for (const job of ended.slice(0, Math.max(0, ended.length - limit))) deleteJob(state, ctx, key, cron, job, path);
  }
}

function deleteJob(state: State, ctx: Ctx, key: string, cron: KubeObject, job: KubeObject, path: string, replace = false): void {
  const { namespace, name } = job.metadata;
  const request = { verb: 'delete', resource: jobs, namespace: namespace as string, name, options: { propagationPolicy: 'Background' } } as const;
  call(state, ctx, key, 'delete', request, { name, replace }, field(cron, path));
}

function schedule(state: State, ctx: Ctx, key: string, cron: KubeObject, status: CronStatus, owned: readonly KubeObject[]): void {
  const plan = parseSchedule(cron.spec.schedule);
  if (!plan) {
    tell(state, ctx, component, cron, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${cron.spec.schedule}"`);
    return;
  }
  const nowMs = ctx.epochMs;
  const next = nextTime(plan, nowMs);
  if (next !== undefined) enqueueAfter(state, ctx, key, next - nowMs + nextScheduleDeltaMs);
  const deadlineMs: number | undefined = cron.spec.startingDeadlineSeconds === undefined ? undefined : cron.spec.startingDeadlineSeconds * 1000;
  let earliest = parseTime(status.lastScheduleTime ?? cron.metadata.creationTimestamp);
  if (deadlineMs !== undefined) earliest = Math.max(earliest, nowMs - deadlineMs);
  let scheduledMs: number | undefined;
  let missed = 0;
  for (let time = nextTime(plan, earliest); time !== undefined && time <= nowMs && missed <= 10_000; time = nextTime(plan, time)) {
    scheduledMs = time;
    missed += 1;
  }
  if (scheduledMs === undefined) return;
  if (missed > tooManyMissed)
    tell(
      state,
      ctx,
      component,
      cron,
      'Warning',
      'TooManyMissedTimes',
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    );
  const scheduled = rfc3339(scheduledMs);
  const name = `${cron.metadata.name}-${Math.floor(scheduledMs / 60_000)}`;
  if (owned.some((job) => job.metadata.name === name) || status.lastScheduleTime === scheduled) return;
  if (deadlineMs !== undefined && scheduledMs + deadlineMs < nowMs) {
    tell(state, ctx, component, cron, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${scheduled}`);
    return;
  }
  const active = owned.filter((job) => !finishedBy(job));
  if (cron.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    tell(
      state,
      ctx,
      component,
      cron,
      'Normal',
      'JobAlreadyActive',
      'Not starting job because prior execution is running and concurrency policy is Forbid',
      field(cron, 'spec.concurrencyPolicy'),
    );
    return;
  }
  const running = active.filter((job) => !job.metadata.deletionTimestamp);
  if (cron.spec.concurrencyPolicy === 'Replace' && running.length > 0) {
    for (const job of running) deleteJob(state, ctx, key, cron, job, 'spec.concurrencyPolicy', true);
    return;
  }
  const template = cron.spec.jobTemplate;
  const object = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cron.metadata.namespace,
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      annotations: { ...(template.metadata?.annotations ?? {}), [scheduledTimeAnnotation]: scheduled },
      ownerReferences: [controllerRef(cron)],
    },
    spec: template.spec,
  };
  const request = { verb: 'create', resource: jobs, namespace: cron.metadata.namespace as string, object } as const;
  call(state, ctx, key, 'create', request, { name, scheduled, status }, field(cron, 'spec.schedule'));
}

function writeStatus(state: State, ctx: Ctx, key: string, cron: KubeObject, status: CronStatus): void {
  const { active, ...rest } = status;
  const next = { ...rest, ...(active.length > 0 ? { active } : {}) };
  if (equal(next, cron.status ?? {})) return;
  const { namespace, name } = cron.metadata;
  call(state, ctx, key, 'status', { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...cron, status: next } });
}
