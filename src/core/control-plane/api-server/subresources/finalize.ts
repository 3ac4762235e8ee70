/** Namespaces' own finalizers. Models pkg/registry/core/namespace/storage/storage.go FinalizeREST, v1.36.2. */
import type { KubeObject } from '../../../api/types.ts';
import type { ApiResult } from '../../../contracts/watch.ts';
import type { Call } from '../call.ts';
import { methodNotAllowed, modified, Refusal } from '../errors.ts';
import { existing } from '../read.ts';
import { put, remove } from '../storage.ts';

/** Only spec.finalizers of the given object count. With the last one gone a namespace that is being deleted goes too. */
export function finalizeNamespace(call: Call): ApiResult {
  if (call.request.verb !== 'update') throw new Refusal(methodNotAllowed(call.resource, call.request.verb));
  const old = existing(call);
  const asked = call.request.object as KubeObject | undefined;
  const version = asked?.metadata?.resourceVersion;
  if (version && version !== old.metadata.resourceVersion) throw new Refusal(modified(call.resource, call.name));
  const given: unknown = asked?.spec?.finalizers;
  const finalizers = Array.isArray(given) ? given.filter((f): f is string => typeof f === 'string') : [];
  const { finalizers: _, ...spec } = old.spec ?? {};
  const next: KubeObject = { ...old, spec: finalizers.length > 0 ? { ...spec, finalizers } : spec };
  if (call.dryRun) return { code: 200, object: next };
  if (finalizers.length === 0 && old.metadata.deletionTimestamp !== undefined && !old.metadata.finalizers?.length)
    return { code: 200, object: remove(call.state, call.resource, old, call.ctx, call.why) };
  return { code: 200, object: put(call.state, call.resource, next, old, call.ctx, call.why) };
}
