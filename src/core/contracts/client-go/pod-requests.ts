/** What a pod asks for. Models staging/src/k8s.io/component-helpers/resource/helpers.go PodRequests, v1.36.2. */
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Container, ContainerStatus, Pod, ResourceList } from '../../api/types.ts';

/** Resource → amount: cpu in thousandths, everything else in whole units (bytes, devices). */
export type Amounts = Record<string, number>;

export const amount = (resource: string, quantity: ResourceList[string] | undefined): number =>
  resource === 'cpu' ? quantityMilli(quantity) : quantityValue(quantity);

export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = {};
  if (list) for (const resource of Object.keys(list)) amounts[resource] = amount(resource, list[resource]);
  return amounts;
}

function addTo(sum: Amounts, other: Amounts): void {
  for (const resource in other) sum[resource] = (sum[resource] ?? 0) + (other[resource] as number);
}
function maxInto(sum: Amounts, other: Amounts): void {
  for (const resource in other) sum[resource] = Math.max(sum[resource] ?? 0, other[resource] as number);
}

/** While a resize is under way the larger of what is asked, allocated and in force counts. */
function containerRequests(container: Container, status: ContainerStatus | undefined): Amounts {
  const requests = amountsOf(container.resources?.requests);
  if (status?.allocatedResources) maxInto(requests, amountsOf(status.allocatedResources));
  if (status?.resources?.requests) maxInto(requests, amountsOf(status.resources.requests));
  return requests;
}

/** The defaults that scoring assumes where nothing is asked for. Source: pkg/scheduler/util/pod_resources.go */
export const defaultMilliCPURequest = 100;
export const defaultMemoryRequest = 200 * 1024 * 1024;

function sumOf(pod: Pod, perContainer: (container: Container, status: ContainerStatus | undefined) => Amounts): Amounts {
  const sum: Amounts = {};
  const statusOf = (list: ContainerStatus[] | undefined, name: string): ContainerStatus | undefined => list?.find((s) => s.name === name);
  for (const container of pod.spec.containers) addTo(sum, perContainer(container, statusOf(pod.status?.containerStatuses, container.name)));
  const sidecars: Amounts = {};
  const initMax: Amounts = {};
  for (const container of pod.spec.initContainers ?? []) {
    const requests = perContainer(container, statusOf(pod.status?.initContainerStatuses, container.name));
    if (container.restartPolicy === 'Always') {
      addTo(sum, requests);
      addTo(sidecars, requests);
      maxInto(initMax, sidecars);
    } else {
      const together = { ...sidecars };
      addTo(together, requests);
      maxInto(initMax, together);
    }
  }
  maxInto(sum, initMax);
  const podLevel = amountsOf(pod.spec.resources?.requests);
  for (const resource in podLevel) sum[resource] = podLevel[resource] as number;
  if (pod.spec.overhead) addTo(sum, amountsOf(pod.spec.overhead));
  return sum;
}

// Pods are frozen: what was once worked out for one stays true. Not state.
const memo = new WeakMap<Pod, Amounts>();
const nonZeroMemo = new WeakMap<Pod, Amounts>();

/** Containers and sidecars together, or the largest init container with the sidecars before it, or the pod-level requests; plus overhead. */
export function podRequests(pod: Pod): Amounts {
  let requests = memo.get(pod);
  if (!requests) {
    requests = sumOf(pod, containerRequests);
    memo.set(pod, requests);
  }
  return requests;
}

/** cpu and memory with defaults for containers that ask for none. */
export function nonZeroRequests(pod: Pod): Amounts {
  let requests = nonZeroMemo.get(pod);
  if (!requests) {
    requests = sumOf(pod, (container, status) => {
      const own = containerRequests(container, status);
      return { cpu: own.cpu ?? defaultMilliCPURequest, memory: own.memory ?? defaultMemoryRequest };
    });
    nonZeroMemo.set(pod, requests);
  }
  return requests;
}
