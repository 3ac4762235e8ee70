import { ageOf, humanDuration } from '../../api/print/human-duration.ts';
import { formatLabelSelector } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import type { Table } from './tables.ts';
import { formatLabels } from './tables-services.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

const age = (o: KubeObject, epochMs: number): string => ageOf(o.metadata.creationTimestamp, epochMs);
const n = (value: unknown): string => String(value ?? 0);

/** layoutContainerCells. */
function containers(template: Any): [string, string] {
  const list: Any[] = template?.spec?.containers ?? [];
  return [list.map((c) => c.name).join(','), list.map((c) => c.image).join(',')];
}

function deployment(o: KubeObject, epochMs: number): string[] {
  const s = o.status ?? {};
  return [o.metadata.name, `${n(s.readyReplicas)}/${n(o.spec?.replicas)}`, n(s.updatedReplicas), n(s.availableReplicas), age(o, epochMs)];
}

const replicas = (o: KubeObject, epochMs: number): string[] => [
  o.metadata.name,
  n(o.spec?.replicas),
  n(o.status?.replicas),
  n(o.status?.readyReplicas),
  age(o, epochMs),
];

function daemonSet(o: KubeObject, epochMs: number): string[] {
  const s = o.status ?? {};
  return [
    o.metadata.name,
    n(s.desiredNumberScheduled),
    n(s.currentNumberScheduled),
    n(s.numberReady),
    n(s.updatedNumberScheduled),
    n(s.numberAvailable),
    formatLabels(o.spec?.template?.spec?.nodeSelector),
    age(o, epochMs),
  ];
}

export const condition = (o: KubeObject, type: string): Any => (o.status?.conditions ?? []).find((c: Any) => c.type === type);

/** printJob's STATUS. */
export function jobStatus(o: KubeObject): string {
  if (condition(o, 'Complete')?.status === 'True') return 'Complete';
  if (condition(o, 'Failed')?.status === 'True') return 'Failed';
  if (o.metadata.deletionTimestamp) return 'Terminating';
  if (condition(o, 'Suspended')?.status === 'True') return 'Suspended';
  if (condition(o, 'FailureTarget')?.status === 'True') return 'FailureTarget';
  if (condition(o, 'SuccessCriteriaMet')?.status === 'True') return 'SuccessCriteriaMet';
  return 'Running';
}

function job(o: KubeObject, epochMs: number): string[] {
  const { spec = {}, status = {} } = o as Any;
  const parallelism = spec.parallelism ?? 0;
  const done =
    spec.completions !== undefined && spec.completions !== null
      ? `${n(status.succeeded)}/${spec.completions}`
      : parallelism > 1
        ? `${n(status.succeeded)}/1 of ${parallelism}`
        : `${n(status.succeeded)}/1`;
  const start = typeof status.startTime === 'string' ? parseTime(status.startTime) : Number.NaN;
  const end = typeof status.completionTime === 'string' ? parseTime(status.completionTime) : Number.NaN;
  const duration = Number.isNaN(start) ? '' : humanDuration((Number.isNaN(end) ? epochMs : end) - start);
  return [o.metadata.name, jobStatus(o), done, duration, age(o, epochMs)];
}

function cronJob(o: KubeObject, epochMs: number): string[] {
  const { spec = {}, status = {} } = o as Any;
  return [
    o.metadata.name,
    spec.schedule ?? '',
    spec.timeZone ?? '<none>',
    spec.suspend ? 'True' : 'False',
    n((status.active ?? []).length),
    status.lastScheduleTime ? ageOf(status.lastScheduleTime, epochMs) : '<none>',
    age(o, epochMs),
  ];
}

function withContainers(row: (o: KubeObject, epochMs: number) => string[], selector: (o: KubeObject) => string): (o: KubeObject, epochMs: number) => string[] {
  return (o, epochMs) => [...row(o, epochMs), ...containers(o.spec?.template), selector(o)];
}

const containersSelector = ['CONTAINERS', 'IMAGES', 'SELECTOR'];
const bySelector = (o: KubeObject): string => formatLabelSelector(o.spec?.selector);

function revision(o: KubeObject, epochMs: number): string[] {
  const owner = o.metadata.ownerReferences?.find((r) => r.controller);
  const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return [o.metadata.name, owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : '<none>', n(o.revision), age(o, epochMs)];
}

