/** From what a request carries to an object of the resource, defaulted. Models apiserver/pkg/endpoints/handlers/{create,update}.go, v1.36.2. */
import { decodeStrict, strictDecodingError } from '../../api/decode/decode.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import { clone } from '../../api/equal.ts';
import type { KubeObject } from '../../api/types.ts';
import { goQuote, invalid as invalidField, invalidStatus } from '../../api/validation/field.ts';
import type { Call } from './call.ts';
import { badRequest, Refusal } from './errors.ts';
import { goMap } from './patch/go-map.ts';

/** The request's own copy: free to change. */
export function decodeObject(call: Call, raw: unknown): KubeObject {
  const object = call.untrusted ? decodeTyped(call, withoutEmptyTime(raw)) : clone(asObject(raw, call));
  const { kind, apiVersion } = call.resource;
  if (object.kind === undefined && object.apiVersion === undefined) Object.assign(object, { kind, apiVersion });
  if (object.apiVersion !== apiVersion)
    throw new Refusal(badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`));
  if (object.kind !== kind) throw new Refusal(badRequest(cannotConvert(object, call)));
  object.metadata = typeof object.metadata === 'object' && object.metadata !== null ? object.metadata : ({} as KubeObject['metadata']);
  checkNamespace(object, call);
  applyDefaults(object);
  return object;
}

/** Simplified: an empty creationTimestamp means none (objects of a cluster's add-ons have it so); upstream refuses to parse it. */
function withoutEmptyTime(raw: unknown): unknown {
  const metadata = (raw as { metadata?: Record<string, unknown> } | null | undefined)?.metadata;
  if (typeof metadata !== 'object' || metadata === null || metadata.creationTimestamp !== '') return raw;
  const { creationTimestamp: _empty, ...rest } = metadata;
  return { ...(raw as object), metadata: rest };
}

/** Strict decoding of what people wrote: wrong types end the request, unknown fields as `fieldValidation` says (default Warn, as the server's). */
function decodeTyped(call: Call, raw: unknown): KubeObject {
  const { object, error, unknownFields } = decodeStrict(raw);
  if (error) throw new Refusal(error);
  if (!object) throw new Refusal(badRequest('the request body is empty'));
  const how = fieldValidation(call);
  if (unknownFields.length > 0 && how === 'Strict') throw new Refusal(strictDecodingError(object.apiVersion, object.kind, unknownFields));
  if (how === 'Warn') call.warnings.push(...unknownFields.map((path) => `unknown field ${goQuote(path)}`));
  return object;
}

/** The same for what a patch made: a 422 that shows the patch (strategic) or the whole result (merge, JSON). */
export function decodePatched(call: Call, patched: KubeObject): KubeObject {
  const { object, error, unknownFields } = decodeStrict(patched);
  const refuse = (text: string): Refusal => {
    const { patch, patchType } = call.request;
    const shown = patchType === 'merge' || patchType === 'json' ? JSON.stringify(patched) : goMap(patch);
    return new Refusal(invalidStatus('', '', '', [invalidField('patch', shown, text)]));
  };
  if (error) throw refuse((error.message ?? '').replace(/^.* cannot be handled as a [A-Za-z]+: /, ''));
  if (!object) throw refuse('the request body is empty');
  const problems = unknownFields.map((path) => `unknown field ${goQuote(path)}`);
  const how = fieldValidation(call);
  if (problems.length > 0 && how === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`);
  if (how === 'Warn') call.warnings.push(...problems);
  return object;
}

const fieldValidation = (call: Call): 'Strict' | 'Warn' | 'Ignore' => call.request.options?.fieldValidation ?? 'Warn';

function asObject(raw: unknown, call: Call): KubeObject {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as KubeObject;
  throw new Refusal(badRequest(`the object provided is unrecognized (must be of type ${call.resource.kind})`));
}

function cannotConvert(object: KubeObject, call: Call): string {
  const of = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);
  const group = (call.resource.group || 'core').split('.')[0];
  return `${object.kind} in version "${of(object.apiVersion)}" cannot be handled as a ${call.resource.kind}: converting (${of(object.apiVersion)}.${object.kind}) to (${group}.${call.resource.kind}): unknown conversion`;
}

function checkNamespace(object: KubeObject, call: Call): void {
  const { metadata } = object;
  if (!call.resource.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = call.namespace || 'default';
  else if (call.namespace && metadata.namespace !== call.namespace)
    throw new Refusal(badRequest('the namespace of the provided object does not match the namespace sent on the request'));
}
