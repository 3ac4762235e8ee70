/** What the API server fills in before it validates and stores. Models pkg/apis/GROUP/v1/defaults.go and the conversions beside them, v1.36.2. */
import { fieldsOf, type Shape, typeOfKind } from '../fields/fields.ts';
import type { KubeObject } from '../types.ts';
import { cronJobDefaults, daemonSetDefaults, deploymentDefaults, horizontalPodAutoscalerDefaults, jobDefaults, statefulSetDefaults } from './controllers.ts';
import { ephemeralClaimDefaults, podDefaults, podSpecDefaults, roundUpQuantities } from './pod.ts';
import { ingressDefaults, networkPolicyDefaults, serviceDefaults } from './service.ts';
import { limitRangeItemDefaults, nodeDefaults, persistentVolumeDefaults, secretDefaults, storageClassDefaults } from './storage.ts';

// biome-ignore lint/suspicious/noExplicitAny: defaults reach into objects of every kind
export type Loose = any;

/**
 * Fills the defaults of any kind into `object`, which must be an unfrozen copy made by decoding.
 * What the registry and admission set (uid, clusterIP, token volume, tolerations, generated job selectors) is the API server's.
 */
export function applyDefaults(object: KubeObject): void {
  object.metadata ??= {} as KubeObject['metadata'];
  kindDefaults(object);
  const type = typeOfKind(object.apiVersion, object.kind);
  if (type !== undefined) fillStruct(object, type);
}

function kindDefaults(object: Loose): void {
  if (object.spec === undefined && hasSpec(object)) object.spec = {};
  const spec: Loose = object.spec;
  switch (object.kind) {
    case 'Pod':
      podSpecDefaults(spec);
      podDefaults(object);
      break;
    case 'Deployment':
      templateDefaults(spec.template ?? (spec.template = {}));
      deploymentDefaults(spec);
      break;
    case 'ReplicaSet':
      templateDefaults(spec.template ?? (spec.template = {}));
      spec.replicas ??= 1;
      break;
    case 'ReplicationController':
      if (spec.template) templateDefaults(spec.template);
      if (spec.template?.metadata?.labels) {
        spec.selector ??= { ...spec.template.metadata.labels };
        object.metadata.labels ??= { ...spec.template.metadata.labels };
      }
      spec.replicas ??= 1;
      break;
    case 'DaemonSet':
      templateDefaults(spec.template ?? (spec.template = {}));
      daemonSetDefaults(spec);
      break;
    case 'StatefulSet':
      templateDefaults(spec.template ?? (spec.template = {}));
      statefulSetDefaults(spec);
      break;
    case 'Job':
      templateDefaults(spec.template ?? (spec.template = {}));
      jobDefaults(object);
      break;
    case 'CronJob':
      spec.jobTemplate ??= {};
      spec.jobTemplate.spec ??= {};
      templateDefaults(spec.jobTemplate.spec.template ?? (spec.jobTemplate.spec.template = {}));
      cronJobDefaults(spec);
      break;
    case 'PodTemplate':
      templateDefaults(object.template ?? (object.template = {}));
      break;
    case 'HorizontalPodAutoscaler':
      horizontalPodAutoscalerDefaults(object);
      break;
    case 'Service':
      serviceDefaults(object);
      break;
    case 'NetworkPolicy':
      networkPolicyDefaults(spec);
      break;
    case 'Ingress':
      ingressDefaults(spec);
      break;
    case 'Secret':
      secretDefaults(object);
      break;
    case 'Namespace':
      if (object.metadata.name) object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
      spec.finalizers ??= ['kubernetes'];
      object.status ??= {};
      object.status.phase ??= 'Active';
      break;
    case 'Node':
      nodeDefaults(object);
      break;
    case 'PersistentVolume':
      persistentVolumeDefaults(object);
      break;
    case 'PersistentVolumeClaim':
      ephemeralClaimDefaults(spec);
      object.status ??= {};
      object.status.phase ??= 'Pending';
      break;
    case 'StorageClass':
      storageClassDefaults(object);
      break;
    case 'LimitRange':
      for (const item of spec.limits ?? []) limitRangeItemDefaults(item);
      break;
    case 'ResourceQuota':
      roundUpQuantities(spec.hard);
      break;
    case 'Endpoints':
      for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
      break;
    case 'EndpointSlice':
      for (const port of object.ports ?? []) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
      break;
    case 'PriorityClass':
      object.preemptionPolicy ??= 'PreemptLowerPriority';
      break;
    case 'CSIDriver':
      csiDriverDefaults(spec);
      break;
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      if (object.roleRef) object.roleRef.apiGroup ??= 'rbac.authorization.k8s.io';
      for (const subject of object.subjects ?? []) {
        if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= 'rbac.authorization.k8s.io';
      }
      break;
    default:
  }
}

function hasSpec(object: KubeObject): boolean {
  const type = typeOfKind(object.apiVersion, object.kind);
  return type !== undefined && fieldsOf(type).has('spec');
}

function templateDefaults(template: Loose): void {
  template.spec ??= {};
  podSpecDefaults(template.spec);
}

function csiDriverDefaults(spec: Loose): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  spec.volumeLifecycleModes ??= ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

/** Writes the fields that Go writes even when they are zero: `resources: {}`, `status: {}`, `containerPort: 0`. */
function fillStruct(value: Loose, type: string): void {
  for (const field of fieldsOf(type).values()) {
    const inner = value[field.name];
    if (inner === undefined) {
      if (field.presence !== 'always') continue;
      const zero = zeroValue(field.shape);
      value[field.name] = zero;
      if (field.shape.form === 'struct') fillStruct(zero, field.shape.type);
    } else fillShape(inner, field.shape);
  }
}

function fillShape(value: Loose, shape: Shape): void {
  if (value === null) return;
  if (shape.form === 'struct') fillStruct(value, shape.type);
  else if (shape.form === 'list' && shape.of.form === 'struct') for (const inner of value) fillStruct(inner, shape.of.type);
  else if (shape.form === 'map' && shape.of.form === 'struct') for (const key of Object.keys(value)) fillStruct(value[key], shape.of.type);
}

function zeroValue(shape: Shape): unknown {
  switch (shape.form) {
    case 'struct':
      return {};
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    default:
      return null;
  }
}
