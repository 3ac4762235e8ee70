/** Which kinds count changes of their spec in metadata.generation. Models the strategies of pkg/registry, v1.36.2. */
import type { KubeObject } from '../../../api/types.ts';

const kinds = new Set([
  'Pod',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'NetworkPolicy',
  'Ingress',
  'IngressClass',
  'PodDisruptionBudget',
  'PriorityClass',
  'EndpointSlice',
]);

export const hasGeneration = (kind: string): boolean => kinds.has(kind);

/** True when anything but metadata and status differs. Compared by reference: unchanged parts are the same values. */
export function specChanged(object: KubeObject, old: KubeObject): boolean {
  for (const key in object) if (key !== 'metadata' && key !== 'status' && object[key] !== old[key]) return true;
  for (const key in old) if (key !== 'metadata' && key !== 'status' && old[key] !== undefined && object[key] === undefined) return true;
  return false;
}
