/** pods' owners counted: autoscaling/v1 Scale. Models pkg/registry/apps/*\/storage/storage.go ScaleREST, v1.36.2. */
import { formatLabelSelector } from '../../../api/selector.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { ApiResult } from '../../../contracts/watch.ts';
import { share } from '../../../engine/share.ts';
import type { Call } from '../call.ts';
import { badRequest, modified, Refusal } from '../errors.ts';
import { invalid } from '../invalid.ts';
import { applyPatch } from '../patch/patch.ts';
import { existing } from '../read.ts';
import { replace } from '../update.ts';

export function scale(call: Call): ApiResult {
  const object = existing(call);
  const current = scaleOf(object);
  switch (call.request.verb) {
    case 'get':
      return { code: 200, object: current };
    case 'patch':
      return { code: 200, object: setReplicas(call, object, applyPatch(current, call.request.patch, call.request.patchType ?? 'merge', call.resource)) };
    case 'update':
      return { code: 200, object: setReplicas(call, object, call.request.object as KubeObject) };
    default:
      throw new Refusal(badRequest('the server does not allow this method on the requested resource'));
  }
}

function setReplicas(call: Call, object: KubeObject, wanted: KubeObject | null | undefined): KubeObject {
  const replicas = wanted?.spec?.replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    throw new Refusal(badRequest(`json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`));
  if (replicas < 0) throw invalid(call, 'spec.replicas', replicas, 'must be greater than or equal to 0');
  const version = wanted?.metadata?.resourceVersion;
  if (version && version !== object.metadata.resourceVersion) throw new Refusal(modified(call.resource, object.metadata.name));
  if (object.spec.replicas === replicas) return scaleOf(object);
  const next: KubeObject = { ...object, metadata: { ...object.metadata }, spec: { ...object.spec, replicas } };
  return scaleOf(replace({ ...call, request: { ...call.request, subresource: undefined } }, next, object, true));
}

function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = object.kind === 'ReplicationController' ? { matchLabels: object.spec.selector } : object.spec.selector;
  const text = formatLabelSelector(selector);
  return share({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: object.spec.replicas ?? 0 },
    status: { replicas: object.status?.replicas ?? 0, ...(text === '<none>' ? {} : { selector: text }) },
  });
}
