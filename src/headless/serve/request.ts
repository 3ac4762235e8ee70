/** An HTTP request on a resource → a call of the API server. Models k8s.io/apiserver pkg/endpoints/handlers, v1.36.2. */
import type { ApiCall } from '../../core/index.ts';
import { loadManifest } from '../../session/yaml/manifest.ts';
import type { Route } from './route.ts';

/** Upstream's limit of a request body, 3 MiB. */
export const maxBodyBytes = 3 * 1024 * 1024;

export type Refused = { code: number; reason: string; message: string };

const patchTypes: Record<string, ApiCall['patchType']> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

export function callOf(method: string, route: Route, query: URLSearchParams, contentType: string, body: string): ApiCall | Refused {
  const call: ApiCall = { verb: 'get', resource: route.resource.id };
  if (route.namespace) call.namespace = route.namespace;
  if (route.name) call.name = route.name;
  if (route.subresource) call.subresource = route.subresource as NonNullable<ApiCall['subresource']>;
  for (const name of ['labelSelector', 'fieldSelector'] as const) {
    const value = query.get(name);
    if (value) call[name] = value;
  }
  call.options = optionsOf(query);
  switch (method) {
    case 'GET':
      return { ...call, verb: route.name ? 'get' : 'list' };
    case 'POST':
    case 'PUT': {
      const object = parsed(contentType, body);
      return 'code' in object
        ? object
        : { ...call, verb: method === 'POST' ? 'create' : 'update', object: route.subresource === '' ? withKind(object.value, route) : object.value };
    }
    case 'PATCH': {
      const patchType = patchTypes[mediaType(contentType)];
      if (!patchType) return { code: 415, reason: 'UnsupportedMediaType', message: unsupported(Object.keys(patchTypes)) };
      const patch = parsed(patchType === 'apply' ? 'application/yaml' : 'application/json', body);
      return 'code' in patch ? patch : { ...call, verb: 'patch', patchType, patch: patch.value };
    }
    case 'DELETE': {
      const given = body === '' ? { value: {} } : parsed(contentType, body);
      if ('code' in given) return given;
      call.options = { ...call.options, ...deleteOptions(given.value) };
      return { ...call, verb: route.name ? 'delete' : 'deletecollection' };
    }
    default:
      return { code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource' };
  }
}

/** What the path says need not be said again. Models pkg/endpoints/handlers/create.go, whose decoder has the kind of the path as its default. */
function withKind(value: unknown, { resource }: Route): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return { ...('apiVersion' in value ? {} : { apiVersion: resource.apiVersion }), ...('kind' in value ? {} : { kind: resource.kind }), ...value };
}

const mediaType = (contentType: string): string => (contentType.split(';')[0] as string).trim().toLowerCase();

const unsupported = (known: string[]): string => `the body of the request was in an unknown format - accepted media types include: ${known.join(', ')}`;

function parsed(contentType: string, body: string): { value: unknown } | Refused {
  const type = mediaType(contentType) || 'application/json';
  if (type === 'application/json') {
    try {
      return { value: JSON.parse(body) };
    } catch (error) {
      return { code: 400, reason: 'BadRequest', message: `couldn't get version/kind; json parse error: ${(error as Error).message}` };
    }
  }
  if (type === 'application/yaml') {
    const { documents, error } = loadManifest('body', body);
    if (error) return { code: 400, reason: 'BadRequest', message: error.replace(/^error: /, '') };
    return { value: documents[0]?.object ?? {} };
  }
  return { code: 415, reason: 'UnsupportedMediaType', message: unsupported(['application/json', 'application/yaml']) };
}

function optionsOf(query: URLSearchParams): NonNullable<ApiCall['options']> {
  const out: NonNullable<ApiCall['options']> = {};
  if (query.get('dryRun') === 'All') out.dryRun = true;
  if (query.get('force') === 'true') out.force = true;
  const manager = query.get('fieldManager');
  if (manager) out.fieldManager = manager;
  const validation = query.get('fieldValidation');
  if (validation === 'Strict' || validation === 'Warn' || validation === 'Ignore') out.fieldValidation = validation;
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && /^\d{1,9}$/.test(grace)) out.gracePeriodSeconds = Number(grace);
  const policy = query.get('propagationPolicy');
  if (policy) out.propagationPolicy = policy as 'Background';
  return out;
}

/** metav1.DeleteOptions of the body. */
function deleteOptions(value: unknown): NonNullable<ApiCall['options']> {
  const out: NonNullable<ApiCall['options']> = {};
  if (value === null || typeof value !== 'object') return out;
  const given = value as { gracePeriodSeconds?: unknown; propagationPolicy?: unknown; preconditions?: unknown; dryRun?: unknown };
  if (typeof given.gracePeriodSeconds === 'number') out.gracePeriodSeconds = given.gracePeriodSeconds;
  if (typeof given.propagationPolicy === 'string') out.propagationPolicy = given.propagationPolicy as 'Background';
  if (Array.isArray(given.dryRun) && given.dryRun.includes('All')) out.dryRun = true;
  const wanted = given.preconditions as { uid?: unknown; resourceVersion?: unknown } | undefined;
  if (wanted !== null && typeof wanted === 'object') {
    const preconditions: { uid?: string; resourceVersion?: string } = {};
    if (typeof wanted.uid === 'string') preconditions.uid = wanted.uid;
    if (typeof wanted.resourceVersion === 'string') preconditions.resourceVersion = wanted.resourceVersion;
    out.preconditions = preconditions;
  }
  return out;
}
