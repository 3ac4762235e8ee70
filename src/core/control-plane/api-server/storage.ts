/** Writing: every write takes the next resourceVersion, is told to the watches of its resource and noted. Models apiserver/pkg/storage (etcd3, cacher), v1.36.2. */

import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { StoredNote } from '../../contracts/watch.ts';
import { share } from '../../engine/share.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { type ApiServerState, keyOfObject } from './state.ts';
import { notify } from './watches.ts';

/** Stores `object` (not used by the caller afterwards) over `old` and returns what is stored, with its new resourceVersion. */
export function put(state: ApiServerState, resource: Resource, object: KubeObject, old: KubeObject | undefined, ctx: Ctx, why?: FieldRef): KubeObject {
  const stored = stamp(state, object);
  state.objects[resource.id] ??= {};
  (state.objects[resource.id] as Record<string, KubeObject>)[keyOfObject(stored)] = stored;
  tell(state, resource, old ? 'MODIFIED' : 'ADDED', stored, old, ctx, why);
  return stored;
}

/** Removes `old`; the last event carries it as it was, with the resourceVersion of its end. */
export function remove(state: ApiServerState, resource: Resource, old: KubeObject, ctx: Ctx, why?: FieldRef): KubeObject {
  delete state.objects[resource.id]?.[keyOfObject(old)];
  const last = stamp(state, old);
  tell(state, resource, 'DELETED', last, old, ctx, why);
  return last;
}

function stamp(state: ApiServerState, object: KubeObject): KubeObject {
  state.resourceVersion += 1;
  return share({ ...object, metadata: { ...object.metadata, resourceVersion: String(state.resourceVersion) } });
}

function tell(
  state: ApiServerState,
  resource: Resource,
  event: StoredNote['event'],
  object: KubeObject,
  old: KubeObject | undefined,
  ctx: Ctx,
  why?: FieldRef,
): void {
  ctx.note({ type: 'Stored', event, resource: resource.id, object } as StoredNote, why);
  notify(state, resource, event, object, old, ctx, why);
}
