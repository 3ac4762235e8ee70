/** A deletion that disruption budgets may refuse. Models pkg/registry/core/pod/storage/eviction.go, v1.36.2. */

import { isPodReady, isPodTerminal } from '../../../api/pods.ts';
import { type Resource, resourceById } from '../../../api/resources.ts';
import { matchesSelector } from '../../../api/selector.ts';
import type { Condition, KubeObject, Pod } from '../../../api/types.ts';
import type { ApiResult, RequestOptions } from '../../../contracts/watch.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { deleteObject } from '../delete.ts';
import { badRequest, forbidden, internalError, methodNotAllowed, Refusal, success, tooManyRequests } from '../errors.ts';
import { existing } from '../read.ts';
import { listObjects } from '../state.ts';
import { put } from '../storage.ts';

/** More evicted pods than this wait for the controller's confirmation: no further eviction. */
const maxDisruptedPods = 2000;

const budgets = resourceById('poddisruptionbudgets.policy') as Resource;

const violates = "Cannot evict pod as it would violate the pod's disruption budget.";

export function evict(call: Call): ApiResult {
  if (call.request.verb !== 'create') throw new Refusal(methodNotAllowed(call.resource, call.request.verb));
  const eviction = (call.request.object ?? {}) as { metadata?: { name?: string }; deleteOptions?: RequestOptions };
  if (eviction.metadata?.name && eviction.metadata.name !== call.name) throw new Refusal(badRequest('name in URL does not match name in Eviction object'));
  const options: RequestOptions = { ...call.request.options, ...eviction.deleteOptions };
  const pod = existing(call) as Pod;
  if (!ignoresBudgets(pod)) {
    const matching = listObjects(call.state, budgets.id, call.namespace).filter((b) => matchesSelector(b.spec?.selector, pod.metadata.labels));
    if (matching.length > 1)
      throw new Refusal(internalError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'));
    const budget = matching[0];
    if (budget && !isUnhealthyAllowed(pod, budget)) spend(call, pod, budget);
  }
  const marked = call.dryRun ? pod : withDisruptionTarget(call, pod);
  deleteObject(call, marked, options);
  return { code: 201, status: { ...success(), code: 201 } };
}

/** Pods that do not count as healthy anyway. */
const ignoresBudgets = (pod: Pod): boolean => isPodTerminal(pod) || pod.status.phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;

function isUnhealthyAllowed(pod: Pod, budget: KubeObject): boolean {
  if (isPodReady(pod)) return false;
  if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return pod.status.phase === 'Running';
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return pod.status.phase === 'Running' && currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** checkAndDecrement. */
function spend(call: Call, pod: Pod, budget: KubeObject): void {
  const { name, generation = 0 } = budget.metadata;
  const status = budget.status ?? {};
  if ((status.observedGeneration ?? 0) < generation)
    throw new Refusal(tooManyRequests(violates, `The disruption budget ${name} is still being processed by the server.`, 10));
  const allowed: number = status.disruptionsAllowed ?? 0;
  if (allowed < 0) throw new Refusal(forbidden(budgets, name, 'pdb disruptions allowed is negative'));
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods)
    throw new Refusal(forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'));
  if (allowed === 0) {
    const cause = `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`;
    throw new Refusal(tooManyRequests(violates, cause));
  }
  if (call.dryRun) return;
  const disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: rfc3339(call.ctx.epochMs) };
  const next: KubeObject = { ...budget, status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods } };
  put(call.state, budgets, next, budget, call.ctx, call.why);
}

function withDisruptionTarget(call: Call, pod: Pod): Pod {
  if (isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined) return pod;
  const target: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(call.ctx.epochMs),
  };
  const before = pod.status.conditions ?? [];
  const conditions = [...before.filter((c) => c.type !== target.type), target];
  return put(call.state, call.resource, { ...pod, status: { ...pod.status, conditions } }, pod, call.ctx, call.why) as Pod;
}
