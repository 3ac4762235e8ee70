/** Keeps bound volumes from going. Models pkg/controller/volume/pvprotection/pv_protection_controller.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { at, type ControllerArgs, type ControllerState, call, controllerRoom, enqueue, failedResult } from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

const volumes = 'persistentvolumes';
const finalizer = 'kubernetes.io/pv-protection';

export const pvProtectionController: Room<ControllerState> = controllerRoom<ControllerState>({
  resources: [volumes],
  initial: () => ({}),
  changed(state, _resource, change) {
    if (change.type !== 'deleted') enqueue(state, keyFor(change.object as KubeObject));
  },
  sync(state, key, ctx) {
    const volume = at(state, volumes, key);
    if (!volume?.metadata.deletionTimestamp || !volume.metadata.finalizers?.includes(finalizer) || volume.status?.phase === 'Bound') return;
    const finalizers = volume.metadata.finalizers.filter((f) => f !== finalizer);
    const patch = { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } };
    call(state, ctx, key, 'patch', { verb: 'patch', resource: volumes, name: volume.metadata.name, patchType: 'merge', patch });
  },
  answered(state, open, result) {
    failedResult(state, open.key, result, true);
  },
});
