/** Makes the claims of generic ephemeral volumes. Models pkg/controller/volume/ephemeral/controller.go, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import { at, type ControllerArgs, type ControllerState, call, controllerRoom, enqueue, fail, get, tell } from '../../contracts/client-go/controller.ts';
import { controllerRef, keyFor } from '../../contracts/client-go/owners.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

const claims = 'persistentvolumeclaims';

interface EphemeralVolume {
  name: string;
  ephemeral?: { volumeClaimTemplate: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: unknown } };
}

export const ephemeralVolumeController: Room<ControllerState> = controllerRoom<ControllerState>({
  resources: ['pods', claims],
  initial: () => ({}),
  changed(state, resource, change) {
    if (resource !== 'pods' || change.type !== 'added') return;
    const pod = change.object as Pod;
    if (pod.spec.volumes?.some((volume) => volume.ephemeral !== undefined)) enqueue(state, keyFor(pod));
  },
  sync(state, key, ctx) {
    const pod = at<Pod>(state, 'pods', key);
    if (!pod || pod.metadata.deletionTimestamp) return;
    for (const volume of (pod.spec.volumes ?? []) as EphemeralVolume[]) {
      const template = volume.ephemeral?.volumeClaimTemplate;
      const name = `${pod.metadata.name}-${volume.name}`;
      if (!template || get(state, claims, pod.metadata.namespace, name)) continue;
      const metadata = {
        name,
        namespace: pod.metadata.namespace,
        ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
        ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
        ownerReferences: [{ ...controllerRef(pod), apiVersion: 'v1', kind: 'Pod' }],
      };
      const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: template.spec } as unknown as KubeObject;
      call(state, ctx, key, 'create', { verb: 'create', resource: claims, namespace: pod.metadata.namespace as string, object });
    }
  },
  answered(state, open, result, ctx) {
    if (result.code < 400 || result.code === 409) return;
    fail(state, open.key);
    const pod = at(state, 'pods', open.key);
    const message = `ephemeral volume controller: create PVC: ${result.status?.message ?? ''}`;
    if (pod) tell(state, ctx, 'ephemeral_volume', pod, 'Warning', 'EphemeralVolumeControllerFailed', message);
  },
});