function hpa(o: KubeObject, epochMs: number): string[] {
  const { spec = {}, status = {} } = o as Any;
  return [
    o.metadata.name,
    `${spec.scaleTargetRef?.kind}/${spec.scaleTargetRef?.name}`,
    hpaMetrics(spec.metrics ?? [], status.currentMetrics ?? []),
    spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
    n(spec.maxReplicas),
    n(status.currentReplicas),
    age(o, epochMs),
  ];
}

function hpaMetrics(specs: Any[], current: Any[]): string {
  if (specs.length === 0) return '<none>';
  const list = specs.map((m, i) => {
    const c = current[i];
    switch (m.type) {
      case 'Resource':
      case 'ContainerResource': {
        const [spec, now] = m.type === 'Resource' ? [m.resource, c?.resource] : [m.containerResource, c?.containerResource];
        if (spec?.target?.averageValue !== undefined) return `${spec.name}: ${now?.current?.averageValue ?? '<unknown>'}/${spec.target.averageValue}`;
        const used = now?.current?.averageUtilization;
        return `${spec?.name}: ${used === undefined ? '<unknown>' : `${used}%`}/${spec?.target?.averageUtilization === undefined ? '<auto>' : `${spec.target.averageUtilization}%`}`;
      }
      case 'Pods':
        return `${c?.pods?.current?.averageValue ?? '<unknown>'}/${m.pods?.target?.averageValue}`;
      case 'Object':
        return `${c?.object?.current?.value ?? '<unknown>'}/${m.object?.target?.value}`;
      case 'External':
        return `${c?.external?.current?.value ?? '<unknown>'}/${m.external?.target?.value ?? m.external?.target?.averageValue}`;
      default:
        return '<unknown type>';
    }
  });
  return list.length > 2 ? `${list.slice(0, 2).join(', ')} + ${list.length - 2} more...` : list.join(', ');
}

export const workloadTables: Record<string, Table> = {
  'deployments.apps': {
    columns: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
    wide: containersSelector,
    row: deployment,
    wideRow: withContainers(deployment, bySelector),
  },
  'replicasets.apps': {
    columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
    wide: containersSelector,
    row: replicas,
    wideRow: withContainers(replicas, bySelector),
  },
  replicationcontrollers: {
    columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
    wide: containersSelector,
    row: replicas,
    wideRow: withContainers(replicas, (o) => formatLabels(o.spec?.selector)),
  },
  'daemonsets.apps': {
    columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'NODE SELECTOR', 'AGE'],
    wide: containersSelector,
    row: daemonSet,
    wideRow: withContainers(daemonSet, bySelector),
  },
  'statefulsets.apps': {
    columns: ['NAME', 'READY', 'AGE'],
    wide: ['CONTAINERS', 'IMAGES'],
    row: (o, epochMs) => [o.metadata.name, `${n(o.status?.readyReplicas)}/${n(o.spec?.replicas)}`, age(o, epochMs)],
    wideRow(o, epochMs) {
      return [...this.row(o, epochMs), ...containers(o.spec?.template)];
    },
  },
  'jobs.batch': {
    columns: ['NAME', 'STATUS', 'COMPLETIONS', 'DURATION', 'AGE'],
    wide: containersSelector,
    row: job,
    wideRow: withContainers(job, bySelector),
  },
  'cronjobs.batch': {
    columns: ['NAME', 'SCHEDULE', 'TIMEZONE', 'SUSPEND', 'ACTIVE', 'LAST SCHEDULE', 'AGE'],
    wide: containersSelector,
    row: cronJob,
    wideRow: (o, epochMs) => [
      ...cronJob(o, epochMs),
      ...containers(o.spec?.jobTemplate?.spec?.template),
      formatLabelSelector(o.spec?.jobTemplate?.spec?.selector),
    ],
  },
  'controllerrevisions.apps': { columns: ['NAME', 'CONTROLLER', 'REVISION', 'AGE'], row: revision },
  'horizontalpodautoscalers.autoscaling': {
    columns: ['NAME', 'REFERENCE', 'TARGETS', 'MINPODS', 'MAXPODS', 'REPLICAS', 'AGE'],
    row: hpa,
  },
  podtemplates: {
    columns: ['NAME', 'CONTAINERS', 'IMAGES', 'POD LABELS'],
    row: (o) => [o.metadata.name, ...containers(o.template), formatLabels(o.template?.metadata?.labels)],
  },
};
