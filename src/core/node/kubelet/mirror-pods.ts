/** Mirror pods: what the API server shows of static pods. Models pkg/kubelet/pod/mirror_client.go, v1.36.2. */
import type { Pod } from '../../api/types.ts';
import { type ApiResponse, apiLatencyMs, apiserver } from '../../contracts/watch.ts';
import type { Ctx } from '../../engine/types.ts';
import { isStaticPod } from './qos.ts';
import { type KubeletState, nextId } from './state.ts';

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const hashAnnotation = 'kubernetes.io/config.hash';

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[mirrorAnnotation] !== undefined;
const fullName = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;

/** At each sync of a static pod: its mirror exists and is of this pod. */
export function syncMirrorPod(state: KubeletState, pod: Pod, ctx: Ctx): void {
  if (!isStaticPod(pod) || pod.metadata.deletionTimestamp) return;
  const mirror = state.mirrorPods[fullName(pod)];
  if (!mirror) {
    if (state.sourcesReady.api) create(state, pod, ctx);
    return;
  }
  if (mirror.metadata.deletionTimestamp || mirror.metadata.annotations?.[mirrorAnnotation] !== pod.metadata.annotations?.[hashAnnotation])
    remove(state, mirror, pod.metadata.uid, ctx);
}

function create(state: KubeletState, pod: Pod, ctx: Ctx): void {
  if (!state.node) return;
  const { uid: _uid, resourceVersion: _rv, ...meta } = pod.metadata;
  const owner = { apiVersion: 'v1', kind: 'Node', name: state.config.nodeName, uid: state.node.metadata.uid, controller: true };
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta, annotations: { ...meta.annotations, [mirrorAnnotation]: meta.annotations?.[hashAnnotation] ?? '' }, ownerReferences: [owner] },
    spec: pod.spec,
  };
  ctx.send(
    apiserver,
    {
      type: 'ApiRequest',
      id: `mirror-create|${pod.metadata.uid}|${nextId(state)}`,
      verb: 'create',
      resource: 'pods',
      namespace: meta.namespace ?? 'default',
      object,
    } as never,
    apiLatencyMs.request,
  );
}

function remove(state: KubeletState, mirror: Pod, thenCreateFor: string, ctx: Ctx): void {
  ctx.send(
    apiserver,
    {
      type: 'ApiRequest',
      id: `mirror-delete|${thenCreateFor}|${nextId(state)}`,
      verb: 'delete',
      resource: 'pods',
      namespace: mirror.metadata.namespace ?? 'default',
      name: mirror.metadata.name,
      options: { gracePeriodSeconds: 0, preconditions: { uid: mirror.metadata.uid } },
    } as never,
    apiLatencyMs.request,
  );
}

export function handleMirrorResponse(state: KubeletState, response: ApiResponse, ctx: Ctx): void {
  const [kind, uid = ''] = response.id.split('|');
  const pod = state.pods[uid];
  if (kind === 'mirror-delete' && pod && response.code === 200) {
    delete state.mirrorPods[fullName(pod)];
    create(state, pod, ctx);
  }
}

/** Housekeeping: mirrors whose static pod has gone, once its worker is done. */
export function deleteOrphanedMirrorPods(state: KubeletState, ctx: Ctx): void {
  if (!state.sourcesReady.file || !state.sourcesReady.http) return;
  for (const name in state.mirrorPods) {
    const mirror = state.mirrorPods[name] as Pod;
    const uid = state.podsByName[name];
    if (uid !== undefined && state.pods[uid]) continue;
    let busy = false;
    for (const key in state.workers) if (state.workers[key]?.fullName === name && state.workers[key]?.phase !== 'finished') busy = true;
    if (!busy) remove(state, mirror, '', ctx);
  }
}
