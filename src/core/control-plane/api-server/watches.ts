/** Open watches, kept by resource. Models apiserver/pkg/storage/cacher (initial events, selectors), v1.36.2. */

import { type Resource, resourceById } from '../../api/resources.ts';
import { matchesFieldSelector, matchesRequirements } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';
import { apiLatencyMs, type StoredNote, type WatchEvent, type WatchRequest } from '../../contracts/watch.ts';
import { share } from '../../engine/share.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { selectors } from './fields.ts';
import { type ApiServerState, listObjects, type WatchState } from './state.ts';

/**
 * Opens a watch; one of the same client and name is replaced. A resource or selector that does not exist gives a watch of nothing: SYNCED alone.
 * Simplified: upstream answers such a watch with an error.
 */
export function openWatch(state: ApiServerState, client: string, request: WatchRequest, ctx: Ctx): void {
  closeWatch(state, client, request.watch);
  const resource = resourceById(request.resource);
  const chosen = resource ? selectors(resource, request.labelSelector, request.fieldSelector) : undefined;
  if (resource && chosen && chosen.error === undefined) {
    const watch: WatchState = { client, watch: request.watch };
    if (request.namespace && resource.namespaced) watch.namespace = request.namespace;
    if (chosen.labels.length > 0) watch.labels = chosen.labels;
    if (chosen.fields.length > 0) watch.fields = chosen.fields;
    state.watches[resource.id] ??= {};
    (state.watches[resource.id] as Record<string, WatchState>)[`${client} ${request.watch}`] = watch;
    for (const object of listObjects(state, resource.id, watch.namespace)) if (passes(watch, object)) send(watch, 'ADDED', resource, object, ctx);
  }
  const synced: WatchEvent = { type: 'WatchEvent', watch: request.watch, event: 'SYNCED', resource: request.resource };
  ctx.send(client, synced, apiLatencyMs.watch);
}

export function closeWatch(state: ApiServerState, client: string, watch: string): void {
  const key = `${client} ${watch}`;
  for (const resource in state.watches) delete state.watches[resource]?.[key];
}

/** Tells the watches of `resource`; an object that moves into or out of a selector is ADDED or DELETED there. */
export function notify(
  state: ApiServerState,
  resource: Resource,
  event: StoredNote['event'],
  object: KubeObject,
  old: KubeObject | undefined,
  ctx: Ctx,
  why?: FieldRef,
): void {
  const watches = state.watches[resource.id];
  for (const key in watches) {
    const watch = watches[key] as WatchState;
    if (watch.namespace !== undefined && watch.namespace !== object.metadata.namespace) continue;
    if (watch.labels === undefined && watch.fields === undefined) {
      send(watch, event, resource, object, ctx, why);
      continue;
    }
    const now = event !== 'DELETED' && passes(watch, object);
    const before = old !== undefined && passes(watch, old);
    if (now) send(watch, before ? 'MODIFIED' : 'ADDED', resource, object, ctx, why);
    else if (before) send(watch, 'DELETED', resource, event === 'DELETED' ? object : lastOf(old as KubeObject, object), ctx, why);
  }
}

const lastOf = (old: KubeObject, object: KubeObject): KubeObject =>
  share({ ...old, metadata: { ...old.metadata, resourceVersion: object.metadata.resourceVersion } });

const passes = (watch: WatchState, object: KubeObject): boolean =>
  (watch.namespace === undefined || watch.namespace === object.metadata.namespace) &&
  (watch.fields === undefined || matchesFieldSelector(watch.fields, object)) &&
  (watch.labels === undefined || matchesRequirements(watch.labels, object.metadata.labels));

function send(watch: WatchState, event: WatchEvent['event'], resource: Resource, object: KubeObject, ctx: Ctx, why?: FieldRef): void {
  const body: WatchEvent = { type: 'WatchEvent', watch: watch.watch, event, resource: resource.id, object };
  ctx.send(watch.client, body, apiLatencyMs.watch, why);
}
