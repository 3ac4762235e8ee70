/** delete and deletecollection. Models apiserver/pkg/registry/generic/registry/store.go Delete and rest.BeforeDelete, v1.36.2. */

import { isPodTerminal } from '../../api/pods.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import type { ApiResult, RequestOptions } from '../../contracts/watch.ts';
import { share } from '../../engine/share.ts';
import { parseTime, rfc3339 } from '../../engine/time.ts';
import { charge } from './admission/admission.ts';
import type { Call } from './call.ts';
import { badRequest, conflict, failure, forbidden, methodNotAllowed, Refusal, success } from './errors.ts';
import { existing, selected } from './read.ts';
import { put, remove } from './storage.ts';
import { strategyOf } from './strategies/strategy.ts';

export function deleteOne(call: Call): ApiResult {
  const { object, gone } = deleteObject(call, existing(call), call.request.options ?? {});
  if (!gone || returnsObject(object.kind)) return { code: 200, object };
  const { resource } = call;
  return {
    code: 200,
    status: success({ name: object.metadata.name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid: object.metadata.uid }),
  };
}

export function deleteCollection(call: Call): ApiResult {
  if (call.resource.kind === 'Namespace') throw new Refusal(methodNotAllowed(call.resource, 'deletecollection'));
  const items = selected(call).map(
    (object) => deleteObject({ ...call, name: object.metadata.name, namespace: object.metadata.namespace ?? '' }, object, call.request.options ?? {}).object,
  );
  const { kind, apiVersion } = call.resource;
  return { code: 200, list: { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: String(call.state.resourceVersion) }, items } };
}

/** These kinds answer with the object itself (ReturnDeletedObject), the others with a Status once it is gone. */
const returnsObject = (kind: string): boolean => returning.has(kind);
const returning = new Set([
  'Pod',
  'Service',
  'ServiceAccount',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'PodTemplate',
  'ResourceQuota',
  'StorageClass',
  'VolumeAttachment',
  'CSINode',
  'CSIDriver',
]);

const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** `gone`: the object is stored no more. Otherwise it waits for its grace period, its finalizers or (Namespace) its content. */
export function deleteObject(call: Call, object: KubeObject, options: RequestOptions): { object: KubeObject; gone: boolean } {
  checkOptions(options);
  checkPreconditions(call, object, options);
  if (object.kind === 'Namespace') {
    const waits = deleteNamespace(call, object, options);
    if (waits) return { object: waits, gone: false };
  }
  const plan = beforeDelete(object, options, call.ctx.epochMs);
  if (plan.pending) return { object, gone: false };
  const finalizers = deletionFinalizers(object, options);
  const marked = plan.graceful ?? (finalizers.length > 0 ? markAsDeleting(object, call.ctx.epochMs) : undefined);
  let last = object;
  if (marked) {
    const next = withFinalizers(marked, finalizers);
    if (call.dryRun) return { object: share(next), gone: false };
    // A retried deletion that changes nothing writes nothing.
    if (!same(next, object, finalizers)) last = put(call.state, call.resource, next, object, call.ctx, call.why);
    if (finalizers.length > 0 || (plan.graceful && plan.graceSeconds > 0)) return { object: last, gone: false };
  }
  if (call.dryRun) return { object, gone: true };
  strategyOf(object.kind).release?.(last, call);
  charge(call, undefined, last);
  return { object: remove(call.state, call.resource, last, call.ctx, call.why), gone: true };
}

