import { equal } from '../../api/equal.ts';
import { humanDuration } from '../../api/print/human-duration.ts';
import { formatLabelSelector, matchesMap, matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { goDuration, parseTime } from '../../engine/time.ts';
import { formatLabels } from '../printers/tables-services.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { describeTemplate } from './template.ts';
import { annotations, labels, rfc1123, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

function controlledBy(w: Writer, o: KubeObject): void {
  const owner = o.metadata.ownerReferences?.find((r) => r.controller);
  if (owner) w.field(0, 'Controlled By', `${owner.kind}/${owner.name}`);
}

const podsIn = (run: Run, namespace: string): Pod[] => (run.api({ verb: 'list', resource: 'pods', namespace }).list?.items ?? []) as Pod[];

/** Pods of a selector, counted by phase; `owner`: only its own. */
function podsStatus(run: Run, o: KubeObject): string {
  const counts: Record<string, number> = { Running: 0, Pending: 0, Succeeded: 0, Failed: 0 };
  const plain = o.kind === 'ReplicationController';
  for (const pod of podsIn(run, o.metadata.namespace ?? '')) {
    if (!(plain ? matchesMap(o.spec.selector, pod.metadata.labels) : matchesSelector(o.spec.selector, pod.metadata.labels))) continue;
    if (pod.metadata.ownerReferences?.find((r) => r.controller)?.uid !== o.metadata.uid) continue;
    const phase = pod.status?.phase ?? '';
    if (Object.hasOwn(counts, phase)) counts[phase] = (counts[phase] as number) + 1;
  }
  return `${counts.Running} Running / ${counts.Pending} Waiting / ${counts.Succeeded} Succeeded / ${counts.Failed} Failed`;
}

/** Equal but for the hash that the controller adds. */
function sameTemplate(a: Any, b: Any): boolean {
  const bare = (t: Any): Any => {
    const { 'pod-template-hash': _, ...rest } = t?.metadata?.labels ?? {};
    return { ...t, metadata: { ...t?.metadata, labels: rest } };
  };
  return equal(bare(a), bare(b));
}

export function replicaSetsOf(run: Run, deployment: KubeObject): { old: KubeObject[]; current: KubeObject | undefined; all: KubeObject[] } {
  const list = run.api({ verb: 'list', resource: 'replicasets.apps', namespace: deployment.metadata.namespace ?? '' }).list?.items ?? [];
  const all = list
    .filter((rs) => rs.metadata.ownerReferences?.some((r) => r.controller && r.uid === deployment.metadata.uid))
    .sort((a, b) => parseTime(a.metadata.creationTimestamp) - parseTime(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1));
  const current = all.find((rs) => sameTemplate(rs.spec?.template, deployment.spec?.template));
  return { all, current, old: all.filter((rs) => rs !== current) };
}

const replicaSetText = (list: KubeObject[]): string =>
  list.length === 0 ? '<none>' : list.map((rs) => `${rs.metadata.name} (${rs.status?.replicas ?? 0}/${rs.spec?.replicas ?? 0} replicas created)`).join(', ');

export function describeDeployment(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  w.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'Selector', formatLabelSelector(spec.selector));
  w.field(
    0,
    'Replicas',
    `${spec.replicas ?? 0} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
  );
  w.field(0, 'StrategyType', spec.strategy?.type ?? '');
  w.field(0, 'MinReadySeconds', spec.minReadySeconds ?? 0);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling) w.field(0, 'RollingUpdateStrategy', `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  describeTemplate(w, spec.template);
  const conditions: Any[] = status.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.row(1, 'Type', 'Status', 'Reason');
    w.row(1, '----', '------', '------');
    for (const c of conditions) w.write(1, `${c.type} \t${c.status}\t${c.reason ?? ''}\n`);
  }
  const { old, current } = replicaSetsOf(run, o);
  w.field(0, 'OldReplicaSets', replicaSetText(old));
  w.field(0, 'NewReplicaSet', replicaSetText(current ? [current] : []));
  describeEvents(run, w, o);
  return w.toString();
}

export function describeReplicaSet(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  w.field(0, 'Selector', o.kind === 'ReplicationController' ? formatLabels(spec.selector) : formatLabelSelector(spec.selector));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  controlledBy(w, o);
  w.field(0, 'Replicas', `${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`);
  w.field(0, 'Pods Status', podsStatus(run, o));
  describeTemplate(w, spec.template);
  const conditions: Any[] = status.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.row(1, 'Type', 'Status', 'Reason');
    w.row(1, '----', '------', '------');
    for (const c of conditions) w.write(1, `${c.type} \t${c.status}\t${c.reason ?? ''}\n`);
  }
  describeEvents(run, w, o);
  return w.toString();
}

