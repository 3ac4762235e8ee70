/** Who owns the claims of a StatefulSet's pods: persistentVolumeClaimRetentionPolicy. Models pkg/controller/statefulset/stateful_set_utils.go, v1.36.2. */
import type { KubeObject, OwnerReference } from '../../api/types.ts';
import { controllerRef } from '../../contracts/client-go/owners.ts';
import { ordinalOf, startOf } from './stateful-pods.ts';

type Owner = 'set' | 'pod' | 'nobody';

/** `ofPod`: the set no longer wants a pod of this number. */
function ownerOf(set: KubeObject, ofPod: boolean): Owner {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === 'Delete' && ofPod) return 'pod';
  return whenDeleted === 'Delete' ? 'set' : 'nobody';
}

const refersTo = (ref: OwnerReference, object: KubeObject): boolean =>
  ref.apiVersion === object.apiVersion && ref.kind === object.kind && ref.name === object.metadata.name;

/** The references that the claim must have, or undefined when they are right. */
export function claimOwners(claim: KubeObject, set: KubeObject, pod: KubeObject): OwnerReference[] | undefined {
  const ordinal = ordinalOf(set, pod);
  const start = startOf(set);
  const wanted = ownerOf(set, ordinal < start || ordinal >= start + (set.spec.replicas ?? 1));
  const refs = claim.metadata.ownerReferences ?? [];
  const has = (object: KubeObject): boolean => refs.some((ref) => ref.uid === object.metadata.uid);
  if (has(set) === (wanted === 'set') && has(pod) === (wanted === 'pod')) return undefined;
  const others = refs.filter((ref) => !refersTo(ref, set) && !refersTo(ref, pod));
  const strange = refs.some((ref) =>
    refersTo(ref, set) ? ref.uid !== set.metadata.uid : refersTo(ref, pod) ? ref.uid !== pod.metadata.uid : ref.controller === true,
  );
  if (wanted === 'nobody' || strange) return others.length === refs.length ? undefined : others;
  return [...others, controllerRef(wanted === 'set' ? set : pod)];
}

/** The claim belongs to an earlier pod of the same name, and goes with it: the new pod must wait. */
export const isStaleClaim = (claim: KubeObject, podName: string, podUID: string | undefined): boolean =>
  (claim.metadata.ownerReferences ?? []).some((ref) => ref.apiVersion === 'v1' && ref.kind === 'Pod' && ref.name === podName && ref.uid !== podUID);
