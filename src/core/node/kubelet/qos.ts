/** Quality of service of a pod, OOM scores, criticality. Models pkg/apis/core/v1/helper/qos, pkg/kubelet/qos/policy.go and pkg/kubelet/types/pod_update.go, v1.36.2. */
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Container, Pod, ResourceList } from '../../api/types.ts';

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const guaranteedOOMScoreAdj = -997;
const bestEffortOOMScoreAdj = 1000;
const systemCriticalPriority = 2_000_000_000;
const qosResources = ['cpu', 'memory'] as const;

/** Of regular and init containers (ephemeral ones do not count), cpu and memory only, zero counts as unset; pod-level resources replace them. */
export function computePodQOS(pod: Pod): QOSClass {
  const lists = pod.spec.resources ? [pod.spec.resources] : [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.resources ?? {});
  const [requests, limits]: [Record<string, number>, Record<string, number>] = [{}, {}];
  let guaranteed = true;
  for (const list of lists) {
    sumInto(requests, list.requests);
    if (sumInto(limits, list.limits) < qosResources.length) guaranteed = false;
  }
  const [requested, limited] = [Object.keys(requests), Object.keys(limits)];
  if (requested.length === 0 && limited.length === 0) return 'BestEffort';
  if (guaranteed && requested.length === limited.length && requested.every((name) => requests[name] === limits[name])) return 'Guaranteed';
  return 'Burstable';
}

/** How many of cpu and memory `list` sets; their amounts are added to `sums`. */
function sumInto(sums: Record<string, number>, list: ResourceList | undefined): number {
  let found = 0;
  for (const name of qosResources) {
    const milli = list ? quantityMilli(list[name]) : 0;
    if (milli <= 0) continue;
    found += 1;
    sums[name] = (sums[name] ?? 0) + milli;
  }
  return found;
}

/** −997 … 1000. `memoryCapacity` in bytes, that of the node. */
export function containerOOMScoreAdjust(pod: Pod, container: Container, memoryCapacity: number): number {
  if (pod.spec.priorityClassName === 'system-node-critical') return guaranteedOOMScoreAdj;
  const qos = pod.status?.qosClass ?? computePodQOS(pod);
  if (qos === 'Guaranteed') return guaranteedOOMScoreAdj;
  if (qos === 'BestEffort') return bestEffortOOMScoreAdj;
  const scoreOf = (bytes: number): number => 1000 - Math.floor((1000 * bytes) / memoryCapacity);
  let request = quantityValue(container.resources?.requests?.memory);
  const podRequest = pod.spec.resources?.requests?.memory;
  if (podRequest !== undefined) {
    const containers = pod.spec.containers;
    const own = containers.reduce((sum, c) => sum + quantityValue(c.resources?.requests?.memory), 0);
    request += Math.max(0, Math.floor((quantityValue(podRequest) - own) / containers.length));
  }
  let score = scoreOf(request);
  if (isSidecar(pod, container)) {
    const smallest = Math.min(...pod.spec.containers.map((c) => quantityValue(c.resources?.requests?.memory)));
    score = Math.min(score, scoreOf(smallest));
  }
  if (score < 1000 + guaranteedOOMScoreAdj) return 1000 + guaranteedOOMScoreAdj;
  return score === bestEffortOOMScoreAdj ? score - 1 : score;
}

export const isSidecar = (pod: Pod, container: Container): boolean =>
  container.restartPolicy === 'Always' && (pod.spec.initContainers ?? []).some((c) => c.name === container.name);

/** Its source is not the API server. */
export const isStaticPod = (pod: Pod): boolean => {
  const source = pod.metadata.annotations?.['kubernetes.io/config.source'];
  return source !== undefined && source !== 'api';
};
export const isMirrorPod = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

/** Static, mirror, or of system priority: never evicted. */
export const isCriticalPod = (pod: Pod): boolean => isStaticPod(pod) || isMirrorPod(pod) || (pod.spec.priority ?? 0) >= systemCriticalPriority;
