/**
 * Deletes what nobody owns any more, and holds owners back until their dependents are gone. Models pkg/controller/garbagecollector (graph_builder.go,
 * garbagecollector.go), v1.36.2. Keys of its queue are `@resource|namespace/name`.
 */
import { resourceOfKind, resources } from '../../api/resources.ts';
import type { KubeObject, OwnerReference } from '../../api/types.ts';
import {
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  failedResult,
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { ApiCall } from '../../contracts/watch.ts';
import type { Ctx, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  /** uid → key of the object that exists. */
  exists: Record<string, string>;
  /** uid of an owner → keys of its dependents. */
  dependents: Record<string, Record<string, true>>;
  /** Keys of what the answers say is deleted already, until the watch says so too. */
  deleted: Record<string, true>;
}

/** Events own nothing and nobody owns them. */
const watched = resources.map((resource) => resource.id).filter((id) => id !== 'events' && id !== 'ipaddresses.networking.k8s.io');
const foreground = 'foregroundDeletion';
const orphan = 'orphan';

const graphKey = (resource: string, object: KubeObject): string => `@${resource}|${keyFor(object)}`;
const split = (key: string): [string, string] => {
  const bar = key.indexOf('|');
  return [key.slice(1, bar), key.slice(bar + 1)];
};
const objectAt = (state: State, key: string): KubeObject | undefined => {
  const [resource, storeKey] = split(key);
  return state.informers[resource]?.objects[storeKey];
};
const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) ?? false;
const isDeletingDependents = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined && has(object, foreground);

const code: ControllerCode<State> = {
  resources: watched,
  // Its client has the usual limit per worker; twenty workers share the queue.
  initial: () => ({ exists: {}, dependents: {}, deleted: {} }),

  changed(state, resource, change) {
    const object = change.object as KubeObject;
    const { old } = change;
    if (
      change.type === 'updated' &&
      old?.metadata.uid === object.metadata.uid &&
      old.metadata.ownerReferences === object.metadata.ownerReferences &&
      old.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
      old.metadata.finalizers === object.metadata.finalizers
    )
      return;
    const key = graphKey(resource, object);
    if (old) {
      for (const ref of old.metadata.ownerReferences ?? []) unlink(state, ref.uid, key);
      if (change.type === 'updated') enqueueUnblockedOwners(state, old, object);
      if (change.type === 'deleted' || old.metadata.uid !== object.metadata.uid) removed(state, old, key);
    }
    if (change.type === 'deleted') return;
    state.exists[object.metadata.uid] = key;
    let dangling = false;
    for (const ref of object.metadata.ownerReferences ?? []) {
      const dependents = state.dependents[ref.uid];
      if (dependents) dependents[key] = true;
      else state.dependents[ref.uid] = { [key]: true };
      if (state.exists[ref.uid] === undefined) dangling = true;
    }
    if (dangling) enqueue(state, key);
    if (!object.metadata.deletionTimestamp) return;
    if (has(object, orphan)) enqueue(state, key);
    else if (has(object, foreground)) {
      for (const dependent in state.dependents[object.metadata.uid]) enqueue(state, dependent);
      enqueue(state, key);
    }
  },

  sync(state, key, ctx) {
    const object = objectAt(state, key);
    if (!object || state.deleted[key]) return;
    if (object.metadata.deletionTimestamp) {
      if (has(object, orphan)) orphanDependents(state, ctx, key, object);
      else if (isDeletingDependents(object)) processDeletingDependents(state, ctx, key, object);
      return;
    }
    attemptToDelete(state, ctx, key, object);
  },

  answered(state, open, result, ctx) {
    if (open.step === 'delete' && result.code < 400 && !result.object?.metadata?.finalizers?.length) {
      // A pod stays for its grace period; everything else is gone now.
      if (!open.key.startsWith('@pods|')) state.deleted[open.key] = true;
    }
    if (failedResult(state, open.key, result, true)) return;
    if (open.step === 'orphan-dependent' && state.requests.perKey[open.key] === undefined) {
      const object = objectAt(state, open.key);
      if (object && !state.failed[open.key]) removeFinalizer(state, ctx, open.key, object, orphan);
    }
  },
};

export const garbageCollector: Room<State> = controllerRoom(code);

function unlink(state: State, ownerUid: string, key: string): void {
  const dependents = state.dependents[ownerUid];
  if (!dependents) return;
  delete dependents[key];
  for (const _ in dependents) return;
  delete state.dependents[ownerUid];
}

function removed(state: State, object: KubeObject, key: string): void {
  delete state.exists[object.metadata.uid];
  delete state.deleted[key];
  for (const dependent in state.dependents[object.metadata.uid]) enqueue(state, dependent);
  // An owner that waits for its dependents may go on.
  for (const ref of object.metadata.ownerReferences ?? []) {
    const owner = state.exists[ref.uid];
    if (owner !== undefined && (objectAt(state, owner)?.metadata.deletionTimestamp ?? undefined) !== undefined) enqueue(state, owner);
  }
}

