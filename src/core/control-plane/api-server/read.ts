/** get and list. */

import { matchesFieldSelector, matchesRequirements } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiResult } from '../../contracts/watch.ts';
import type { Call } from './call.ts';
import { badRequest, notFound, Refusal } from './errors.ts';
import { selectors } from './fields.ts';
import { listObjects, lookUp } from './state.ts';

export function get(call: Call): ApiResult {
  return { code: 200, object: existing(call) };
}

/** The object that the request names, or a 404. */
export function existing(call: Call): KubeObject {
  const object = lookUp(call.state, call.resource.id, call.namespace, call.name);
  if (!object) throw new Refusal(notFound(call.resource, call.name));
  return object;
}

export function list(call: Call): ApiResult {
  const { kind, apiVersion } = call.resource;
  return {
    code: 200,
    list: { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: String(call.state.resourceVersion) }, items: selected(call) },
  };
}

/** What the selectors of the request choose, sorted by namespace and name. */
export function selected(call: Call): KubeObject[] {
  const { request, resource } = call;
  const chosen = selectors(resource, request.labelSelector, request.fieldSelector);
  if (chosen.error !== undefined) throw new Refusal(badRequest(chosen.error));
  return listObjects(call.state, resource.id, call.namespace).filter(
    (object) => matchesFieldSelector(chosen.fields, object) && matchesRequirements(chosen.labels, object.metadata.labels),
  );
}
