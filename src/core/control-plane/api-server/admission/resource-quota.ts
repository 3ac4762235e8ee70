/** Quotas of a namespace. Models apiserver/pkg/admission/plugin/resourcequota/controller.go and pkg/quota/v1/evaluator/core, v1.36.2. */

import { equal } from '../../../api/equal.ts';
import { addQuantity, compareQuantity, subQuantity } from '../../../api/quantity.ts';
import { type Resource, resourceById } from '../../../api/resources.ts';
import type { KubeObject, Pod, ResourceList } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { listObjects } from '../state.ts';
import { put } from '../storage.ts';
import { missingConstraints, quotaMatches, usageOf } from './quota-usage.ts';

const quotas = resourceById('resourcequotas') as Resource;

/** Throws upstream's 403 when the write would exceed a quota. */
export function checkQuota(call: Call, object: KubeObject, old: KubeObject | undefined): void {
  if (!call.state.objects[quotas.id] || call.request.subresource === 'status') return;
  for (const quota of quotasFor(call, object)) {
    const hard: ResourceList = quota.spec?.hard ?? {};
    if (object.kind === 'Pod' && old === undefined) {
      const missing = missingConstraints(object as Pod, Object.keys(hard));
      if (missing) throw new Refusal(forbidden(call.resource, call.name, `failed quota: ${quota.metadata.name}: must specify ${missing}`));
    }
    const delta = difference(usageOf(object), old ? usageOf(old) : {});
    const used: ResourceList = quota.status?.used ?? {};
    const exceeded = Object.keys(delta)
      .filter((name) => Object.hasOwn(hard, name) && compareQuantity(delta[name] as string, 0) > 0)
      .filter((name) => compareQuantity(addQuantity(used[name] ?? '0', delta[name] as string), hard[name] as string) > 0)
      .sort();
    if (exceeded.length === 0) continue;
    const show = (list: ResourceList): string => exceeded.map((name) => `${name}=${list[name] ?? '0'}`).join(',');
    const text = `exceeded quota: ${quota.metadata.name}, requested: ${show(delta)}, used: ${show(used)}, limited: ${show(hard)}`;
    throw new Refusal(forbidden(call.resource, call.name, text));
  }
}

/**
 * Keeps status.used true. Simplified: upstream's quota controller counts again with a delay after deletions; here usage falls at once, and a new or changed
 * quota is counted at once.
 */
export function chargeQuota(call: Call, object: KubeObject | undefined, old: KubeObject | undefined): void {
  if (!call.state.objects[quotas.id] && object?.kind !== 'ResourceQuota') return;
  const subject = (object ?? old) as KubeObject;
  if (subject.kind === 'ResourceQuota') {
    if (object && object.spec !== old?.spec) object.status = counted(call, object);
    return;
  }
  for (const quota of quotasFor(call, subject)) {
    const delta = difference(object ? usageOf(object) : {}, old ? usageOf(old) : {});
    const used: ResourceList = { ...quota.status?.used };
    for (const name of Object.keys(delta)) if (Object.hasOwn(quota.spec?.hard ?? {}, name)) used[name] = addQuantity(used[name] ?? '0', delta[name] as string);
    if (!equal(used, quota.status?.used)) put(call.state, quotas, { ...quota, status: { ...quota.status, used } }, quota, call.ctx, call.why);
  }
}

const quotasFor = (call: Call, object: KubeObject): KubeObject[] =>
  object.metadata.namespace ? listObjects(call.state, quotas.id, object.metadata.namespace).filter((quota) => quotaMatches(quota, object)) : [];

function counted(call: Call, quota: KubeObject): KubeObject['status'] {
  const hard: ResourceList = quota.spec?.hard ?? {};
  const used: ResourceList = {};
  for (const name of Object.keys(hard)) used[name] = '0';
  for (const id of Object.keys(call.state.objects))
    for (const object of listObjects(call.state, id, quota.metadata.namespace)) {
      if (object.metadata.namespace !== quota.metadata.namespace || !quotaMatches(quota, object)) continue;
      const usage = usageOf(object);
      for (const name of Object.keys(usage)) if (Object.hasOwn(hard, name)) used[name] = addQuantity(used[name] as string, usage[name] as string);
    }
  return { hard: { ...hard }, used };
}

function difference(now: ResourceList, before: ResourceList): ResourceList {
  const out: ResourceList = {};
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    const delta = subQuantity(now[name] ?? '0', before[name] ?? '0');
    if (compareQuantity(delta, 0) !== 0) out[name] = delta;
  }
  return out;
}
