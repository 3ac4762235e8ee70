/** From a claim to the volume it is bound to, with live requests. Models desired_state_of_world_populator.go getPVCExtractPV, v1.36.2. */
import type { KubeObject, Pod, Volume } from '../../../api/types.ts';
import { type ApiRequest, type ApiResponse, apiLatencyMs, apiserver } from '../../../contracts/watch.ts';
import type { Ctx } from '../../../engine/types.ts';
import { type KubeletState, nextId } from '../state.ts';
import type { DesiredPod } from './volume-manager.ts';

export type ClaimLookup = { state: 'asked' } | { state: 'failed'; error: string } | { state: 'found'; volume: KubeObject };

/** The claim's name: of persistentVolumeClaim, or the one made for an ephemeral volume. */
export function claimOf(pod: Pod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`;
}

/** `asked`: the answer is on its way. A failure is told once; the next call asks again. */
export function lookUpClaim(
  state: KubeletState,
  desired: DesiredPod,
  pod: Pod,
  volume: Volume,
  ctx: Ctx,
): 'asked' | { error: string } | { volume: KubeObject } {
  const known = desired.claims[volume.name];
  if (known?.state === 'asked') return 'asked';
  if (known?.state === 'found') return { volume: known.volume };
  if (known?.state === 'failed') {
    delete desired.claims[volume.name];
    return { error: known.error };
  }
  desired.claims[volume.name] = { state: 'asked' };
  const namespace = pod.metadata.namespace ?? 'default';
  get(state, pod, volume.name, 'claim', { resource: 'persistentvolumeclaims', namespace, name: claimOf(pod, volume) ?? '' }, ctx);
  return 'asked';
}

function get(
  state: KubeletState,
  pod: Pod,
  volume: string,
  kind: 'claim' | 'volume',
  what: Pick<ApiRequest, 'resource' | 'namespace' | 'name'>,
  ctx: Ctx,
): void {
  const id = `volume-${nextId(state)}`;
  state.volumes.requests[id] = { kind, uid: pod.metadata.uid, volume };
  const request: ApiRequest = { type: 'ApiRequest', id, verb: 'get', ...what, user: `system:node:${state.config.nodeName}` };
  ctx.send(apiserver, request, apiLatencyMs.request);
}

/** Takes an answer in; true when the volume's lookup has come to an end. */
export function claimAnswer(
  state: KubeletState,
  desired: DesiredPod,
  pod: Pod,
  request: { kind: 'claim' | 'volume'; volume: string },
  response: ApiResponse,
  ctx: Ctx,
): boolean {
  const volume = pod.spec.volumes?.find((v) => v.name === request.volume);
  if (!volume) return false;
  const namespace = pod.metadata.namespace ?? 'default';
  const claim = claimOf(pod, volume) ?? '';
  const end = (error: string): true => {
    desired.claims[request.volume] = { state: 'failed', error: `error processing PVC ${namespace}/${claim}: ${error}` };
    return true;
  };
  const object = response.object;
  if (request.kind === 'claim') {
    if (!object) return end(`failed to fetch PVC from API server: ${response.status?.message ?? 'unknown'}`);
    if (volume.ephemeral !== undefined && !object.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.metadata.uid))
      return end(`PVC ${namespace}/${claim} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`);
    if (object.metadata.deletionTimestamp && !object.metadata.finalizers?.includes('kubernetes.io/pvc-protection')) return end('PVC is being deleted');
    const bound = object.spec.volumeName as string | undefined;
    if (object.status?.phase !== 'Bound' || !bound) return end('PVC is not bound');
    get(state, pod, request.volume, 'volume', { resource: 'persistentvolumes', name: bound }, ctx);
    return false;
  }
  if (!object) return end(`failed to get PV: ${response.status?.message ?? 'unknown'}`);
  const mode = modeMismatch(pod, request.volume, object);
  if (mode) {
    desired.claims[request.volume] = { state: 'failed', error: mode };
    return true;
  }
  desired.claims[request.volume] = { state: 'found', volume: object };
  return true;
}

function modeMismatch(pod: Pod, name: string, volume: KubeObject): string | undefined {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const block = volume.spec.volumeMode === 'Block';
  if (block && containers.some((c) => c.volumeMounts?.some((mount) => mount.name === name)))
    return `volume ${name} has volumeMode Block, but is specified in volumeMounts`;
  if (!block && containers.some((c) => c.volumeDevices?.some((device) => device.name === name)))
    return `volume ${name} has volumeMode Filesystem, but is specified in volumeDevices`;
  return undefined;
}
