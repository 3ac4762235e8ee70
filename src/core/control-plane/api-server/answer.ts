/** One request → one answer: finds resource, verb and subresource. Models apiserver/pkg/endpoints (installer, handlers), v1.36.2. */
import { type Resource, resourceById } from '../../api/resources.ts';
import type { Status } from '../../api/types.ts';
import type { ApiCall, ApiResult } from '../../contracts/watch.ts';
import type { Address, Ctx, FieldRef } from '../../engine/types.ts';
import type { Call } from './call.ts';
import { create } from './create.ts';
import { deleteCollection, deleteOne } from './delete.ts';
import { badRequest, methodNotAllowed, noSuchResource, Refusal } from './errors.ts';
import { get, list } from './read.ts';
import type { ApiServerState } from './state.ts';
import { binding } from './subresources/binding.ts';
import { evict } from './subresources/eviction.ts';
import { finalizeNamespace } from './subresources/finalize.ts';
import { scale } from './subresources/scale.ts';
import { token } from './subresources/token.ts';
import { patch, update } from './update.ts';

/** `from` is the sender of a message, absent for calls (people: kubectl, the page). Never throws for what the request holds. */
export function answer(state: ApiServerState, request: ApiCall, from: Address | undefined, ctx: Ctx, why?: FieldRef): ApiResult {
  const call = callOf(state, request, from, ctx, why);
  if ('status' in call) return { code: call.status.code, status: call.status };
  try {
    const result = route(call);
    return call.warnings.length > 0 ? { ...result, warnings: call.warnings } : result;
  } catch (error) {
    for (const undo of call.undo.reverse()) undo();
    // Nested beyond what a call stack holds: refused before anything was written.
    if (error instanceof RangeError) return answerOf(badRequest('the request is nested too deeply'), call);
    if (!(error instanceof Refusal)) throw error;
    return answerOf(error.status, call);
  }
}

const answerOf = (status: Status, call: Call): ApiResult => ({ code: status.code, status, ...(call.warnings.length > 0 ? { warnings: call.warnings } : {}) });

function callOf(state: ApiServerState, request: ApiCall, from: Address | undefined, ctx: Ctx, why?: FieldRef): Call | Refusal {
  const resource = typeof request.resource === 'string' ? resourceById(request.resource) : undefined;
  if (!resource) return new Refusal(noSuchResource());
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const warnings: string[] = [];
  if (resource.id === 'endpoints') warnings.push('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
  return {
    state,
    ctx,
    resource,
    request,
    namespace: resource.namespaced ? text(request.namespace) : '',
    name: text(request.name),
    dryRun: request.options?.dryRun === true,
    untrusted: from === undefined || from === 'kubectl',
    warnings,
    undo: [],
    ...(why ? { why } : {}),
  };
}

function route(call: Call): ApiResult {
  const { request, resource } = call;
  if (request.subresource !== undefined) return subresource(call);
  switch (request.verb) {
    case 'get':
      return get(call);
    case 'list':
      return list(call);
    case 'create':
      return create(call);
    case 'update':
      return update(call);
    case 'patch':
      return patch(call);
    case 'delete':
      return deleteOne(call);
    case 'deletecollection':
      return deleteCollection(call);
    default:
      throw new Refusal(methodNotAllowed(resource, String(request.verb)));
  }
}

function subresource(call: Call): ApiResult {
  const { request, resource } = call;
  if (!exists(resource, request.subresource as string)) throw new Refusal(noSuchResource());
  switch (request.subresource) {
    case 'scale':
      return scale(call);
    case 'binding':
      return binding(call);
    case 'eviction':
      return evict(call);
    case 'finalize':
      return finalizeNamespace(call);
    case 'token':
      return token(call);
    default:
      if (request.verb === 'get') return get(call);
      if (request.verb === 'update') return update(call);
      if (request.verb === 'patch') return patch(call);
      throw new Refusal(badRequest('the server does not allow this method on the requested resource'));
  }
}

function exists(resource: Resource, subresource: string): boolean {
  switch (subresource) {
    case 'status':
      return resource.status;
    case 'scale':
      return resource.scale;
    case 'finalize':
      return resource.kind === 'Namespace';
    case 'token':
      return resource.kind === 'ServiceAccount';
    case 'binding':
    case 'eviction':
    case 'resize':
    case 'ephemeralcontainers':
      return resource.kind === 'Pod';
    default:
      return false;
  }
}
