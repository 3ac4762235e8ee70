/** Services, other objects and events as the page lists them. */
import { notSimulated } from '../api/fields/fidelity.ts';
import type { EndpointSlice, KubeEvent, KubeObject, Service } from '../api/types.ts';
import { parseTime } from '../engine/time.ts';
import type { EventRecord, ObjectRecord, ServiceRecord, StateFamily } from './records.ts';

export function serviceRecord(service: Service, slices: readonly EndpointSlice[]): ServiceRecord {
  const { metadata, spec } = service;
  const endpoints = slices.flatMap((slice) =>
    (slice.endpoints ?? []).flatMap((e) =>
      e.addresses.map((ip) => ({
        ip,
        pod: e.targetRef?.name ?? '',
        ready: e.conditions?.ready !== false,
        serving: e.conditions?.serving !== false,
        terminating: e.conditions?.terminating === true,
      })),
    ),
  );
  return {
    id: `service/${metadata.uid}`,
    type: 'service',
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    serviceType: spec.type ?? 'ClusterIP',
    clusterIP: spec.clusterIP ?? '',
    ports: (spec.ports ?? []).map((p) => ({
      name: p.name ?? '',
      protocol: p.protocol ?? 'TCP',
      port: p.port,
      targetPort: String(p.targetPort ?? p.port),
      nodePort: p.nodePort ?? null,
    })),
    endpoints,
  };
}

export const objectId = (o: KubeObject): string => `object/${o.kind}/${o.metadata.namespace ?? ''}/${o.metadata.name}`;

export function objectRecord(o: KubeObject): ObjectRecord {
  const [summary, family] = summaryOf(o);
  return {
    id: objectId(o),
    type: 'object',
    kind: o.kind,
    apiVersion: o.apiVersion,
    namespace: o.metadata.namespace ?? '',
    name: o.metadata.name,
    uid: o.metadata.uid,
    summary: o.metadata.deletionTimestamp ? 'Terminating' : summary,
    family: o.metadata.deletionTimestamp ? 'terminating' : family,
    notSimulated: notSimulated(o),
  };
}

const replicas = (ready: number, wanted: number): [string, StateFamily] => [`${ready} of ${wanted} ready`, ready >= wanted ? 'ready' : 'progress'];

function summaryOf(o: KubeObject): [string, StateFamily] {
  const status = o.status ?? {};
  switch (o.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
      return replicas(status.readyReplicas ?? 0, o.spec?.replicas ?? 1);
    case 'DaemonSet':
      return replicas(status.numberReady ?? 0, status.desiredNumberScheduled ?? 0);
    case 'Job': {
      const complete = (status.conditions ?? []).find(
        (c: { type: string; status: string }) => c.status === 'True' && (c.type === 'Complete' || c.type === 'Failed'),
      );
      if (complete) return complete.type === 'Complete' ? ['Complete', 'done'] : ['Failed', 'failed'];
      return [`${status.succeeded ?? 0} of ${o.spec?.completions ?? 1} completed`, 'progress'];
    }
    case 'CronJob':
      return [o.spec?.suspend ? 'suspended' : String(o.spec?.schedule ?? ''), 'ready'];
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
      return [
        status.phase ?? 'Pending',
        status.phase === 'Bound' || status.phase === 'Available' ? 'ready' : status.phase === 'Failed' || status.phase === 'Lost' ? 'failed' : 'pending',
      ];
    case 'Namespace':
      return [status.phase ?? 'Active', 'ready'];
    case 'ConfigMap':
      return [`${Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length} keys`, 'ready'];
    case 'Secret':
      return [`${Object.keys(o.data ?? {}).length} keys`, 'ready'];
    default:
      return ['', 'ready'];
  }
}

/** When an Event was first and last told, ms since the start of the run. */
export function eventRecord(e: KubeEvent, startEpochMs: number): EventRecord {
  const first = e.firstTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp;
  const last = e.series?.lastObservedTime ?? e.lastTimestamp ?? first;
  const about = e.involvedObject;
  return {
    id: `event/${e.metadata.uid}`,
    type: 'event',
    atMs: parseTime(first) - startEpochMs,
    lastMs: parseTime(last) - startEpochMs,
    warning: e.type === 'Warning',
    reason: e.reason,
    message: e.message,
    count: e.series?.count ?? e.count ?? 1,
    source: e.source?.component ?? e.reportingComponent,
    about: { kind: about.kind ?? '', namespace: about.namespace ?? '', name: about.name ?? '', uid: about.uid ?? '', fieldPath: about.fieldPath ?? '' },
  };
}