/** Owners that this object no longer holds back. Models addUnblockedOwnersToDeleteQueue. */
function enqueueUnblockedOwners(state: State, old: KubeObject, object: KubeObject): void {
  for (const was of old.metadata.ownerReferences ?? []) {
    if (!was.blockOwnerDeletion || object.metadata.ownerReferences?.find((ref) => ref.uid === was.uid)?.blockOwnerDeletion) continue;
    const owner = state.exists[was.uid];
    if (owner !== undefined) enqueue(state, owner);
  }
}

type Standing = 'solid' | 'dangling' | 'waiting';

function standingOf(state: State, ref: OwnerReference): Standing {
  const key = state.exists[ref.uid];
  if (key === undefined) return resourceOfKind(ref.apiVersion, ref.kind) ? 'dangling' : 'solid';
  const owner = objectAt(state, key);
  return owner && isDeletingDependents(owner) && ref.blockOwnerDeletion !== undefined ? 'waiting' : 'solid';
}

/** Models attemptToDeleteItem: one owner that stands keeps the object. */
function attemptToDelete(state: State, ctx: Ctx, key: string, object: KubeObject): void {
  const refs = object.metadata.ownerReferences ?? [];
  if (refs.length === 0) return;
  const standings = refs.map((ref) => standingOf(state, ref));
  if (standings.includes('solid')) {
    const left = refs.filter((_, i) => standings[i] === 'solid');
    if (left.length < refs.length) call(state, ctx, key, 'patch', patchOwners(key, object, left));
    return;
  }
  let propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = has(object, orphan) ? 'Orphan' : has(object, foreground) ? 'Foreground' : 'Background';
  if (standings.includes('waiting') && hasDependents(state, object)) {
    propagationPolicy = 'Foreground';
    // A circle of owners would wait for itself: this link of it no longer holds its owner back.
    if (dependentsOf(state, object).some(isDeletingDependents))
      call(
        state,
        ctx,
        key,
        'unblock',
        patchOwners(
          key,
          object,
          refs.map((ref) => (ref.blockOwnerDeletion ? { ...ref, blockOwnerDeletion: false } : ref)),
        ),
      );
  }
  call(state, ctx, key, 'delete', { ...target(key, object), verb: 'delete', options: { propagationPolicy, preconditions: { uid: object.metadata.uid } } });
}

function hasDependents(state: State, object: KubeObject): boolean {
  for (const _ in state.dependents[object.metadata.uid]) return true;
  return false;
}

function dependentsOf(state: State, object: KubeObject): KubeObject[] {
  return Object.keys(state.dependents[object.metadata.uid] ?? {})
    .map((key) => objectAt(state, key))
    .filter((dependent) => dependent !== undefined);
}

/** An owner deleted in the foreground goes when no dependent that blocks it is left. */
function processDeletingDependents(state: State, ctx: Ctx, key: string, object: KubeObject): void {
  let blocked = false;
  for (const each in state.dependents[object.metadata.uid]) {
    const dependent = objectAt(state, each);
    const ref = dependent?.metadata.ownerReferences?.find((r) => r.uid === object.metadata.uid);
    if (!dependent || !ref) continue;
    if (ref.blockOwnerDeletion) blocked = true;
    if (ref.blockOwnerDeletion && !isDeletingDependents(dependent)) enqueue(state, each);
  }
  if (!blocked) removeFinalizer(state, ctx, key, object, foreground);
}

function orphanDependents(state: State, ctx: Ctx, key: string, object: KubeObject): void {
  let any = false;
  for (const each in state.dependents[object.metadata.uid]) {
    const dependent = objectAt(state, each);
    if (!dependent) continue;
    any = true;
    const left = (dependent.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== object.metadata.uid);
    call(state, ctx, key, 'orphan-dependent', patchOwners(each, dependent, left));
  }
  if (!any) removeFinalizer(state, ctx, key, object, orphan);
}

function target(key: string, object: KubeObject): Pick<ApiCall, 'resource' | 'namespace' | 'name' | 'user'> {
  const { namespace, name } = object.metadata;
  return { resource: split(key)[0], ...(namespace ? { namespace } : {}), name, user: 'system:serviceaccount:kube-system:generic-garbage-collector' };
}

const patchOwners = (key: string, object: KubeObject, ownerReferences: OwnerReference[]): ApiCall => ({
  ...target(key, object),
  verb: 'patch',
  patchType: 'merge',
  patch: { metadata: { uid: object.metadata.uid, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null } },
});

function removeFinalizer(state: State, ctx: Ctx, key: string, object: KubeObject, finalizer: string): void {
  const finalizers = (object.metadata.finalizers ?? []).filter((f) => f !== finalizer);
  call(state, ctx, key, 'finalizer', {
    ...target(key, object),
    verb: 'patch',
    patchType: 'merge',
    patch: { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } },
  });
}
