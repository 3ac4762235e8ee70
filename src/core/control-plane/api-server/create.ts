/** create. Models apiserver/pkg/registry/generic/registry/store.go Create and rest.BeforeCreate, v1.36.2. */
import { generateName } from '../../api/names.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateCreate } from '../../api/validation/validate.ts';
import type { ApiResult } from '../../contracts/watch.ts';
import { uid } from '../../engine/random.ts';
import { share } from '../../engine/share.ts';
import { rfc3339 } from '../../engine/time.ts';
import { admit, charge, validateAdmission } from './admission/admission.ts';
import type { Call } from './call.ts';
import { decodeObject } from './decode.ts';
import { alreadyExists, failure, Refusal } from './errors.ts';
import { expireEvents } from './event-ttl.ts';
import { refuse } from './invalid.ts';
import { lookUp } from './state.ts';
import { put } from './storage.ts';
import { hasGeneration } from './strategies/generation.ts';
import { initialStatus } from './strategies/initial-status.ts';
import { strategyOf } from './strategies/strategy.ts';
import { warningsFor } from './warnings/warnings.ts';

export function create(call: Call): ApiResult {
  return { code: 201, object: createObject(call, decodeObject(call, call.request.object)) };
}

/** `object` is the request's own, decoded and defaulted. Returns what was stored (or, on a dry run, would be). */
export function createObject(request: Call, object: KubeObject): KubeObject {
  const named = (name: string): Call => ({ ...request, name, namespace: object.metadata.namespace ?? '' });
  admit(named(object.metadata.name || object.metadata.generateName || ''), object, undefined);
  beforeCreate(request, object);
  const call = named(object.metadata.name ?? '');
  const strategy = strategyOf(object.kind);
  strategy.prepareForCreate?.(object, call);
  const errors = validateCreate(object);
  if (errors.length > 0) throw refuse(call, errors);
  if (call.untrusted) call.warnings.push(...warningsFor(object, undefined));
  strategy.canonicalize?.(object);
  strategy.allocate?.(object, undefined, call);
  validateAdmission(call, object, undefined);
  const standing = lookUp(call.state, call.resource.id, object.metadata.namespace, object.metadata.name);
  if (standing) throw new Refusal(alreadyExists(call.resource, object.metadata.name, standing.metadata.deletionTimestamp !== undefined));
  if (call.dryRun) return share(object);
  charge(call, object, undefined);
  if (object.kind === 'Event') expireEvents(call.state, call.ctx);
  return put(call.state, call.resource, object, undefined, call.ctx, call.why);
}

function beforeCreate(call: Call, object: KubeObject): void {
  const { metadata } = object;
  if (metadata.resourceVersion && call.untrusted) throw new Refusal(failure(500, '', 'resourceVersion should not be set on objects to be created'));
  if (!metadata.name && metadata.generateName) metadata.name = freeName(call, metadata.generateName, metadata.namespace);
  metadata.uid = uid(call.ctx.random);
  metadata.creationTimestamp = rfc3339(call.ctx.epochMs);
  delete (metadata as { resourceVersion?: string }).resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete (metadata as { managedFields?: unknown }).managedFields;
  delete (metadata as { selfLink?: unknown }).selfLink;
  delete metadata.generation;
  if (hasGeneration(object.kind)) metadata.generation = 1;
  const status = initialStatus(object.kind);
  if (status) object.status = status;
  else if (status === null) delete object.status;
}

/** A clash of generated names is tried again, as upstream does (RetryGenerateName), eight times at most. */
function freeName(call: Call, base: string, namespace: string | undefined): string {
  let name = generateName(base, call.ctx.random);
  for (let i = 0; i < 7 && lookUp(call.state, call.resource.id, namespace, name); i += 1) name = generateName(base, call.ctx.random);
  return name;
}
