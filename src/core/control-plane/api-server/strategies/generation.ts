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
]);

/** Whole objects that count: every change of theirs outside metadata (labels of a PriorityClass do not exist as spec). */
export const hasGeneration = (kind: string): boolean => kinds.has(kind);

/** True when the change from `old` is one of the spec. Compare by reference: unchanged parts are the same values. */
export const specChanged = (object: KubeObject, old: KubeObject): boolean => object.spec !== old.spec;
