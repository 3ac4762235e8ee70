import { ageOf } from '../../api/print/human-duration.ts';
import { canonicalQuantity } from '../../api/quantity.ts';
import type { KubeEvent, KubeObject, Node } from '../../api/types.ts';
import { byCodePoint } from './json.ts';
import type { Table } from './tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

const age = (o: KubeObject, epochMs: number): string => ageOf(o.metadata.creationTimestamp, epochMs);
const count = (map: object | undefined): number => Object.keys(map ?? {}).length;

/** findNodeRoles, `<none>` without. */
export function nodeRoles(node: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/')) {
      const role = key.slice('node-role.kubernetes.io/'.length);
      if (role !== '') roles.add(role);
    } else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size > 0 ? [...roles].sort(byCodePoint).join(',') : '<none>';
}

function nodeRow(object: KubeObject, epochMs: number): string[] {
  const node = object as Node;
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready');
  const status = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (node.spec?.unschedulable) status.push('SchedulingDisabled');
  return [node.metadata.name, status.join(','), nodeRoles(node), age(node, epochMs), node.status?.nodeInfo?.kubeletVersion ?? ''];
}

function nodeWide(object: KubeObject, epochMs: number): string[] {
  const node = object as Node;
  const address = (type: string): string => node.status?.addresses?.find((a) => a.type === type)?.address ?? '<none>';
  const info = node.status?.nodeInfo ?? {};
  return [
    ...nodeRow(object, epochMs),
    address('InternalIP'),
    address('ExternalIP'),
    info.osImage || '<unknown>',
    info.kernelVersion || '<unknown>',
    info.containerRuntimeVersion || '<unknown>',
  ];
}

/** When an event was seen last, and first. */
export function eventTimes(event: KubeEvent): { last: string | null; first: string | null; count: number } {
  const first = event.firstTimestamp ?? event.eventTime;
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  return { first, last, count: event.series?.count ?? event.count ?? (event.eventTime ? 1 : 0) };
}

function eventRow(object: KubeObject, epochMs: number): string[] {
  const event = object as KubeEvent;
  const { last } = eventTimes(event);
  const o = event.involvedObject ?? {};
  return [
    ageOf(last, epochMs),
    event.type ?? '',
    event.reason ?? '',
    o.kind ? `${o.kind.toLowerCase()}/${o.name}` : `/${o.name ?? ''}`,
    (event.message ?? '').trim(),
  ];
}

function eventWide(object: KubeObject, epochMs: number): string[] {
  const event = object as KubeEvent;
  const { first, count: times } = eventTimes(event);
  const [last, type, reason, about, message] = eventRow(object, epochMs) as [string, string, string, string, string];
  const source = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || (event.source?.component ? '' : event.reportingInstance);
  return [
    last,
    type,
    reason,
    about,
    event.involvedObject?.fieldPath ?? '',
    host ? `${source}, ${host}` : source,
    message,
    ageOf(first, epochMs),
    String(times),
    event.metadata.name,
  ];
}

function quotaRow(o: KubeObject, epochMs: number): string[] {
  const [requests, limits]: [string[], string[]] = [[], []];
  const hard = o.status?.hard ?? {};
  const used = o.status?.used ?? {};
  for (const name of Object.keys(hard).sort(byCodePoint)) {
    const text = `${name}: ${canonicalQuantity(used[name] ?? '0')}/${canonicalQuantity(hard[name])}`;
    if (name.startsWith('limits')) limits.push(text);
    else requests.push(text);
  }
  return [o.metadata.name, requests.join(', '), limits.join(', '), age(o, epochMs)];
}

function roleRef(o: KubeObject): string {
  return `${o.roleRef?.kind}/${o.roleRef?.name}`;
}

const subjects = (o: KubeObject, kind: string): string =>
  ((o.subjects ?? []) as Any[])
    .filter((s) => s.kind === kind)
    .map((s) => (kind === 'ServiceAccount' ? `${s.namespace}/${s.name}` : s.name))
    .join(', ');

const binding: Table = {
  columns: ['NAME', 'ROLE', 'AGE'],
  wide: ['USERS', 'GROUPS', 'SERVICEACCOUNTS'],
  row: (o, epochMs) => [o.metadata.name, roleRef(o), age(o, epochMs)],
  wideRow: (o, epochMs) => [o.metadata.name, roleRef(o), age(o, epochMs), subjects(o, 'User'), subjects(o, 'Group'), subjects(o, 'ServiceAccount')],
};

const created: Table = { columns: ['NAME', 'CREATED AT'], row: (o) => [o.metadata.name, o.metadata.creationTimestamp] };

export const basicTables: Record<string, Table> = {
  nodes: {
    columns: ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'],
    wide: ['INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
    row: nodeRow,
    wideRow: nodeWide,
  },
  namespaces: { columns: ['NAME', 'STATUS', 'AGE'], row: (o, epochMs) => [o.metadata.name, o.status?.phase ?? '', age(o, epochMs)] },
  configmaps: { columns: ['NAME', 'DATA', 'AGE'], row: (o, epochMs) => [o.metadata.name, String(count(o.data) + count(o.binaryData)), age(o, epochMs)] },
  secrets: { columns: ['NAME', 'TYPE', 'DATA', 'AGE'], row: (o, epochMs) => [o.metadata.name, o.type ?? '', String(count(o.data)), age(o, epochMs)] },
  serviceaccounts: { columns: ['NAME', 'AGE'], row: (o, epochMs) => [o.metadata.name, age(o, epochMs)] },
  events: {
    columns: ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
    wideColumns: ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'SUBOBJECT', 'SOURCE', 'MESSAGE', 'FIRST SEEN', 'COUNT', 'NAME'],
    row: eventRow,
    wideRow: eventWide,
  },
  resourcequotas: { columns: ['NAME', 'REQUEST', 'LIMIT', 'AGE'], row: quotaRow },
  'poddisruptionbudgets.policy': {
    columns: ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE'],
    row: (o, epochMs) => [
      o.metadata.name,
      String(o.spec?.minAvailable ?? 'N/A'),
      String(o.spec?.maxUnavailable ?? 'N/A'),
      String(o.status?.disruptionsAllowed ?? 0),
      age(o, epochMs),
    ],
  },
  'priorityclasses.scheduling.k8s.io': {
    columns: ['NAME', 'VALUE', 'GLOBAL-DEFAULT', 'AGE', 'PREEMPTIONPOLICY'],
    row: (o, epochMs) => [
      o.metadata.name,
      String(o.value ?? 0),
      String(o.globalDefault ?? false),
      age(o, epochMs),
      o.preemptionPolicy ?? 'PreemptLowerPriority',
    ],
  },
  'leases.coordination.k8s.io': {
    columns: ['NAME', 'HOLDER', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, o.spec?.holderIdentity ?? '', age(o, epochMs)],
  },
  'runtimeclasses.node.k8s.io': { columns: ['NAME', 'HANDLER', 'AGE'], row: (o, epochMs) => [o.metadata.name, o.handler ?? '', age(o, epochMs)] },
  'roles.rbac.authorization.k8s.io': created,
  'clusterroles.rbac.authorization.k8s.io': created,
  'rolebindings.rbac.authorization.k8s.io': binding,
  'clusterrolebindings.rbac.authorization.k8s.io': binding,
};
