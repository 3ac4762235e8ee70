/** Applying a patch to an object. Parts that a patch does not touch stay the same values. Models apiserver/pkg/endpoints/handlers/patch.go, v1.36.2. */
import type { Resource } from '../../../api/resources.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { PatchType } from '../../../contracts/watch.ts';
import { badRequest, Refusal } from '../errors.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic.ts';

export function applyPatch(old: KubeObject, patch: unknown, type: PatchType, resource: Resource): KubeObject {
  if (type === 'json') {
    if (!Array.isArray(patch)) throw new Refusal(badRequest(`json: cannot unmarshal ${goType(patch)} into Go value of type jsonpatch.Patch`));
    return jsonPatch(old, patch) as KubeObject;
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    throw new Refusal(badRequest(`json: cannot unmarshal ${goType(patch)} into Go value of type map[string]interface {}`));
  switch (type) {
    case 'merge':
      return mergePatch(old, patch) as KubeObject;
    // Simplified: server-side apply merges without owners of fields: nothing is taken away that an applier leaves out, and there are no conflicts.
    case 'apply':
    case 'strategic':
      return strategicMerge(old, patch as Record<string, unknown>, resource.kind) as KubeObject;
    default:
      throw new Refusal(badRequest(`unknown patch type ${String(type)}`));
  }
}

const goType = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'undefined' ? 'null' : typeof value;
