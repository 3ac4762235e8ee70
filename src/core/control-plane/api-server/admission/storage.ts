/** Models plugin/pkg/admission/storage/{storageobjectinuseprotection,storageclass/setdefault} and network/defaultingressclass, v1.36.2. */
import { compareQuantity } from '../../../api/quantity.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { listObjects, lookUp } from '../state.ts';

export function storageObjectInUseProtection(object: KubeObject): void {
  const finalizer = object.kind === 'PersistentVolume' ? 'kubernetes.io/pv-protection' : 'kubernetes.io/pvc-protection';
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
}

/** A claim that names no class (not even "") gets the default class; of several the newest, then the first by name. */
export function defaultStorageClass(call: Call, object: KubeObject): void {
  if (object.kind !== 'PersistentVolumeClaim' || !object.spec || object.spec.storageClassName !== undefined) return;
  if (object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
  const name = newestDefault(listObjects(call.state, 'storageclasses.storage.k8s.io'), [
    'storageclass.kubernetes.io/is-default-class',
    'storageclass.beta.kubernetes.io/is-default-class',
  ]);
  if (name !== undefined) object.spec.storageClassName = name;
}

export function defaultIngressClass(call: Call, object: KubeObject): void {
  if (!object.spec || object.spec.ingressClassName !== undefined || object.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
  const name = newestDefault(listObjects(call.state, 'ingressclasses.networking.k8s.io'), ['ingressclass.kubernetes.io/is-default-class']);
  if (name !== undefined) object.spec.ingressClassName = name;
}

function newestDefault(classes: KubeObject[], annotations: string[]): string | undefined {
  let best: KubeObject | undefined;
  for (const object of classes) {
    if (!annotations.some((key) => object.metadata.annotations?.[key] === 'true')) continue;
    if (best === undefined || object.metadata.creationTimestamp > best.metadata.creationTimestamp) best = object;
  }
  return best?.metadata.name;
}

/** Only a bound claim of a class that allows it may ask for more. Models plugin/pkg/admission/storage/persistentvolume/resize, v1.36.2. */
export function claimResize(call: Call, object: KubeObject, old: KubeObject): void {
  const [size, before] = [object.spec?.resources?.requests?.storage, old.spec?.resources?.requests?.storage];
  if (size === undefined || before === undefined || compareQuantity(size, before) <= 0) return;
  const refuse = (text: string): Refusal => new Refusal(forbidden(call.resource, object.metadata.name, text));
  if (old.status?.phase !== 'Bound') throw refuse('Only bound persistent volume claims can be expanded');
  const name: string | undefined = object.spec.storageClassName;
  const cls = name ? lookUp(call.state, 'storageclasses.storage.k8s.io', '', name) : undefined;
  if (cls?.allowVolumeExpansion !== true)
    throw refuse('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
}
