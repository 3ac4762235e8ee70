/** update and patch. Models apiserver/pkg/registry/generic/registry/store.go Update, rest.BeforeUpdate and endpoints/handlers/patch.go, v1.36.2. */
import { applyDefaults } from '../../api/defaults/defaults.ts';
import { clone, equal } from '../../api/equal.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateUpdate } from '../../api/validation/validate.ts';
import type { ApiResult } from '../../contracts/watch.ts';
import { share } from '../../engine/share.ts';
import { admit, charge, validateAdmission } from './admission/admission.ts';
import type { Call } from './call.ts';
import { createObject } from './create.ts';
import { decodeObject, decodePatched } from './decode.ts';
import { badRequest, conflict, modified, notFound, Refusal } from './errors.ts';
import { invalid, refuse } from './invalid.ts';
import { applyPatch } from './patch/patch.ts';
import { existing } from './read.ts';
import { lookUp } from './state.ts';
import { put, remove } from './storage.ts';
import { hasGeneration, specChanged } from './strategies/generation.ts';
import { strategyOf } from './strategies/strategy.ts';
import { ephemeralContainersOnly, resizeOnly } from './subresources/pod-parts.ts';
import { warningsFor } from './warnings/warnings.ts';

export function update(call: Call): ApiResult {
  const object = decodeObject(call, call.request.object);
  if (!call.name && object.metadata.name) return update({ ...call, name: object.metadata.name });
  checkName(call, object);
  return { code: 200, object: replace({ ...call, namespace: object.metadata.namespace ?? '' }, object, existing(call), false) };
}

function checkName(call: Call, { metadata: { name } }: KubeObject): void {
  if (name === call.name) return;
  throw new Refusal(badRequest(name ? `the name of the object (${name}) does not match the name on the URL (${call.name})` : 'name must be provided'));
}

export function patch(call: Call): ApiResult {
  const { patchType } = call.request;
  const old = lookUp(call.state, call.resource.id, call.namespace, call.name);
  if (!old) {
    if (patchType !== 'apply' || call.request.subresource) throw new Refusal(notFound(call.resource, call.name));
    const object = decodeObject(call, call.request.patch);
    object.metadata.name ||= call.name;
    return { code: 201, object: createObject(call, object) };
  }
  const patched = applyPatch(old, call.request.patch, patchType ?? 'strategic', call.resource);
  if (patched === old) return { code: 200, object: old };
  return { code: 200, object: replace(call, ownCopy(call, patched, old), old, true) };
}

/** The patched object as the request's own. What only a component wrote into a status or the metadata shares all other fields with `old`. */
function ownCopy(call: Call, patched: KubeObject, old: KubeObject): KubeObject {
  const subresource = call.request.subresource;
  const changed = Object.keys(patched).some((key) => key !== 'metadata' && patched[key] !== old[key]);
  // Parts that did not change were defaulted when they were stored. Of statuses only a Service's has defaults.
  const needsDefaults = call.untrusted || (changed && (subresource !== 'status' || old.kind === 'Service'));
  const typed = call.untrusted ? decodePatched(call, patched) : patched;
  const out = {} as KubeObject;
  for (const key of Object.keys(typed)) out[key] = !needsDefaults && typed[key] === old[key] ? old[key] : clone(typed[key]);
  out.metadata = clone(typed.metadata) ?? ({} as KubeObject['metadata']);
  for (const [field, word] of [
    ['kind', 'kind'],
    ['apiVersion', 'API version'],
  ] as const) {
    if (out[field] !== old[field]) throw new Refusal(badRequest(`the ${word} in the data (${out[field]}) does not match the expected ${word} (${old[field]})`));
  }
  checkName(call, out);
  if ((out.metadata.namespace ?? '') !== (old.metadata.namespace ?? ''))
    throw new Refusal(
      badRequest(`the namespace of the object (${out.metadata.namespace ?? ''}) does not match the namespace on the request (${call.namespace})`),
    );
  if (needsDefaults) applyDefaults(out);
  return out;
}

