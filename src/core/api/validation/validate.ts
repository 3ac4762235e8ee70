/** Validation of every kind on create and update. */
import type { KubeObject } from '../types.ts';
import {
  validateDaemonSet,
  validateDaemonSetUpdate,
  validateDeployment,
  validateDeploymentUpdate,
  validateReplicaSet,
  validateReplicaSetUpdate,
  validateReplicationController,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from './apps.ts';
import { validateCronJob, validateCronJobUpdate, validateJob, validateJobUpdate } from './batch.ts';
import {
  validateEndpointSlice,
  validateEndpointSliceUpdate,
  validateEndpoints,
  validateLease,
  validateNode,
  validateNodeUpdate,
  validateRole,
  validateRoleBinding,
  validateRoleBindingUpdate,
  validateRuntimeClass,
  validateRuntimeClassUpdate,
} from './cluster.ts';
import { validateConfigMap, validateConfigMapUpdate, validateNamespace, validateSecret, validateSecretUpdate, validateServiceAccount } from './config.ts';
import type { FieldError } from './field.ts';
import { type Loose, subdomainName, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import { validateIngress, validateIngressClass, validateIngressClassUpdate, validateNetworkPolicy } from './networking.ts';
import { validateClaim, validateClaimUpdate } from './persistent-volume-claims.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate, validateStorageClass, validateStorageClassUpdate } from './persistent-volumes.ts';
import { validatePodTemplate } from './pod-spec.ts';
import {
  validateBinding,
  validateEphemeralContainersUpdate,
  validatePodCreate,
  validatePodResize,
  validatePodStatusUpdate,
  validatePodUpdate,
} from './pods.ts';
import { validateAutoscaler, validateDisruptionBudget, validatePriorityClass, validatePriorityClassUpdate } from './policy.ts';
import { validateLimitRange, validateResourceQuota, validateResourceQuotaUpdate } from './quotas.ts';
import { validateService, validateServiceUpdate } from './services.ts';

interface Rules {
  create: (object: Loose) => FieldError[];
  update?: (object: Loose, old: Loose) => FieldError[];
  /** By subresource. */
  status?: (object: Loose, old: Loose) => FieldError[];
}

const rules = new Map<string, Rules>(
  Object.entries({
    Pod: { create: validatePodCreate, update: validatePodUpdate, status: validatePodStatusUpdate },
    Service: { create: validateService, update: validateServiceUpdate },
    ConfigMap: { create: validateConfigMap, update: validateConfigMapUpdate },
    Secret: { create: validateSecret, update: validateSecretUpdate },
    Namespace: { create: validateNamespace, update: metaUpdate },
    ServiceAccount: { create: validateServiceAccount },
    Deployment: { create: validateDeployment, update: validateDeploymentUpdate },
    ReplicaSet: { create: validateReplicaSet, update: validateReplicaSetUpdate },
    ReplicationController: { create: validateReplicationController, update: validateReplicationController },
    DaemonSet: { create: validateDaemonSet, update: validateDaemonSetUpdate },
    StatefulSet: { create: validateStatefulSet, update: validateStatefulSetUpdate },
    PersistentVolumeClaim: { create: validateClaim, update: validateClaimUpdate },
    Job: { create: validateJob, update: validateJobUpdate },
    CronJob: { create: validateCronJob, update: validateCronJobUpdate },
    NetworkPolicy: { create: validateNetworkPolicy },
    Ingress: { create: validateIngress },
    IngressClass: { create: validateIngressClass, update: validateIngressClassUpdate },
    PodDisruptionBudget: { create: validateDisruptionBudget },
    HorizontalPodAutoscaler: { create: validateAutoscaler },
    PriorityClass: { create: validatePriorityClass, update: validatePriorityClassUpdate },
    PersistentVolume: { create: validatePersistentVolume, update: validatePersistentVolumeUpdate },
    StorageClass: { create: validateStorageClass, update: validateStorageClassUpdate },
    LimitRange: { create: validateLimitRange },
    ResourceQuota: { create: validateResourceQuota, update: validateResourceQuotaUpdate },
    Node: { create: validateNode, update: validateNodeUpdate, status: validateNodeUpdate },
    Endpoints: { create: validateEndpoints },
    EndpointSlice: { create: validateEndpointSlice, update: validateEndpointSliceUpdate },
    Role: { create: validateRole },
    ClusterRole: { create: validateRole },
    RoleBinding: { create: validateRoleBinding, update: validateRoleBindingUpdate },
    ClusterRoleBinding: { create: validateRoleBinding, update: validateRoleBindingUpdate },
    Lease: { create: validateLease },
    RuntimeClass: { create: validateRuntimeClass, update: validateRuntimeClassUpdate },
    PodTemplate: {
      create: (object) => [...validateObjectMeta(object.metadata, true, subdomainName), ...validatePodTemplate(object.template ?? {}, 'template')],
    },
    Binding: { create: validateBinding },
  } satisfies Record<string, Rules>),
);

function metaUpdate(object: Loose, old: Loose): FieldError[] {
  return validateObjectMetaUpdate(object.metadata, old.metadata);
}

/** `object` has been decoded and defaulted; generated names and the namespace are set. In upstream's order. */
export function validateCreate(object: KubeObject): FieldError[] {
  const own = rules.get(object.kind);
  return own ? own.create(object) : validateObjectMeta(object.metadata, object.metadata.namespace !== undefined, subdomainName);
}

/** `subresource`: '' for the object itself, `status`, and for pods `resize` and `ephemeralcontainers`. */
export function validateUpdate(object: KubeObject, old: KubeObject, subresource = ''): FieldError[] {
  const own = rules.get(object.kind);
  if (subresource === 'status') return own?.status ? own.status(object, old) : metaUpdate(object, old);
  if (object.kind === 'Pod' && subresource === 'resize') return validatePodResize(object, old);
  if (object.kind === 'Pod' && subresource === 'ephemeralcontainers') return validateEphemeralContainersUpdate(object, old);
  if (own?.update) return own.update(object, old);
  return own ? [...metaUpdate(object, old), ...own.create(object)] : metaUpdate(object, old);
}
