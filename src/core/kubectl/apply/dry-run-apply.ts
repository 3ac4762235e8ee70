/** What the API server would answer to `kubectl apply` of an object now. Nothing is changed. */
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { type ApiCall, type ApiResult, apiserver } from '../../contracts/watch.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import { applyObject } from './apply-object.ts';

/** Served by the room `kubectl`: answers `{ applied: ApiResult }`. */
export interface DryRunApply extends Body {
  readonly type: 'DryRunApply';
  readonly object: unknown;
  /** For what names none. */
  readonly namespace?: string;
}

export function dryRunApply(request: DryRunApply, ctx: Ctx): ApiResult {
  const object = request.object as KubeObject;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return refused(400, 'a manifest is a map with apiVersion, kind and metadata');
  if (typeof object.kind !== 'string' || object.kind === '') return refused(400, "Object 'Kind' is missing");
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') return refused(400, "Object 'apiVersion' is missing");
  const resource = resourceOfKind(object.apiVersion, object.kind);
  if (!resource) return refused(404, `no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
  const written = object.metadata?.namespace;
  const namespace = resource.namespaced ? (typeof written === 'string' && written !== '' ? written : (request.namespace ?? 'default')) : '';
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '') {
    if (!object.metadata?.generateName) return refused(422, 'resource name may not be empty');
  }
  const api = (call: ApiCall): ApiResult => ctx.call<ApiResult>(apiserver, { type: 'ApiRequest', id: 'kubectl', user: 'kubernetes-admin', ...call } as never);
  return applyObject(api, resource, namespace, object, { dryRun: 'server', fieldValidation: 'Strict' }).result;
}

const refused = (code: number, message: string): ApiResult => ({
  code,
  status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: code === 404 ? 'NotFound' : 'BadRequest', code },
});
