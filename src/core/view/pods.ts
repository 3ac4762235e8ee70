/** A pod as the page shows it: from its API object, plus what only its kubelet knows (gauges, back-off). */
import { isPodReady } from '../api/pods.ts';
import { podColumns } from '../api/print/pod-columns.ts';
import { quantityValue } from '../api/quantity.ts';
import type { Container, ContainerStatus, Pod } from '../api/types.ts';
import { parseTime } from '../engine/time.ts';
import { containerFamily, podFamily } from './family.ts';
import type { ContainerRecord, GaugeRecord, PodRecord } from './records.ts';

/** What `view.ts` knows from the node about one pod. */
export interface PodFacts {
  gauges(container: string): GaugeRecord[];
  backoff(container: string): ContainerRecord['backoff'];
  memoryBytes(container: string): number | null;
}
export const noFacts: PodFacts = { gauges: () => [], backoff: () => null, memoryBytes: () => null };

export const podId = (uid: string): string => `pod/${uid}`;

export function podRecord(pod: Pod, facts: PodFacts, startEpochMs: number): PodRecord {
  const columns = podColumns(pod);
  const { metadata, spec, status } = pod;
  const owner = metadata.ownerReferences?.find((o) => o.controller);
  const containers = [
    ...roles(spec.initContainers, status.initContainerStatuses, (c) => (c.restartPolicy === 'Always' ? 'sidecar' : 'init'), facts),
    ...roles(spec.containers, status.containerStatuses, () => 'regular', facts),
    ...roles(spec.ephemeralContainers, status.ephemeralContainerStatuses, () => 'ephemeral', facts),
  ];
  const memory = containers.map((c) => c.memoryBytes).filter((bytes) => bytes !== null);
  return {
    id: podId(metadata.uid),
    type: 'pod',
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    node: spec.nodeName ?? '',
    ip: status.podIP ?? '',
    owner: owner ? { kind: owner.kind, name: owner.name } : null,
    status: columns.status,
    family: podFamily(columns.status, isPodReady(pod)),
    readyContainers: columns.readyContainers,
    totalContainers: columns.totalContainers,
    restarts: columns.restarts,
    phase: status.phase ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    hostNetwork: spec.hostNetwork === true,
    labels: metadata.labels ?? {},
    qosClass: status.qosClass ?? '',
    createdAtMs: parseTime(metadata.creationTimestamp) - startEpochMs,
    containers,
    message: messageOf(pod, containers),
    memoryBytes: memory.length > 0 ? memory.reduce((a, b) => a + b, 0) : null,
  };
}

function roles(
  containers: Container[] | undefined,
  statuses: ContainerStatus[] | undefined,
  role: (c: Container) => ContainerRecord['role'],
  facts: PodFacts,
): ContainerRecord[] {
  return (containers ?? []).map((c) =>
    containerRecord(
      c,
      statuses?.find((s) => s.name === c.name),
      role(c),
      facts,
    ),
  );
}

function containerRecord(c: Container, cs: ContainerStatus | undefined, role: ContainerRecord['role'], facts: PodFacts): ContainerRecord {
  const state = cs?.state.running ? 'running' : cs?.state.terminated ? 'terminated' : 'waiting';
  const detail = cs?.state.terminated ?? cs?.state.waiting;
  const reason = detail?.reason ?? '';
  const exitCode = cs?.state.terminated?.exitCode ?? cs?.lastState?.terminated?.exitCode ?? null;
  const limit = c.resources?.limits?.memory;
  return {
    name: c.name,
    role,
    image: c.image,
    state,
    reason,
    message: detail?.message ?? '',
    exitCode,
    ready: cs?.ready ?? false,
    started: cs?.started ?? false,
    restarts: cs?.restartCount ?? 0,
    containerID: cs?.containerID ?? '',
    memoryBytes: state === 'running' ? facts.memoryBytes(c.name) : null,
    memoryLimitBytes: limit === undefined ? null : quantityValue(limit),
    probes: facts.gauges(c.name),
    backoff: facts.backoff(c.name),
    family: containerFamily(state, reason, cs?.state.terminated?.exitCode ?? null, cs?.ready ?? false),
  };
}

/** The words behind the state: the pod's own, a container's, or why it is not scheduled. */
function messageOf(pod: Pod, containers: ContainerRecord[]): string {
  if (pod.status.message) return pod.status.message;
  const loud = containers.find((c) => c.message !== '');
  if (loud) return loud.message;
  const bad = pod.status.conditions?.find((c) => c.status === 'False' && c.message && (c.type === 'PodScheduled' || c.type === 'Ready'));
  return bad?.message ?? '';
}
