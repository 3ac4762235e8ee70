/** What an object uses of a quota. Models pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims}.go, v1.36.2. */

import { isPodTerminal } from '../../../api/pods.ts';
import { compareQuantity } from '../../../api/quantity.ts';
import { resourceOfKind } from '../../../api/resources.ts';
import type { Container, KubeObject, Pod, ResourceList, Service } from '../../../api/types.ts';
import { qosClass } from '../strategies/pod.ts';
import { podTotal } from './pod-totals.ts';

/** Kinds that have a plain name beside `count/…`. */
const plain: Record<string, string> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Service: 'services',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  ReplicationController: 'replicationcontrollers',
  ResourceQuota: 'resourcequotas',
};

export function usageOf(object: KubeObject): ResourceList {
  const id = resourceOfKind(object.apiVersion, object.kind)?.id ?? object.kind;
  const out: ResourceList = { [`count/${id}`]: '1' };
  const name = plain[object.kind];
  if (name) out[name] = '1';
  if (object.kind === 'Pod') Object.assign(out, podUsage(object as Pod));
  if (object.kind === 'Service') Object.assign(out, serviceUsage(object as Service));
  if (object.kind === 'PersistentVolumeClaim') {
    const size = object.spec?.resources?.requests?.storage;
    if (size !== undefined) {
      out['requests.storage'] = size;
      if (object.spec.storageClassName) out[`${object.spec.storageClassName}.storageclass.storage.k8s.io/requests.storage`] = size;
    }
    if (object.spec?.storageClassName) out[`${object.spec.storageClassName}.storageclass.storage.k8s.io/persistentvolumeclaims`] = '1';
  }
  return out;
}

/** Simplified: upstream also forgets pods whose deletion is overdue, before they are gone. */
function podUsage(pod: Pod): ResourceList {
  // Pods that ended use nothing but their place in count/pods.
  if (isPodTerminal(pod)) return {};
  const out: ResourceList = { pods: '1' };
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const [request, limit] = [podTotal(pod.spec, name, 'requests'), podTotal(pod.spec, name, 'limits')];
    if (compareQuantity(request, 0) > 0) out[name] = out[`requests.${name}`] = request;
    if (compareQuantity(limit, 0) > 0) out[`limits.${name}`] = limit;
  }
  return out;
}

function serviceUsage(service: Service): ResourceList {
  const ports = String((service.spec.ports ?? []).length);
  if (service.spec.type === 'NodePort') return { 'services.nodeports': ports };
  if (service.spec.type !== 'LoadBalancer') return {};
  return { 'services.loadbalancers': '1', ...(service.spec.allocateLoadBalancerNodePorts === false ? {} : { 'services.nodeports': ports }) };
}

/** Every scope of the quota must fit; scopes are about pods alone. */
export function quotaMatches(quota: KubeObject, object: KubeObject): boolean {
  const scopes: string[] = quota.spec?.scopes ?? [];
  const expressions: { scopeName: string; operator: string; values?: string[] }[] = quota.spec?.scopeSelector?.matchExpressions ?? [];
  if (scopes.length === 0 && expressions.length === 0) return true;
  if (object.kind !== 'Pod') return false;
  const pod = object as Pod;
  return scopes.every((scope) => inScope(scope, pod)) && expressions.every((e) => matchesExpression(e, pod));
}

function inScope(scope: string, pod: Pod): boolean {
  switch (scope) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClass(pod.spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod.spec) !== 'BestEffort';
    case 'PriorityClass':
      return Boolean((pod.spec as { priorityClassName?: string }).priorityClassName);
    default:
      return false;
  }
}

function matchesExpression(e: { scopeName: string; operator: string; values?: string[] }, pod: Pod): boolean {
  if (e.scopeName !== 'PriorityClass') return inScope(e.scopeName, pod);
  const name = (pod.spec as { priorityClassName?: string }).priorityClassName ?? '';
  if (e.operator === 'Exists') return name !== '';
  if (e.operator === 'DoesNotExist') return name === '';
  return (e.values ?? []).includes(name) === (e.operator === 'In');
}

/** `limits.cpu for: a,b; requests.memory for: a`, or '' when every container says what the quota needs to know. */
export function missingConstraints(pod: Pod, hard: string[]): string {
  const missing: Record<string, string[]> = {};
  for (const c of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])])
    for (const name of hard) if (computeResources.has(name) && !says(c, name)) (missing[name] ??= []).push(c.name);
  return Object.keys(missing)
    .sort()
    .map((name) => `${name} for: ${(missing[name] as string[]).sort().join(',')}`)
    .join('; ');
}

const computeResources = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

function says(container: Container, name: string): boolean {
  const [which, resource] = name.includes('.') ? (name.split('.') as ['requests' | 'limits', string]) : (['requests', name] as const);
  return container.resources?.[which]?.[resource] !== undefined;
}
