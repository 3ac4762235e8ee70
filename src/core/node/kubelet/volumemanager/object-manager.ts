/** ConfigMaps and Secrets that pods of this node refer to, each watched by name. Models pkg/kubelet/util/manager/watch_based_manager.go, v1.36.2. */
import type { ConfigMap, KubeObject, Pod, Secret } from '../../../api/types.ts';
import { apiLatencyMs, apiserver, type WatchEvent, type WatchRequest } from '../../../contracts/watch.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { Lookup, PodObjects } from '../kuberuntime-config/objects.ts';

export type ObjectKind = 'configmaps' | 'secrets';

interface WatchedObject {
  /** How many pods refer to it. */
  references: number;
  synced: boolean;
  /** Shared; null when it does not exist. */
  object: KubeObject | null;
}
export interface ObjectManagerState {
  /** By `KIND|NAMESPACE|NAME`. */
  watched: Record<string, WatchedObject>;
  /** UID → the keys it holds. */
  pods: Record<string, string[]>;
}
export const initialObjects = (): ObjectManagerState => ({ watched: {}, pods: {} });

const prefix = 'volume-';
const keyOf = (kind: ObjectKind, namespace: string, name: string): string => `${kind}|${namespace}|${name}`;

/** Starts to watch what the pod refers to and does not yet hold; called again when the pod changed. */
export function registerPod(state: ObjectManagerState, pod: Pod, ctx: Ctx): void {
  const held = state.pods[pod.metadata.uid];
  const wanted = referencesOf(pod);
  if (held && held.length === wanted.length && held.every((key, i) => key === wanted[i])) return;
  for (const key of wanted) {
    const watched = state.watched[key];
    if (watched) {
      watched.references += 1;
      continue;
    }
    state.watched[key] = { references: 1, synced: false, object: null };
    const [resource, namespace, name] = key.split('|') as [string, string, string];
    const request: WatchRequest = { type: 'Watch', watch: prefix + key, resource, namespace, fieldSelector: `metadata.name=${name}` };
    ctx.send(apiserver, request, apiLatencyMs.request);
  }
  if (held) release(state, held, ctx);
  state.pods[pod.metadata.uid] = wanted;
}

export function unregisterPod(state: ObjectManagerState, podUID: string, ctx: Ctx): void {
  const held = state.pods[podUID];
  if (!held) return;
  delete state.pods[podUID];
  release(state, held, ctx);
}

function release(state: ObjectManagerState, keys: string[], ctx: Ctx): void {
  for (const key of keys) {
    const watched = state.watched[key];
    if (!watched) continue;
    watched.references -= 1;
    if (watched.references > 0) continue;
    delete state.watched[key];
    ctx.send(apiserver, { type: 'WatchStop', watch: prefix + key } as never, apiLatencyMs.request);
  }
}

/** True when the object's cache has become complete: somebody may be waiting for it. */
export function observeObject(state: ObjectManagerState, event: WatchEvent): boolean {
  const watched = state.watched[event.watch.slice(prefix.length)];
  if (!watched) return false;
  if (event.event === 'SYNCED') watched.synced = true;
  else watched.object = event.event === 'DELETED' ? null : (event.object ?? null);
  return event.event === 'SYNCED';
}

/** Undefined while the first list is under way. */
export function lookUpObject(state: ObjectManagerState, kind: ObjectKind, namespace: string, name: string): Lookup<KubeObject> | undefined {
  const singular = kind === 'configmaps' ? 'configmap' : 'secret';
  const watched = state.watched[keyOf(kind, namespace, name)];
  if (!watched) return { error: `object ${JSON.stringify(namespace)}/${JSON.stringify(name)} not registered`, notFound: false };
  if (!watched.synced) return undefined;
  if (watched.object) return { object: watched.object };
  return { error: `${singular} ${JSON.stringify(name)} not found`, notFound: true };
}

/** For container environments. A cache that is not synced yet answers as the timeout does. */
export function podObjects(state: ObjectManagerState): PodObjects {
  const find = (kind: ObjectKind, namespace: string, name: string): Lookup<KubeObject> =>
    lookUpObject(state, kind, namespace, name) ?? {
      error: `failed to sync ${kind === 'configmaps' ? 'configmap' : 'secret'} cache: timed out waiting for the condition`,
      notFound: false,
    };
  return {
    configMap: (namespace, name) => find('configmaps', namespace, name) as Lookup<ConfigMap>,
    secret: (namespace, name) => find('secrets', namespace, name) as Lookup<Secret>,
  };
}

/** In the order of the manifest, each once. */
function referencesOf(pod: Pod): string[] {
  const namespace = pod.metadata.namespace ?? 'default';
  const keys = new Set<string>();
  const add = (kind: ObjectKind, name: string | undefined): void => {
    if (name) keys.add(keyOf(kind, namespace, name));
  };
  for (const secret of pod.spec.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])]) {
    for (const source of container.envFrom ?? []) {
      add('configmaps', source.configMapRef?.name);
      add('secrets', source.secretRef?.name);
    }
    for (const variable of container.env ?? []) {
      add('configmaps', variable.valueFrom?.configMapKeyRef?.name);
      add('secrets', variable.valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    add('configmaps', volume.configMap?.name);
    add('secrets', volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
  }
  return [...keys];
}

/** Names in imagePullSecrets that cannot be had, in the words of FailedToRetrieveImagePullSecret's list. */
export function missingPullSecrets(state: { volumes: { objects: ObjectManagerState } }, pod: Pod): string[] {
  const namespace = pod.metadata.namespace ?? 'default';
  const names = (pod.spec.imagePullSecrets ?? []).map((secret) => secret.name).filter((name) => name !== '');
  return names.filter((name) => 'error' in (lookUpObject(state.volumes.objects, 'secrets', namespace, name) ?? {}));
}