function checkOptions({ gracePeriodSeconds, propagationPolicy }: RequestOptions): void {
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isInteger(gracePeriodSeconds))
    throw new Refusal(badRequest(`json: cannot unmarshal ${typeof gracePeriodSeconds} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`));
  if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)) {
    const text = `propagationPolicy: Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw new Refusal(failure(422, 'Invalid', `DeleteOptions.meta.k8s.io "" is invalid: ${text}`, { group: 'meta.k8s.io', kind: 'DeleteOptions' }));
  }
}

function checkPreconditions(call: Call, object: KubeObject, { preconditions }: RequestOptions): void {
  const { uid, resourceVersion } = object.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const text = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw new Refusal(conflict(call.resource, object.metadata.name, text));
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const text = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw new Refusal(conflict(call.resource, object.metadata.name, text));
  }
}

/** `pending`: a deletion is under way and this one asks for nothing sooner. `graceful`: what to store first. */
interface Plan {
  pending?: boolean;
  graceful?: KubeObject;
  graceSeconds: number;
}

function beforeDelete(object: KubeObject, options: RequestOptions, nowMs: number): Plan {
  // Of the kinds here pods alone are deleted gracefully.
  if (object.kind !== 'Pod') return { graceSeconds: 0 };
  const asked = options.gracePeriodSeconds === undefined || options.gracePeriodSeconds === null ? undefined : graceOf(options.gracePeriodSeconds);
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) {
    const current = metadata.deletionGracePeriodSeconds ?? 0;
    if (current === 0) return { graceSeconds: 0 };
    if (asked === undefined || asked >= current) return { pending: true, graceSeconds: current };
    let period = asked;
    let deadlineMs = parseTime(metadata.deletionTimestamp) - current * 1000 + asked * 1000;
    // The deadline never moves into the past.
    if (deadlineMs < nowMs) {
      deadlineMs = nowMs;
      if (period !== 0) period = 1;
    }
    return { graceSeconds: period, graceful: withMeta(object, { deletionTimestamp: rfc3339(deadlineMs), deletionGracePeriodSeconds: period }) };
  }
  const pod = object as Pod;
  let period = asked ?? graceOf(pod.spec.terminationGracePeriodSeconds ?? 0);
  if (!pod.spec.nodeName || isPodTerminal(pod)) period = 0;
  return {
    graceSeconds: period,
    graceful: withMeta(bumped(object), { deletionTimestamp: rfc3339(nowMs + period * 1000), deletionGracePeriodSeconds: period }),
  };
}

/** Whole seconds; what is negative counts as one. */
const graceOf = (seconds: number): number => (seconds < 0 ? 1 : Math.floor(Math.min(seconds, Number.MAX_SAFE_INTEGER / 2000)));

const bumped = (object: KubeObject): KubeObject => (object.metadata.generation ? withMeta(object, { generation: object.metadata.generation + 1 }) : object);

const withMeta = (object: KubeObject, change: Partial<KubeObject['metadata']>): KubeObject => ({ ...object, metadata: { ...object.metadata, ...change } });

function withFinalizers(object: KubeObject, finalizers: string[]): KubeObject {
  if (finalizers.length > 0) return withMeta(object, { finalizers });
  if (!object.metadata.finalizers) return object;
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function markAsDeleting(object: KubeObject, nowMs: number): KubeObject {
  const was = object.metadata.deletionTimestamp;
  const first = was === undefined ? bumped(object) : object;
  const deletionTimestamp = was === undefined || parseTime(was) > nowMs ? rfc3339(nowMs) : was;
  return withMeta(first, { deletionTimestamp, deletionGracePeriodSeconds: 0 });
}

const same = (next: KubeObject, object: KubeObject, finalizers: string[]): boolean =>
  next.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
  next.metadata.deletionGracePeriodSeconds === object.metadata.deletionGracePeriodSeconds &&
  finalizers.length === (object.metadata.finalizers?.length ?? 0) &&
  finalizers.every((f, i) => f === object.metadata.finalizers?.[i]);

/** deletionFinalizersForGarbageCollection: the finalizers after the propagation policy had its say. */
function deletionFinalizers(object: KubeObject, { propagationPolicy }: RequestOptions): string[] {
  const old = object.metadata.finalizers ?? [];
  if (object.kind === 'Event') return old;
  const orphan =
    propagationPolicy !== undefined
      ? propagationPolicy === 'Orphan'
      : old.includes('orphan') || (!old.includes('foregroundDeletion') && orphansByDefault.has(object.kind));
  const foreground = propagationPolicy !== undefined ? propagationPolicy === 'Foreground' : old.includes('foregroundDeletion') && !orphan;
  const out = old.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion');
  if (orphan) out.push('orphan');
  if (foreground) out.push('foregroundDeletion');
  const unchanged = out.length === old.length && out.every((f) => old.includes(f));
  return unchanged ? old : out;
}

/** Without a policy the v1 APIs of these leave their dependents behind, for back compatibility. */
const orphansByDefault = new Set(['Job', 'ReplicationController']);

/** Models pkg/registry/core/namespace/storage.go Delete. Undefined: nothing is left to wait for. */
function deleteNamespace(call: Call, object: KubeObject, options: RequestOptions): KubeObject | undefined {
  if (immortal.has(object.metadata.name)) throw new Refusal(forbidden(call.resource, object.metadata.name, 'this namespace may not be deleted'));
  if (object.metadata.deletionTimestamp === undefined) {
    const marked = withFinalizers(withMeta(object, { deletionTimestamp: rfc3339(call.ctx.epochMs) }), deletionFinalizers(object, options));
    marked.status = { ...object.status, phase: 'Terminating' };
    return call.dryRun ? share(marked) : put(call.state, call.resource, marked, object, call.ctx, call.why);
  }
  return object.spec?.finalizers?.length ? object : undefined;
}