/** Stores `object` in place of `old`, if it differs. `patched`: a resourceVersion in it is the one it was patched from, unless the patch set it. */
export function replace(call: Call, object: KubeObject, old: KubeObject, patched: boolean): KubeObject {
  checkPreconditions(call, object, old, patched);
  keepSystemFields(object, old);
  const subresource = call.request.subresource;
  if (subresource === undefined) {
    admit(call, object, old);
    if (call.resource.status) {
      if (old.status === undefined) delete object.status;
      else object.status = old.status;
    }
    strategyOf(object.kind).prepareForUpdate?.(object, old, call);
  } else keepOthers(call, object, old, subresource);
  strategyOf(object.kind).canonicalize?.(object);
  const changed = reuse(object, old);
  if (!changed) return old;
  if (hasGeneration(object.kind) && subresource !== 'status' && specChanged(object, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  const errors = validateUpdate(object, old, subresource);
  if (errors.length > 0) throw refuse(call, errors);
  if (call.untrusted && subresource === undefined) call.warnings.push(...warningsFor(object, old));
  if (subresource === undefined) {
    const allocate = strategyOf(object.kind).allocate;
    if (allocate && object.spec !== old.spec) {
      object.spec = clone(object.spec);
      allocate(object, old, call);
    }
  }
  validateAdmission(call, object, old);
  if (call.dryRun) return share(object);
  charge(call, object, old);
  if (endsWithUpdate(object, old)) {
    strategyOf(old.kind).release?.(old, call);
    return remove(call.state, call.resource, old, call.ctx, call.why);
  }
  return put(call.state, call.resource, object, old, call.ctx, call.why);
}

/** ShouldDeleteDuringUpdate: the last finalizer of an object that waited for nothing else is gone. */
const endsWithUpdate = (object: KubeObject, old: KubeObject): boolean =>
  !object.metadata.finalizers?.length &&
  old.metadata.deletionTimestamp !== undefined &&
  !old.metadata.deletionGracePeriodSeconds &&
  !(object.kind === 'Namespace' && object.spec?.finalizers?.length);

function checkPreconditions(call: Call, object: KubeObject, old: KubeObject, patched: boolean): void {
  const { uid, resourceVersion } = object.metadata;
  if (uid && uid !== old.metadata.uid)
    throw new Refusal(conflict(call.resource, call.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`));
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw new Refusal(modified(call.resource, call.name));
  if (!resourceVersion && !patched && mustHaveVersion.has(object.kind)) throw invalid(call, 'metadata.resourceVersion', 0, 'must be specified for an update');
}

/** AllowUnconditionalUpdate is false for these. */
const mustHaveVersion = new Set([
  'Lease',
  'CSINode',
  'CSIDriver',
  'PriorityClass',
  'PodDisruptionBudget',
  'VolumeAttachment',
  'ServiceCIDR',
  'IPAddress',
  'RuntimeClass',
]);

function keepSystemFields(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  metadata.uid = old.metadata.uid;
  metadata.creationTimestamp = old.metadata.creationTimestamp;
  metadata.resourceVersion = old.metadata.resourceVersion;
  for (const field of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'] as const) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else (metadata as unknown as Record<string, unknown>)[field] = old.metadata[field];
  }
  delete (metadata as { managedFields?: unknown }).managedFields;
}

/** A subresource writes its own part; everything else stays. */
function keepOthers(call: Call, object: KubeObject, old: KubeObject, subresource: NonNullable<Call['request']['subresource']>): void {
  if (subresource === 'resize') resizeOnly(call, object, old);
  else if (subresource === 'ephemeralcontainers') ephemeralContainersOnly(object, old);
  else {
    for (const key of Object.keys(object)) if (key !== 'metadata' && key !== 'status') delete object[key];
    for (const key of Object.keys(old)) if (key !== 'metadata' && key !== 'status') object[key] = old[key];
  }
  if (object.kind !== 'Pod') return;
  // Old kubelets are known to spoil these.
  if (old.metadata.ownerReferences) object.metadata.ownerReferences = old.metadata.ownerReferences;
  else delete object.metadata.ownerReferences;
  if (subresource === 'status' && object.status && object.status !== old.status) object.status.qosClass ??= old.status?.qosClass;
}

/** Puts `old`'s values where they are equal, so that versions share what did not change. False when nothing changed at all. */
function reuse(object: KubeObject, old: KubeObject): boolean {
  let changed = false;
  for (const key of Object.keys(object)) {
    if (object[key] === old[key]) continue;
    if (equal(object[key], old[key])) object[key] = old[key];
    else changed = true;
  }
  for (const key of Object.keys(old)) if (old[key] !== undefined && object[key] === undefined) changed = true;
  if (object.metadata === old.metadata) object.metadata = { ...old.metadata };
  return changed;
}
