/** An API server for tests: pods, events and whatever else by name; watches of everything; no validation. */
import { clone } from '../../../api/equal.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { ApiCall, ApiRequest, WatchRequest } from '../../../contracts/watch.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Body, Ctx, Message, Room } from '../../../engine/types.ts';

export interface FakeApiState {
  objects: Record<string, KubeObject>;
  watches: { to: string; watch: string; resource: string; fieldSelector?: string }[];
  version: number;
  /** What happened: `ms resource verb name`. */
  log: { atMs: number; verb: string; resource: string; object: KubeObject }[];
}

export const fakeApiServer: Room<FakeApiState> = {
  initial: (): FakeApiState => ({ objects: {}, watches: [], version: 0, log: [] }),
  handle,
  serve: (state, request, ctx) => call(state, request as ApiRequest, ctx),
};

const latencyMs = 3;

function handle(state: FakeApiState, message: Message, ctx: Ctx): void {
  const { body } = message;
  if (body.type === 'Watch') {
    const { watch, resource, fieldSelector } = body as WatchRequest;
    const entry = { to: message.from, watch, resource, ...(fieldSelector ? { fieldSelector } : {}) };
    state.watches.push(entry);
    for (const key in state.objects) if (key.startsWith(`${resource}|`)) tell(entry, 'ADDED', state.objects[key] as KubeObject, ctx);
    ctx.send(message.from, { type: 'WatchEvent', watch, event: 'SYNCED', resource } as Body, latencyMs);
  } else if (body.type === 'ApiRequest') {
    const request = body as ApiRequest;
    ctx.send(message.from, { type: 'ApiResponse', id: request.id, ...(call(state, request, ctx) as object) } as Body, 2);
  }
}

function tell(watch: FakeApiState['watches'][number], event: string, object: KubeObject, ctx: Ctx): void {
  const selector = watch.fieldSelector ?? '';
  if (selector.startsWith('spec.nodeName=') && object.spec?.nodeName !== selector.slice('spec.nodeName='.length)) return;
  if (selector.startsWith('metadata.name=') && object.metadata.name !== selector.slice('metadata.name='.length)) return;
  ctx.send(watch.to, { type: 'WatchEvent', watch: watch.watch, event, resource: watch.resource, object } as Body, latencyMs);
}

const notFound = { code: 404, status: { kind: 'Status', code: 404, reason: 'NotFound' } };

function call(state: FakeApiState, request: ApiCall, ctx: Ctx): unknown {
  const { verb, resource, namespace = '', name = '' } = request;
  const key = `${resource}|${namespace}/${name}`;
  const old = state.objects[key];
  switch (verb) {
    case 'get':
      return old ? { code: 200, object: old } : notFound;
    case 'create': {
      if (request.subresource) return { code: 201, object: { status: { token: 'token', expirationTimestamp: rfc3339(ctx.epochMs + 3_600_000) } } };
      const object = clone(request.object) as KubeObject;
      object.metadata.namespace = namespace || (object.metadata.namespace ?? '');
      object.metadata.uid ||= `uid-${object.metadata.name}-${state.version}`;
      object.metadata.creationTimestamp ||= rfc3339(ctx.epochMs);
      if (resource === 'pods') object.status ??= { phase: 'Pending' };
      return { code: 201, object: store(state, resource, 'ADDED', object, ctx) };
    }
    case 'patch':
    case 'update': {
      if (!old) return notFound;
      const object = verb === 'update' ? (clone(request.object) as KubeObject) : (merge(clone(old), request.patch) as KubeObject);
      return { code: 200, object: store(state, resource, 'MODIFIED', object, ctx) };
    }
    case 'delete': {
      if (!old) return notFound;
      const uid = request.options?.preconditions?.uid;
      if (uid && uid !== old.metadata.uid) return { code: 409 };
      const grace = request.options?.gracePeriodSeconds ?? old.spec?.terminationGracePeriodSeconds ?? 30;
      if (grace === 0 || !old.spec?.nodeName) {
        delete state.objects[key];
        announce(state, resource, 'DELETED', old, ctx);
        return { code: 200, object: old };
      }
      const object = clone(old);
      object.metadata.deletionTimestamp ??= rfc3339(ctx.epochMs + grace * 1000);
      object.metadata.deletionGracePeriodSeconds = grace;
      object.metadata.generation = (object.metadata.generation ?? 1) + 1;
      return { code: 200, object: store(state, resource, 'MODIFIED', object, ctx) };
    }
    default:
      return notFound;
  }
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const out = (typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}) as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merge(out[key], value);
  }
  return out;
}

function store(state: FakeApiState, resource: string, event: string, object: KubeObject, ctx: Ctx): KubeObject {
  state.version += 1;
  object.metadata.resourceVersion = String(state.version);
  Object.freeze(object);
  state.objects[`${resource}|${object.metadata.namespace ?? ''}/${object.metadata.name}`] = object;
  announce(state, resource, event, object, ctx);
  return object;
}

function announce(state: FakeApiState, resource: string, event: string, object: KubeObject, ctx: Ctx): void {
  state.log.push({ atMs: ctx.nowMs, verb: event, resource, object });
  for (const watch of state.watches) if (watch.resource === resource) tell(watch, event, object, ctx);
}
