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
import { validateConfigMap, validateConfigMapUpdate, validateNamespace, validateSecret, validateSecretUpdate, validateServiceAccount } from './config.ts';
import type { FieldError } from './field.ts';
import { type Loose, subdomainName, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import { validateClaim, validateClaimUpdate } from './persistent-volume-claims.ts';
import {
  validateBinding,
  validateEphemeralContainersUpdate,
  validatePodCreate,
  validatePodResize,
  validatePodStatusUpdate,
  validatePodUpdate,
} from './pods.ts';
import { validateService, validateServiceUpdate } from './services.ts';

interface Rules {
  create: (object: Loose) => FieldError[];
  update?: (object: Loose, old: Loose) => FieldError[];
  /** By subresource. */
  status?: (object: Loose, old: Loose) => FieldError[];
  clusterScoped?: boolean;
}

const rules = new Map<string, Rules>(
  Object.entries({
    Pod: { create: validatePodCreate, update: validatePodUpdate, status: validatePodStatusUpdate },
    Service: { create: validateService, update: validateServiceUpdate },
    ConfigMap: { create: validateConfigMap, update: validateConfigMapUpdate },
    Secret: { create: validateSecret, update: validateSecretUpdate },
    Namespace: { create: validateNamespace, update: metaUpdate, clusterScoped: true },
    ServiceAccount: { create: validateServiceAccount },
    Deployment: { create: validateDeployment, update: validateDeploymentUpdate },
    ReplicaSet: { create: validateReplicaSet, update: validateReplicaSetUpdate },
    ReplicationController: { create: validateReplicationController, update: validateReplicationController },
    DaemonSet: { create: validateDaemonSet, update: validateDaemonSetUpdate },
    StatefulSet: { create: validateStatefulSet, update: validateStatefulSetUpdate },
    PersistentVolumeClaim: { create: validateClaim, update: validateClaimUpdate },
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
