/** Keeps claims that pods use from going. Models pkg/controller/volume/pvcprotection/pvc_protection_controller.go, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import {
  all,
  at,
  type ControllerArgs,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  failedResult,
  watchResource,
} from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { claimsOf } from '../../contracts/client-go/volume-matching.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

const claims = 'persistentvolumeclaims';
const finalizer = 'kubernetes.io/pvc-protection';

export const pvcProtectionController: Room<ControllerState> = controllerRoom<ControllerState>({
  resources: [claims],
  initial: () => ({}),
  changed(state, resource, change, ctx) {
    const object = change.object as KubeObject;
    if (resource === claims) {
      if (change.type === 'deleted' || !object.metadata.deletionTimestamp || !object.metadata.finalizers?.includes(finalizer)) return;
      // Pods matter only while a claim is being deleted; they are watched from the first on.
      watchResource(state, ctx, 'pods');
      enqueue(state, keyFor(object));
    } else if (change.type === 'deleted')
      for (const { name } of claimsOf(object)) {
        const key = storeKey(object.metadata.namespace, name);
        if (at(state, claims, key)?.metadata.deletionTimestamp) enqueue(state, key);
      }
  },
  sync(state, key, ctx) {
    const claim = at(state, claims, key);
    if (!claim?.metadata.deletionTimestamp || !claim.metadata.finalizers?.includes(finalizer)) return;
    const { namespace, name } = claim.metadata;
    // A pod that ended still counts, one that was never scheduled does not.
    const used = all<Pod>(state, 'pods').some(
      (pod) => pod.metadata.namespace === namespace && pod.spec.nodeName && claimsOf(pod).some((each) => each.name === name),
    );
    if (used) return;
    const finalizers = claim.metadata.finalizers.filter((f) => f !== finalizer);
    const patch = { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } };
    call(state, ctx, key, 'patch', { verb: 'patch', resource: claims, namespace: namespace as string, name, patchType: 'merge', patch });
  },
  answered(state, open, result) {
    failedResult(state, open.key, result, true);
  },
});
