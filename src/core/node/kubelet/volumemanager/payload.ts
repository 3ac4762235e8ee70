/** What configMap, secret, downwardAPI and projected volumes hold. Models pkg/volume/{configmap,secret,downwardapi,projected}, v1.36.2. */
import type { ConfigMap, DownwardAPIFile, KeyToPath, Pod, ResourceList, Secret, Volume } from '../../../api/types.ts';
import { decodeBase64 } from '../base64.ts';
import { containerResourceValue, extractFieldPath, findContainer } from '../downward.ts';
import type { Payload } from './atomic-writer.ts';
import { lookUpObject, type ObjectManagerState } from './object-manager.ts';

/** `signature`: equal ones mean an equal payload. `waiting`: a cache or a token is not there yet. */
export type PayloadAnswer = { payload: Payload; signature: string } | { error: string } | { waiting: string };

export interface PayloadInput {
  pod: Pod;
  objects: ObjectManagerState;
  allocatable: ResourceList | undefined;
  /** A token of the pod's service account, or what is wrong; undefined while it is fetched. */
  token(audience: string, expirationSeconds: number): { token: string; issuedMs: number } | { error: string } | undefined;
}

const defaultMode = 0o644;

export function collectPayload(volume: Volume, input: PayloadInput): PayloadAnswer {
  const into: Collected = { payload: Object.create(null), signature: '', error: undefined, waiting: undefined };
  if (volume.configMap) addConfigMap(into, input, volume.configMap, volume.configMap.defaultMode ?? defaultMode);
  else if (volume.secret) {
    const { secretName, items, optional } = volume.secret;
    addSecret(into, input, { name: secretName, items, optional }, volume.secret.defaultMode ?? defaultMode);
  } else if (volume.downwardAPI) addDownward(into, input, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? defaultMode);
  else if (volume.projected) return collectProjected(volume.projected, input);
  return finish(into);
}

interface Collected {
  payload: Payload;
  signature: string;
  error: string | undefined;
  waiting: string | undefined;
}
interface Reference {
  name: string;
  items?: KeyToPath[];
  optional?: boolean;
}

function finish(c: Collected): PayloadAnswer {
  if (c.waiting !== undefined) return { waiting: c.waiting };
  return c.error === undefined ? { payload: c.payload, signature: c.signature } : { error: c.error };
}

/** Errors of all sources are told together. */
function collectProjected(projected: NonNullable<Volume['projected']>, input: PayloadInput): PayloadAnswer {
  const all: Collected = { payload: Object.create(null), signature: '', error: undefined, waiting: undefined };
  const errors: string[] = [];
  const mode = projected.defaultMode ?? defaultMode;
  const ofGroup = input.pod.spec.securityContext?.fsGroup !== undefined;
  for (const source of projected.sources ?? []) {
    const one: Collected = { payload: all.payload, signature: '', error: undefined, waiting: undefined };
    if (source.configMap) addConfigMap(one, input, source.configMap, mode);
    else if (source.secret) addSecret(one, input, source.secret, mode);
    else if (source.downwardAPI) addDownward(one, input, source.downwardAPI.items ?? [], mode);
    else if (source.serviceAccountToken) {
      const { audience, expirationSeconds, path } = source.serviceAccountToken;
      const answer = input.token(audience ?? '', expirationSeconds ?? 3600);
      const user = commonUser(input.pod);
      if (answer === undefined) one.waiting = 'failed to fetch token: timed out waiting for the condition';
      else if ('error' in answer) one.error = `failed to fetch token: ${answer.error}`;
      else {
        all.payload[path] = { text: answer.token, mode: ofGroup || user !== undefined ? 0o600 : mode, ...(user === undefined ? {} : { uid: user }) };
        one.signature = `t${answer.issuedMs}`;
      }
    } else one.error = `projected source ${Object.keys(source)[0] ?? ''}: not simulated`;
    if (one.waiting !== undefined) all.waiting ??= one.waiting;
    if (one.error !== undefined && !errors.includes(one.error)) errors.push(one.error);
    all.signature += `|${one.signature}`;
  }
  if (errors.length > 0) all.error = errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`;
  return finish(all);
}

function addConfigMap(into: Collected, input: PayloadInput, ref: Reference, mode: number): void {
  const found = lookUpObject(input.objects, 'configmaps', input.pod.metadata.namespace ?? 'default', ref.name);
  if (found === undefined) {
    into.waiting = 'failed to sync configmap cache: timed out waiting for the condition';
    return;
  }
  if ('error' in found) {
    if (!(found.notFound && ref.optional)) into.error = found.error;
    return;
  }
  const object = found.object as ConfigMap;
  into.signature = `c${object.metadata.uid}@${object.metadata.resourceVersion}`;
  const data: Record<string, string> = Object.create(null);
  for (const key of Object.keys(object.data ?? {})) data[key] = object.data?.[key] ?? '';
  for (const key of Object.keys(object.binaryData ?? {})) data[key] = decodeBase64(object.binaryData?.[key] ?? '');
  addKeys(into, data, ref, mode, (key) => `configmap references non-existent config key: ${key}`);
}

function addSecret(into: Collected, input: PayloadInput, ref: Reference, mode: number): void {
  const found = lookUpObject(input.objects, 'secrets', input.pod.metadata.namespace ?? 'default', ref.name);
  if (found === undefined) {
    into.waiting = 'failed to sync secret cache: timed out waiting for the condition';
    return;
  }
  if ('error' in found) {
    if (!(found.notFound && ref.optional)) into.error = found.error;
    return;
  }
  const object = found.object as Secret;
  into.signature = `s${object.metadata.uid}@${object.metadata.resourceVersion}`;
  const data: Record<string, string> = Object.create(null);
  for (const key of Object.keys(object.data ?? {})) data[key] = decodeBase64(object.data?.[key] ?? '');
  addKeys(into, data, ref, mode, (key) => `references non-existent secret key: ${key}`);
}

function addKeys(into: Collected, data: Record<string, string>, ref: Reference, mode: number, missing: (key: string) => string): void {
  if (ref.items === undefined || ref.items.length === 0) {
    for (const key in data) into.payload[key] = { text: data[key] as string, mode };
    return;
  }
  for (const item of ref.items) {
    if (item.key in data) into.payload[item.path] = { text: data[item.key] as string, mode: item.mode ?? mode };
    else if (!ref.optional) {
      into.error = missing(item.key);
      return;
    }
  }
}

function addDownward(into: Collected, input: PayloadInput, items: DownwardAPIFile[], mode: number): void {
  const { pod } = input;
  for (const item of items) {
    let answer: { value?: string; error?: string } = { value: '' };
    if (item.fieldRef) answer = extractFieldPath(pod, item.fieldRef.fieldPath);
    else if (item.resourceFieldRef) {
      const container = findContainer(pod, item.resourceFieldRef.containerName);
      answer = container
        ? containerResourceValue(pod, container, item.resourceFieldRef, input.allocatable)
        : { error: `container ${item.resourceFieldRef.containerName} not found` };
    }
    if (answer.error !== undefined) into.error ??= answer.error;
    const text = answer.value ?? '';
    into.payload[item.path] = { text, mode: item.mode ?? mode };
    into.signature += `d${text.length}:${text}`;
  }
}

/** The one user that all containers run as. Models pkg/volume/util FsUserFrom. */
function commonUser(pod: Pod): number | undefined {
  let common: number | undefined;
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const user: number | undefined = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
    if (user === undefined || (common !== undefined && common !== user)) return undefined;
    common = user;
  }
  return common;
}
