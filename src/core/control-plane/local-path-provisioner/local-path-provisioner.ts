/**
 * Makes volumes for claims of its class: a directory of the node that the scheduler chose. Models rancher/local-path-provisioner with
 * sig-storage-lib-external-provisioner/controller/controller.go. Simplified: no helper pod; what is in the directory stays when the volume is deleted.
 */
import type { KubeObject } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  enqueueAfter,
  fail,
  get,
  tell,
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { classOf, selectedNode } from '../../contracts/client-go/volume-matching.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  /** Claims under way → when their volume is there. */
  readyMs: Record<string, number>;
}

export const provisionerName = 'rancher.io/local-path';
const component = provisionerName;
const claims = 'persistentvolumeclaims';
const volumes = 'persistentvolumes';
const classes = 'storageclasses.storage.k8s.io';
const asked = 'volume.kubernetes.io/storage-provisioner';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
/** What making the directory on the node takes. */
const makeMs = 2000;
const folder = '/opt/local-path-provisioner';

export const localPathProvisioner: Room<State> = controllerRoom<State>({
  resources: [claims, volumes, classes],
  initial: () => ({ readyMs: {} }),
  changed(state, resource, change) {
    if (change.type === 'deleted') return;
    const object = change.object as KubeObject;
    if (resource === claims && object.metadata.annotations?.[asked] === provisionerName) enqueue(state, `claim ${keyFor(object)}`);
    else if (resource === volumes && object.metadata.annotations?.[provisionedBy] === provisionerName) enqueue(state, `volume ${keyFor(object)}`);
  },
  sync(state, key, ctx) {
    const name = key.slice(key.indexOf(' ') + 1);
    if (key.startsWith('claim ')) syncClaim(state, ctx, key, at(state, claims, name));
    else syncVolume(state, ctx, key, at(state, volumes, name));
  },
  answered(state, open, result, ctx) {
    if (result.code >= 400 && result.code !== 404 && result.code !== 409) {
      fail(state, open.key);
      return;
    }
    const claim = open.step === 'create' ? at(state, claims, open.key.slice('claim '.length)) : undefined;
    if (claim && result.code < 400) tell(state, ctx, component, claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${nameOf(claim)}`);
  },
});

const nameOf = (claim: KubeObject): string => `pvc-${claim.metadata.uid}`;
const why = (claim: KubeObject): FieldRef => ({
  kind: claim.kind,
  namespace: claim.metadata.namespace as string,
  name: claim.metadata.name,
  path: 'spec.storageClassName',
});

function syncClaim(state: State, ctx: Ctx, key: string, claim: KubeObject | undefined): void {
  if (!claim || claim.spec.volumeName || claim.metadata.deletionTimestamp) {
    delete state.readyMs[key];
    return;
  }
  const storageClass = get(state, classes, undefined, classOf(claim));
  const node = claim.metadata.annotations?.[selectedNode];
  if (storageClass?.provisioner !== provisionerName || node === undefined) return;
  const readyMs = state.readyMs[key];
  if (readyMs === undefined) {
    state.readyMs[key] = ctx.nowMs + makeMs;
    const text = `External provisioner is provisioning volume for claim "${claim.metadata.namespace}/${claim.metadata.name}"`;
    tell(state, ctx, component, claim, 'Normal', 'Provisioning', text, why(claim));
    enqueueAfter(state, ctx, key, makeMs);
    return;
  }
  if (ctx.nowMs < readyMs || get(state, volumes, undefined, nameOf(claim))) return;
  delete state.readyMs[key];
  call(state, ctx, key, 'create', { verb: 'create', resource: volumes, object: volumeFor(claim, storageClass, node) }, undefined, why(claim));
}

function volumeFor(claim: KubeObject, storageClass: KubeObject, node: string): object {
  const { namespace, name, uid } = claim.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: nameOf(claim), annotations: { [provisionedBy]: provisionerName } },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion: claim.metadata.resourceVersion },
      hostPath: { path: `${folder}/${nameOf(claim)}_${namespace}_${name}`, type: 'DirectoryOrCreate' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
    },
  };
}

/** A volume whose claim is gone goes too, if its class said so. */
function syncVolume(state: State, ctx: Ctx, key: string, volume: KubeObject | undefined): void {
  if (volume?.status?.phase !== 'Released' || volume.spec.persistentVolumeReclaimPolicy !== 'Delete' || volume.metadata.deletionTimestamp) return;
  call(state, ctx, key, 'delete', { verb: 'delete', resource: volumes, name: volume.metadata.name });
}
