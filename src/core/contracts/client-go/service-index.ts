/** Which Services select a pod and which pods a Service selects, without looking at all of either. */
import { matchesMap } from '../../api/selector.ts';
import type { KubeObject, Labels, Pod, Service } from '../../api/types.ts';
import type { InformerChange } from './informer.ts';
import { keyFor } from './owners.ts';

export interface ServiceIndex {
  /** `@namespace|label=value` → store keys of Services whose selector's first pair that is. */
  services: Record<string, Record<string, true>>;
  /** `@namespace|label=value` → store keys of pods. */
  pods: Record<string, Record<string, true>>;
  /** How many each entry of `pods` has. */
  counts: Record<string, number>;
}
export const serviceIndex = (): ServiceIndex => ({ services: {}, pods: {}, counts: {} });

const bucketOf = (namespace: string | undefined, label: string, value: string): string => `@${namespace ?? ''}|${label}=${value}`;

function firstBucket(service: KubeObject): string | undefined {
  const selector: Labels | undefined = service.spec?.selector;
  for (const label in selector) return bucketOf(service.metadata.namespace, label, selector[label] as string);
  return undefined;
}

function put(index: Record<string, Record<string, true>>, bucket: string, key: string): void {
  const keys = index[bucket];
  if (keys) keys[key] = true;
  else index[bucket] = { [key]: true };
}
function drop(index: Record<string, Record<string, true>>, bucket: string, key: string): void {
  const keys = index[bucket];
  if (!keys) return;
  delete keys[key];
  for (const _ in keys) return;
  delete index[bucket];
}

export function indexService(index: ServiceIndex, change: InformerChange): void {
  const before = change.old && firstBucket(change.old);
  const after = change.type === 'deleted' || !change.object ? undefined : firstBucket(change.object);
  if (before === after) return;
  const key = keyFor(change.object as KubeObject);
  if (before) drop(index.services, before, key);
  if (after) put(index.services, after, key);
}

export function indexPodLabels(index: ServiceIndex, change: InformerChange): void {
  const { old, object } = change;
  if (change.type === 'updated' && old?.metadata.labels === object?.metadata.labels) return;
  if (old) countPod(index, old, -1);
  if (change.type !== 'deleted' && object) countPod(index, object, 1);
}

function countPod(index: ServiceIndex, pod: KubeObject, by: 1 | -1): void {
  const key = keyFor(pod);
  for (const label in pod.metadata.labels) {
    const bucket = bucketOf(pod.metadata.namespace, label, pod.metadata.labels[label] as string);
    const count = (index.counts[bucket] ?? 0) + by;
    if (count > 0) index.counts[bucket] = count;
    else delete index.counts[bucket];
    if (by > 0) put(index.pods, bucket, key);
    else drop(index.pods, bucket, key);
  }
}

/** Store keys of the Services that select a pod of these labels. */
export function servicesSelecting(index: ServiceIndex, services: Record<string, KubeObject>, pod: KubeObject): string[] {
  const found: string[] = [];
  for (const label in pod.metadata.labels)
    for (const key in index.services[bucketOf(pod.metadata.namespace, label, pod.metadata.labels[label] as string)])
      if (matchesMap(services[key]?.spec?.selector, pod.metadata.labels)) found.push(key);
  return found;
}

/** The pods a Service selects, in the order in which their labels came to be known. */
export function podsSelected(index: ServiceIndex, pods: Record<string, KubeObject>, service: Service): Pod[] {
  const bucket = firstBucket(service);
  const found: Pod[] = [];
  if (!bucket) return found;
  for (const key in index.pods[bucket]) {
    const pod = pods[key] as Pod | undefined;
    if (pod && matchesMap(service.spec.selector, pod.metadata.labels)) found.push(pod);
  }
  return found;
}

/** True when a change of a pod may change an endpoint. Models staging/src/k8s.io/endpointslice/util podEndpointsChanged. */
export function podEndpointChanged(old: Pod, pod: Pod): boolean {
  if (old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp) return true;
  if (isReady(old) !== isReady(pod) || isTerminal(old) !== isTerminal(pod)) return true;
  const [a, b] = [old.status.podIPs ?? [], pod.status.podIPs ?? []];
  if (old.status.podIP !== pod.status.podIP || a.length !== b.length || a.some((ip, i) => ip.ip !== b[i]?.ip)) return true;
  return old.metadata.uid !== pod.metadata.uid || old.spec.nodeName !== pod.spec.nodeName;
}
const isReady = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

const manyPods = 100;
const maxBatchMs = 1000;

/**
 * How long changes of a Service's pods are gathered, ms.
 *
 * Simplified: upstream gathers nothing by default (`--endpointslice-updates-batch-period` 0); here Services of more than a hundred pods
 * wait half a millisecond per pod, so that a thousand pods that become ready do not make a thousand passes over all of them.
 */
export function batchMs(index: ServiceIndex, service: KubeObject | undefined): number {
  const bucket = service && firstBucket(service);
  const count = bucket ? (index.counts[bucket] ?? 0) : 0;
  return count > manyPods ? Math.min(maxBatchMs, count / 2) : 0;
}
