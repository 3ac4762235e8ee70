/** Who controls whom: an index of dependents by their controller's uid, and of what has none. Models pkg/controller/controller_ref_manager.go, v1.36.2. */
import type { KubeObject, OwnerReference } from '../../api/types.ts';
import { type InformerChange, storeKey } from './informer.ts';

export interface OwnerIndex {
  /** uid of the controller → store keys of its dependents. */
  byUid: Record<string, Record<string, true>>;
  /** namespace (prefixed `@`) → store keys of objects without a controller. */
  orphans: Record<string, Record<string, true>>;
}
export const ownerIndex = (): OwnerIndex => ({ byUid: {}, orphans: {} });

export const controllerOf = (object: KubeObject): OwnerReference | undefined => object.metadata.ownerReferences?.find((ref) => ref.controller === true);

export const keyFor = (object: KubeObject): string => storeKey(object.metadata.namespace, object.metadata.name);

/** Keeps the index in step with one change of the dependents' informer. */
export function indexOwner(index: OwnerIndex, change: InformerChange): void {
  if (change.type === 'updated' && change.old?.metadata.ownerReferences === change.object?.metadata.ownerReferences) return;
  if (change.old) remove(index, change.old);
  if (change.type === 'deleted' || !change.object) return;
  const [bucket, name] = place(index, change.object);
  let keys = bucket[name];
  if (!keys) {
    keys = {};
    bucket[name] = keys;
  }
  keys[keyFor(change.object)] = true;
}

function place(index: OwnerIndex, object: KubeObject): [Record<string, Record<string, true>>, string] {
  const owner = controllerOf(object);
  return owner ? [index.byUid, owner.uid] : [index.orphans, `@${object.metadata.namespace ?? ''}`];
}

function remove(index: OwnerIndex, object: KubeObject): void {
  const [bucket, name] = place(index, object);
  const keys = bucket[name];
  if (!keys) return;
  delete keys[keyFor(object)];
  for (const _ in keys) return;
  delete bucket[name];
}

/** What `owner` controls. */
export function dependentsOf<T extends KubeObject>(index: OwnerIndex, objects: Record<string, KubeObject>, owner: KubeObject): T[] {
  const found: T[] = [];
  for (const key in index.byUid[owner.metadata.uid]) if (objects[key]) found.push(objects[key] as T);
  return found;
}
/** What in `namespace` has no controller. */
export function orphansIn<T extends KubeObject>(index: OwnerIndex, objects: Record<string, KubeObject>, namespace: string | undefined): T[] {
  const found: T[] = [];
  for (const key in index.orphans[`@${namespace ?? ''}`]) if (objects[key]) found.push(objects[key] as T);
  return found;
}

/** metav1.NewControllerRef. */
export const controllerRef = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
