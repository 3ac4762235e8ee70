/** Which volume a claim may be bound to. Models component-helpers/storage/volume/pv_helpers.go FindMatchingVolume, v1.36.2. */
import { compareQuantity } from '../../api/quantity.ts';
import { matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Node } from '../../api/types.ts';
import { matchesTerm } from './node-matching.ts';

export const bindCompleted = 'pv.kubernetes.io/bind-completed';
export const boundByController = 'pv.kubernetes.io/bound-by-controller';
export const selectedNode = 'volume.kubernetes.io/selected-node';
const betaClass = 'volume.beta.kubernetes.io/storage-class';

export const classOf = (object: KubeObject): string => object.metadata.annotations?.[betaClass] ?? object.spec.storageClassName ?? '';

export const isClaimBound = (claim: KubeObject): boolean => !!claim.spec.volumeName && claim.metadata.annotations?.[bindCompleted] !== undefined;

/** The volume is meant for this claim: same name, and same uid where one is set. */
export const isBoundTo = (volume: KubeObject, claim: KubeObject): boolean => {
  const ref = volume.spec.claimRef;
  return ref?.name === claim.metadata.name && ref.namespace === claim.metadata.namespace && (!ref.uid || ref.uid === claim.metadata.uid);
};

export const volumeMatchesNode = (volume: KubeObject, node: Node): boolean => {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || terms.some((term: Parameters<typeof matchesTerm>[0]) => matchesTerm(term, node));
};

const modeOf = (object: KubeObject): string => object.spec.volumeMode ?? 'Filesystem';

/** Why a volume cannot take a claim that names it; undefined when it can. Models checkVolumeSatisfyClaim. */
export function whyUnsuitable(volume: KubeObject, claim: KubeObject): string | undefined {
  if (compareQuantity(volume.spec.capacity?.storage ?? '0', claim.spec.resources?.requests?.storage ?? '0') < 0) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  if (!hasModes(volume, claim)) return 'incompatible accessMode';
  if ((volume.spec.volumeAttributesClassName ?? '') !== (claim.spec.volumeAttributesClassName ?? '')) return 'volumeAttributesClassName does not match';
  return undefined;
}

const hasModes = (volume: KubeObject, claim: KubeObject): boolean =>
  (claim.spec.accessModes ?? []).every((mode: string) => volume.spec.accessModes?.includes(mode));

/**
 * The volume claimed for exactly this claim, else the smallest that suffices.
 *
 * @param node with a node, the volume's node affinity must match it; without one, claims that wait for a consumer find only volumes claimed for them
 * @param taken true for volumes that are as good as taken
 */
export function findMatchingVolume(
  claim: KubeObject,
  volumes: readonly KubeObject[],
  options: { node?: Node; delayBinding: boolean; taken?: (volume: KubeObject) => boolean },
): KubeObject | undefined {
  let best: KubeObject | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || options.taken?.(volume) || modeOf(volume) !== modeOf(claim)) continue;
    if ((volume.spec.volumeAttributesClassName ?? '') !== (claim.spec.volumeAttributesClassName ?? '')) continue;
    if (compareQuantity(volume.spec.capacity?.storage ?? '0', claim.spec.resources?.requests?.storage ?? '0') < 0) continue;
    if (options.node && !volumeMatchesNode(volume, options.node)) continue;
    if (volume.spec.claimRef) {
      if (isBoundTo(volume, claim)) return volume;
      continue;
    }
    if (!options.node && options.delayBinding) continue;
    if (volume.status?.phase !== 'Available' || classOf(volume) !== classOf(claim) || !hasModes(volume, claim)) continue;
    if (claim.spec.selector && !matchesSelector(claim.spec.selector, volume.metadata.labels)) continue;
    if (!best || compareQuantity(volume.spec.capacity?.storage ?? '0', best.spec.capacity?.storage ?? '0') < 0) best = volume;
  }
  return best;
}

/** Names of the claims a pod uses; generic ephemeral volumes have one of their own. */
export function claimsOf(pod: KubeObject): { name: string; ephemeral: boolean }[] {
  const claims: { name: string; ephemeral: boolean }[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) claims.push({ name: volume.persistentVolumeClaim.claimName, ephemeral: false });
    else if (volume.ephemeral) claims.push({ name: `${pod.metadata.name}-${volume.name}`, ephemeral: true });
  }
  return claims;
}

/** The volume with a claim written into it: the first of the writes that bind. */
export function withClaim(volume: KubeObject, claim: KubeObject): KubeObject {
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    name: claim.metadata.name,
    namespace: claim.metadata.namespace,
    resourceVersion: claim.metadata.resourceVersion,
    uid: claim.metadata.uid,
  };
  const byUser = volume.spec.claimRef !== undefined;
  const annotations = byUser ? volume.metadata.annotations : { ...volume.metadata.annotations, [boundByController]: 'yes' };
  return { ...volume, metadata: { ...volume.metadata, ...(annotations ? { annotations } : {}) }, spec: { ...volume.spec, claimRef } };
}
