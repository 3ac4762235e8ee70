/** Which kind is described how. Models k8s.io/kubectl/pkg/describe/describe.go, v1.36.2. */
import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Run } from '../run.ts';
import {
  describeConfigMap,
  describeLimitRange,
  describeNamespace,
  describePdb,
  describePriorityClass,
  describeQuota,
  describeSecret,
  describeServiceAccount,
  describeStorageClass,
} from './config.ts';
import { describeGeneric } from './generic.ts';
import { describeNode } from './node.ts';
import { describePod } from './pod.ts';
import { describeEndpointSlice, describeEndpoints, describeIngress, describeNetworkPolicy, describeService } from './services.ts';
import { describeClaim, describePersistentVolume } from './storage.ts';
import { describeCronJob, describeDaemonSet, describeDeployment, describeHpa, describeJob, describeReplicaSet, describeStatefulSet } from './workloads.ts';

type Describer = (run: Run, object: KubeObject) => string;

const describers: Record<string, Describer> = {
  pods: describePod,
  services: describeService,
  endpoints: describeEndpoints,
  'endpointslices.discovery.k8s.io': describeEndpointSlice,
  'ingresses.networking.k8s.io': describeIngress,
  'networkpolicies.networking.k8s.io': describeNetworkPolicy,
  nodes: describeNode,
  namespaces: describeNamespace,
  configmaps: describeConfigMap,
  secrets: describeSecret,
  serviceaccounts: describeServiceAccount,
  resourcequotas: describeQuota,
  limitranges: describeLimitRange,
  'poddisruptionbudgets.policy': describePdb,
  'priorityclasses.scheduling.k8s.io': describePriorityClass,
  'storageclasses.storage.k8s.io': describeStorageClass,
  persistentvolumeclaims: describeClaim,
  persistentvolumes: describePersistentVolume,
  'deployments.apps': describeDeployment,
  'replicasets.apps': describeReplicaSet,
  replicationcontrollers: describeReplicaSet,
  'daemonsets.apps': describeDaemonSet,
  'statefulsets.apps': describeStatefulSet,
  'jobs.batch': describeJob,
  'cronjobs.batch': describeCronJob,
  'horizontalpodautoscalers.autoscaling': describeHpa,
};

export function describeObject(run: Run, resource: Resource, object: KubeObject): string {
  const describer = Object.hasOwn(describers, resource.id) ? (describers[resource.id] as Describer) : describeGeneric;
  return describer(run, object);
}