export function describeDaemonSet(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  w.field(0, 'Selector', formatLabelSelector(spec.selector));
  w.field(0, 'Node-Selector', formatLabels(spec.template?.spec?.nodeSelector));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.write(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}\n`);
  w.write(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}\n`);
  w.write(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}\n`);
  w.write(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}\n`);
  w.write(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}\n`);
  w.field(0, 'Pods Status', podsStatus(run, o));
  describeTemplate(w, spec.template);
  describeEvents(run, w, o);
  return w.toString();
}

export function describeStatefulSet(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  w.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
  w.field(0, 'Selector', formatLabelSelector(spec.selector));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'Replicas', `${spec.replicas ?? 1} desired | ${status.replicas ?? 0} total`);
  w.field(0, 'Update Strategy', spec.updateStrategy?.type ?? '');
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (rolling?.partition !== undefined) {
    w.field(1, 'Partition', rolling.partition);
    if (rolling.maxUnavailable !== undefined) w.field(1, 'MaxUnavailable', rolling.maxUnavailable);
  }
  w.field(0, 'Pods Status', podsStatus(run, o));
  describeTemplate(w, spec.template);
  const claims: Any[] = spec.volumeClaimTemplates ?? [];
  if (claims.length === 0) w.field(0, 'Volume Claims', '<none>');
  else {
    w.write(0, 'Volume Claims:\n');
    for (const claim of claims) {
      w.field(1, 'Name', claim.metadata?.name ?? '');
      w.field(1, 'StorageClass', claim.spec?.storageClassName ?? '');
      labels(w, 'Labels', claim.metadata?.labels, 1);
      annotations(w, 'Annotations', claim.metadata?.annotations, 1);
      w.field(1, 'Capacity', claim.spec?.resources?.requests?.storage ?? '<default>');
      w.field(1, 'Access Modes', `[${(claim.spec?.accessModes ?? []).join(' ')}]`);
    }
  }
  describeEvents(run, w, o);
  return w.toString();
}

export function describeJob(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  if (spec.selector) w.field(0, 'Selector', formatLabelSelector(spec.selector));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  controlledBy(w, o);
  w.field(0, 'Parallelism', spec.parallelism ?? '<unset>');
  w.field(0, 'Completions', spec.completions ?? '<unset>');
  if (spec.completionMode) w.field(0, 'Completion Mode', spec.completionMode);
  if (spec.suspend !== undefined) w.field(0, 'Suspend', spec.suspend);
  if (spec.backoffLimit !== undefined) w.field(0, 'Backoff Limit', spec.backoffLimit);
  if (spec.ttlSecondsAfterFinished !== undefined) w.field(0, 'TTL Seconds After Finished', spec.ttlSecondsAfterFinished);
  if (status.startTime) w.field(0, 'Start Time', rfc1123(status.startTime));
  if (status.completionTime) w.field(0, 'Completed At', rfc1123(status.completionTime));
  if (status.startTime && status.completionTime) w.field(0, 'Duration', humanDuration(parseTime(status.completionTime) - parseTime(status.startTime)));
  if (spec.activeDeadlineSeconds !== undefined) w.field(0, 'Active Deadline Seconds', `${spec.activeDeadlineSeconds}s`);
  if (status.ready === undefined)
    w.field(0, 'Pods Statuses', `${status.active ?? 0} Active / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`);
  else w.field(0, 'Pods Statuses', `${status.active ?? 0} Active (${status.ready} Ready) / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`);
  if (spec.completionMode === 'Indexed') w.field(0, 'Completed Indexes', cap(status.completedIndexes ?? ''));
  describeTemplate(w, spec.template);
  describeEvents(run, w, o);
  return w.toString();
}

/** At most 50 characters of an index list. */
function cap(list: string): string {
  if (list === '') return '<none>';
  if (list.length <= 50) return list;
  const at = list.lastIndexOf(',', 49);
  return `${list.slice(0, at + 1)}...`;
}

export function describeCronJob(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'Schedule', spec.schedule ?? '');
  w.field(0, 'Concurrency Policy', spec.concurrencyPolicy ?? '');
  w.field(0, 'Suspend', spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False');
  w.field(0, 'Time Zone', spec.timeZone ?? '<unset>');
  w.field(0, 'Successful Job History Limit', spec.successfulJobsHistoryLimit ?? '<unset>');
  w.field(0, 'Failed Job History Limit', spec.failedJobsHistoryLimit ?? '<unset>');
  w.field(0, 'Starting Deadline Seconds', spec.startingDeadlineSeconds === undefined ? '<unset>' : `${spec.startingDeadlineSeconds}s`);
  const job = spec.jobTemplate?.spec ?? {};
  w.field(0, 'Selector', job.selector ? formatLabelSelector(job.selector) : '<unset>');
  w.field(0, 'Parallelism', job.parallelism ?? '<unset>');
  w.field(0, 'Completions', job.completions ?? '<unset>');
  if (job.activeDeadlineSeconds !== undefined) w.field(0, 'Active Deadline Seconds', `${job.activeDeadlineSeconds}s`);
  describeTemplate(w, job.template);
  w.field(0, 'Last Schedule Time', status.lastScheduleTime ? rfc1123(status.lastScheduleTime) : '<unset>');
  const active: Any[] = status.active ?? [];
  if (active.length === 0) w.field(0, 'Active Jobs', '<none>');
  else w.field(0, 'Active Jobs', active.map((a) => a.name).join(', '));
  describeEvents(run, w, o);
  return w.toString();
}

export function describeHpa(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec, status = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace);
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
  w.field(0, 'Reference', `${spec.scaleTargetRef?.kind}/${spec.scaleTargetRef?.name}`);
  w.write(0, 'Metrics:\t( current / target )\n');
  for (const [i, m] of ((spec.metrics ?? []) as Any[]).entries()) hpaMetric(w, m, (status.currentMetrics ?? [])[i]);
  w.field(0, 'Min replicas', spec.minReplicas ?? '<unset>');
  w.field(0, 'Max replicas', spec.maxReplicas ?? 0);
  const behavior = spec.behavior;
  if (behavior) {
    w.write(0, 'Behavior:\n');
    for (const [title, rules] of [
      ['Scale Up', behavior.scaleUp],
      ['Scale Down', behavior.scaleDown],
    ] as const) {
      if (!rules) continue;
      w.write(1, `${title}:\n`);
      if (rules.stabilizationWindowSeconds !== undefined) w.write(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds\n`);
      if ((rules.policies ?? []).length > 0) {
        w.write(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}\n`);
        w.write(2, 'Policies:\n');
        for (const p of rules.policies) w.write(3, `- Type: ${p.type}\tValue: ${p.value}\tPeriod: ${p.periodSeconds} seconds\n`);
      }
    }
  }
  w.field(0, `${spec.scaleTargetRef?.kind} pods`, `${status.currentReplicas ?? 0} current / ${status.desiredReplicas ?? 0} desired`);
  const conditions: Any[] = status.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.row(1, 'Type', 'Status', 'Reason', 'Message');
    w.row(1, '----', '------', '------', '-------');
    for (const c of conditions) w.row(1, c.type, c.status, c.reason ?? '', c.message ?? '');
  }
  describeEvents(run, w, o);
  return w.toString();
}

function hpaMetric(w: Writer, m: Any, current: Any): void {
  switch (m.type) {
    case 'Resource':
    case 'ContainerResource': {
      const [spec, now] = m.type === 'Resource' ? [m.resource, current?.resource] : [m.containerResource, current?.containerResource];
      const where = m.type === 'Resource' ? 'on pods' : `of container "${spec?.container}" on pods`;
      if (spec?.target?.averageValue !== undefined)
        w.field(1, `resource ${spec.name} ${where}`, `${now?.current?.averageValue ?? '<unknown>'} / ${spec.target.averageValue}`);
      else {
        const used = now?.current?.averageUtilization;
        w.field(
          1,
          `resource ${spec?.name} ${where}  (as a percentage of request)`,
          `${used === undefined ? '<unknown>' : `${used}% (${now.current.averageValue})`} / ${spec?.target?.averageUtilization === undefined ? '<auto>' : `${spec.target.averageUtilization}%`}`,
        );
      }
      return;
    }
    case 'Pods':
      w.field(1, `"${m.pods?.metric?.name}" on pods`, `${current?.pods?.current?.averageValue ?? '<unknown>'} / ${m.pods?.target?.averageValue}`);
      return;
    case 'Object':
      w.field(
        1,
        `"${m.object?.metric?.name}" on ${m.object?.describedObject?.kind}/${m.object?.describedObject?.name} (target value)`,
        `${current?.object?.current?.value ?? '<unknown>'} / ${m.object?.target?.value}`,
      );
      return;
    case 'External':
      w.field(1, `"${m.external?.metric?.name}" (target value)`, `${current?.external?.current?.value ?? '<unknown>'} / ${m.external?.target?.value}`);
      return;
    default:
      w.write(1, `<unknown metric type "${m.type}">\n`);
  }
}

export const seconds = (n: number): string => goDuration(n * 1000);
