/** Claims and volumes as the scheduler sees them. Models pkg/scheduler/framework/plugins/{volumebinding,volumerestrictions}, v1.36.2. */
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { type ControllerState, get } from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { claimsOf, classOf, findMatchingVolume, isBoundTo, isClaimBound, selectedNode, volumeMatchesNode } from '../../contracts/client-go/volume-matching.ts';
import type { Refusal } from './filters.ts';
import type { NodeInfo } from './node-info.ts';

export const claims = 'persistentvolumeclaims';
export const volumes = 'persistentvolumes';
export const classes = 'storageclasses.storage.k8s.io';
const noProvisioner = 'kubernetes.io/no-provisioner';

export interface PodVolumes {
  bound: KubeObject[];
  /** Claims that wait for this pod. */
  delayed: KubeObject[];
}

/** What the pod's claims are, or why there is no point in looking at nodes; undefined when it has none. */
export function preFilter(state: ControllerState, pod: Pod): PodVolumes | { reason: string } | undefined {
  const names = claimsOf(pod);
  if (names.length === 0) return undefined;
  const found: PodVolumes = { bound: [], delayed: [] };
  let immediate = false;
  for (const { name, ephemeral } of names) {
    const claim = get(state, claims, pod.metadata.namespace, name);
    if (!claim)
      return {
        reason: ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
          : `persistentvolumeclaim "${name}" not found`,
      };
    if (claim.status?.phase === 'Lost')
      return { reason: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"` };
    if (claim.metadata.deletionTimestamp) return { reason: `persistentvolumeclaim "${name}" is being deleted` };
    if (isClaimBound(claim)) found.bound.push(claim);
    else if (!claim.spec.volumeName && waitsForConsumer(state, claim)) found.delayed.push(claim);
    else immediate = true;
  }
  return immediate ? { reason: 'pod has unbound immediate PersistentVolumeClaims' } : found;
}

export const waitsForConsumer = (state: ControllerState, claim: KubeObject): boolean =>
  get(state, classes, undefined, classOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer';

const refuse = (reason: string): Refusal => ({ plugin: 'VolumeBinding', reasons: [reason], unresolvable: true });

/** A refusal of the node, or the volumes that would be bound there. */
export function filter(
  state: ControllerState,
  pod: Pod,
  wanted: PodVolumes,
  info: NodeInfo,
  assumed: Record<string, string>,
): { refusal: Refusal } | { bindings: { claim: KubeObject; volume: KubeObject | null }[] } {
  const node = info.node as Node;
  for (const claim of wanted.bound)
    if (claim.spec.accessModes?.includes('ReadWriteOncePod') && isUsed(info, pod, claim))
      return {
        refusal: {
          plugin: 'VolumeRestrictions',
          reasons: ['node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'],
          unresolvable: false,
        },
      };
  for (const claim of wanted.bound) {
    const volume = get(state, volumes, undefined, claim.spec.volumeName);
    if (!volume) return { refusal: refuse('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)') };
    if (!volumeMatchesNode(volume, node)) return { refusal: refuse("node(s) didn't match PersistentVolume's node affinity") };
  }
  const bindings: { claim: KubeObject; volume: KubeObject | null }[] = [];
  const chosen = new Set<string>();
  const all = wanted.delayed.length > 0 ? Object.values(state.informers[volumes]?.objects ?? {}) : [];
  for (const claim of wanted.delayed) {
    const annotated = claim.metadata.annotations?.[selectedNode];
    if (annotated !== undefined && annotated !== info.name) return { refusal: refuse("node(s) didn't find available persistent volumes to bind") };
    const volume =
      annotated === undefined
        ? findMatchingVolume(claim, all, {
            node,
            delayBinding: true,
            taken: (each) => chosen.has(each.metadata.name) || (assumed[keyFor(each)] !== undefined && assumed[keyFor(each)] !== keyFor(claim)),
          })
        : undefined;
    if (volume) {
      chosen.add(volume.metadata.name);
      bindings.push({ claim, volume });
      continue;
    }
    const provisioner: string = get(state, classes, undefined, classOf(claim))?.provisioner ?? noProvisioner;
    if (provisioner === noProvisioner) return { refusal: refuse("node(s) didn't find available persistent volumes to bind") };
    bindings.push({ claim, volume: null });
  }
  return { bindings };
}

const isUsed = (info: NodeInfo, pod: Pod, claim: KubeObject): boolean =>
  Object.values(info.pods).some(
    (other) =>
      other.metadata.uid !== pod.metadata.uid &&
      other.metadata.namespace === pod.metadata.namespace &&
      claimsOf(other).some((each) => each.name === claim.metadata.name),
  );

/** True when all claims of the pod are bound, volume and claim agreeing. */
export function allBound(state: ControllerState, pod: Pod): boolean {
  return claimsOf(pod).every(({ name }) => {
    const claim = get(state, claims, pod.metadata.namespace, name);
    if (!claim || !isClaimBound(claim)) return false;
    const volume = get(state, volumes, undefined, claim.spec.volumeName);
    return volume !== undefined && isBoundTo(volume, claim);
  });
}
