/** What the scheduler knows of a node, summed up over its pods. Models pkg/scheduler/framework/types.go NodeInfo, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { controllerOf, keyFor } from '../../contracts/client-go/owners.ts';
import { type Amounts, amountsOf, nonZeroRequests, podRequests } from '../../contracts/client-go/pod-requests.ts';

export interface NodeInfo {
  name: string;
  /** Absent while only pods that name it are known. */
  node: Node | null;
  allocatable: Amounts;
  requested: Amounts;
  nonZeroCPU: number;
  nonZeroMemory: number;
  podCount: number;
  pods: Record<string, Pod>;
  /** `protocol|ip|port` → how many pods use it. */
  ports: Record<string, number>;
  /** uid of the controller → its pods here. */
  byController: Record<string, number>;
  /** Pods here with terms of pod affinity or anti-affinity. */
  withAffinity: Record<string, true>;
  withRequiredAntiAffinity: Record<string, true>;
}

export const nodeInfo = (name: string): NodeInfo => ({
  name,
  node: null,
  allocatable: {},
  requested: {},
  nonZeroCPU: 0,
  nonZeroMemory: 0,
  podCount: 0,
  pods: {},
  ports: {},
  byController: {},
  withAffinity: {},
  withRequiredAntiAffinity: {},
});

export function setNode(info: NodeInfo, node: Node): void {
  if (info.node?.status?.allocatable !== node.status?.allocatable) info.allocatable = amountsOf(node.status?.allocatable);
  info.node = node;
}

export function addPod(info: NodeInfo, pod: Pod): void {
  const key = keyFor(pod);
  const known = info.pods[key];
  if (known && asksTheSame(known, pod)) {
    info.pods[key] = pod;
    return;
  }
  if (known) removePod(info, known);
  info.pods[key] = pod;
  account(info, pod, key, 1);
}

/** Nearly every update is one of the status: what is asked for stays. */
function asksTheSame(known: Pod, pod: Pod): boolean {
  if (known.spec !== pod.spec || known.metadata.ownerReferences !== pod.metadata.ownerReferences) return false;
  const [a, b] = [known.status?.containerStatuses ?? [], pod.status?.containerStatuses ?? []];
  if (a === b) return true;
  for (let i = 0; i < b.length; i += 1)
    if (!equal(a[i]?.allocatedResources, b[i]?.allocatedResources) || !equal(a[i]?.resources, b[i]?.resources)) return false;
  return true;
}

export function removePod(info: NodeInfo, pod: KubeObject): void {
  const key = keyFor(pod);
  const known = info.pods[key];
  if (!known) return;
  delete info.pods[key];
  account(info, known, key, -1);
}

function account(info: NodeInfo, pod: Pod, key: string, sign: 1 | -1): void {
  info.podCount += sign;
  const requests = podRequests(pod);
  for (const resource in requests) info.requested[resource] = (info.requested[resource] ?? 0) + sign * (requests[resource] as number);
  const nonZero = nonZeroRequests(pod);
  info.nonZeroCPU += sign * (nonZero.cpu ?? 0);
  info.nonZeroMemory += sign * (nonZero.memory ?? 0);
  for (const port of hostPortsOf(pod)) count(info.ports, port, sign);
  const owner = controllerOf(pod);
  if (owner) count(info.byController, owner.uid, sign);
  const affinity = pod.spec.affinity;
  if (!affinity?.podAffinity && !affinity?.podAntiAffinity) return;
  if (sign > 0) info.withAffinity[key] = true;
  else delete info.withAffinity[key];
  if ((affinity.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0) === 0) return;
  if (sign > 0) info.withRequiredAntiAffinity[key] = true;
  else delete info.withRequiredAntiAffinity[key];
}

function count(counts: Record<string, number>, key: string, by: number): void {
  const next = (counts[key] ?? 0) + by;
  if (next > 0) counts[key] = next;
  else delete counts[key];
}

const noPorts: readonly string[] = [];
/** `protocol|ip|port` of each host port. */
export function hostPortsOf(pod: Pod): readonly string[] {
  let ports: string[] | undefined;
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')])
    for (const port of container.ports ?? []) {
      if (!port.hostPort || port.hostPort <= 0) continue;
      ports ??= [];
      ports.push(`${port.protocol ?? 'TCP'}|${port.hostIP || '0.0.0.0'}|${port.hostPort}`);
    }
  return ports ?? noPorts;
}

export function portConflicts(ports: Record<string, number>, wanted: string): boolean {
  if (ports[wanted]) return true;
  const [protocol, ip, port] = wanted.split('|') as [string, string, string];
  if (ip !== '0.0.0.0') return ports[`${protocol}|0.0.0.0|${port}`] !== undefined;
  for (const used in ports) if (used.startsWith(`${protocol}|`) && used.endsWith(`|${port}`)) return true;
  return false;
}

/** Pods a node takes at most. */
export const allowedPods = (info: NodeInfo): number => info.allocatable.pods ?? 0;
