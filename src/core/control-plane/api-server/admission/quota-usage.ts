/** What an object uses of a quota. Models pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims}.go, v1.36.2. */

import { isPodTerminal } from '../../../api/pods.ts';
import { canonicalQuantity } from '../../../api/quantity.ts';
import { resourceOfKind } from '../../../api/resources.ts';
import type { Container, KubeObject, Pod, ResourceList, Service } from '../../../api/types.ts';
import { parseTime } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { qosClass } from '../strategies/pod.ts';
import { podLimitMilli, podRequestMilli } from './pod-requests.ts';

/** Kinds that have a plain name beside `count/…`. */
const plain: Record<string, string> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Service: 'services',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  ReplicationController: 'replicationcontrollers',
  ResourceQuota: 'resourcequotas',
};

export function usageOf(object: KubeObject, call: Call): ResourceList {
  const id = resourceOfKind(object.apiVersion, object.kind)?.id ?? object.kind;
  const out: ResourceList = { [`count/${id}`]: '1' };
  const name = plain[object.kind];
  if (name) out[name] = '1';
  if (object.kind === 'Pod') Object.assign(out, podUsage(object as Pod, call));
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

const milli = (value: number): string => canonicalQuantity(value % 1000 === 0 ? String(value / 1000) : `${value}m`);

function podUsage(pod: Pod, call: Call): ResourceList {
  // Pods that ended, and those whose deletion is overdue, use nothing but their place in count/pods.
  if (isPodTerminal(pod) || isOverdue(pod, call)) return {};
  const out: ResourceList = { pods: '1' };
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const [request, limit] = [podRequestMilli(pod.spec, name), podLimitMilli(pod.spec, name)];
    if (request > 0) out[name] = out[`requests.${name}`] = milli(request);
    if (limit > 0) out[`limits.${name}`] = milli(limit);
  }
  return out;
}

function isOverdue(pod: Pod, call: Call): boolean {
  const at = pod.metadata.deletionTimestamp;
  return at !== undefined && parseTime(at) < call.ctx.epochMs;
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
