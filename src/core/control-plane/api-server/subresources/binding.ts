/** The scheduler's decision is written. Models pkg/registry/core/pod/storage/storage.go BindingREST, v1.36.2. */
import type { Condition, KubeObject, Pod } from '../../../api/types.ts';
import type { ApiResult } from '../../../contracts/watch.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { badRequest, conflict, methodNotAllowed, Refusal, success } from '../errors.ts';
import { existing } from '../read.ts';
import { put } from '../storage.ts';

export function binding(call: Call): ApiResult {
  if (call.request.verb !== 'create') throw new Refusal(methodNotAllowed(call.resource, call.request.verb));
  const body = call.request.object as { target?: { kind?: string; name?: string }; metadata?: Partial<KubeObject['metadata']> } | undefined;
  const node = body?.target?.name;
  if (typeof node !== 'string' || node === '') throw new Refusal(badRequest('Binding "" is invalid: target.name: Required value'));
  const pod = existing(call) as Pod;
  const refuse = (text: string): Refusal => new Refusal(conflict({ ...call.resource, id: 'pods/binding' }, pod.metadata.name, text));
  if (body?.metadata?.uid && body.metadata.uid !== pod.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${body.metadata.uid}, UID in object meta: ${pod.metadata.uid}`);
  if (pod.metadata.deletionTimestamp !== undefined) throw refuse(`pod ${pod.metadata.name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw refuse(`pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`);
  if ((pod.spec as { schedulingGates?: unknown[] }).schedulingGates?.length) throw refuse(`pod ${pod.metadata.name} has non-empty .spec.schedulingGates`);
  if (!call.dryRun) put(call.state, call.resource, bound(pod, node, body?.metadata, rfc3339(call.ctx.epochMs)), pod, call.ctx, call.why);
  return { code: 201, status: { ...success(), code: 201 } };
}

function bound(pod: Pod, nodeName: string, meta: Partial<KubeObject['metadata']> | undefined, now: string): Pod {
  const scheduled: Condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now };
  const before = pod.status.conditions ?? [];
  const conditions = before.some((c) => c.type === 'PodScheduled') ? before.map((c) => (c.type === 'PodScheduled' ? scheduled : c)) : [...before, scheduled];
  // A pod that is bound has no nominated node any more.
  const { nominatedNodeName: _, ...status } = pod.status;
  const metadata = { ...pod.metadata };
  if (meta?.annotations) metadata.annotations = { ...metadata.annotations, ...meta.annotations };
  if (meta?.labels) metadata.labels = { ...metadata.labels, ...meta.labels };
  return { ...pod, metadata, spec: { ...pod.spec, nodeName }, status: { ...status, conditions } };
}
