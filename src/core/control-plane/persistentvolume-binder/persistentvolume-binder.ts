/**
 * Binds claims to volumes. Models pkg/controller/volume/persistentvolume/pv_controller.go, v1.36.2. Keys are `@claim|…` and `@volume|…`; a binding is four
 * writes, each made when the one before is answered.
 *
 * Simplified: volumes with the policy Delete or Recycle are only released; deleting what is behind them is a provisioner's work, and none runs.
 */
import type { KubeObject, Pod } from '../../api/types.ts';
import {
  all,
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  fail,
  get,
  readYourWrites,
  tell,
  watchResource,
} from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import {
  bindCompleted,
  boundByController,
  claimsOf,
  classOf,
  findMatchingVolume,
  isBoundTo,
  selectedNode,
  whyUnsuitable,
  withClaim,
} from '../../contracts/client-go/volume-matching.ts';
import type { ApiCall } from '../../contracts/watch.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

type State = ControllerState;

const claims = 'persistentvolumeclaims';
const volumes = 'persistentvolumes';
const classes = 'storageclasses.storage.k8s.io';
const component = 'persistentvolume-controller';
const resyncPeriodMs = 15_000;
const provisionerAnnotations = ['volume.kubernetes.io/storage-provisioner', 'volume.beta.kubernetes.io/storage-provisioner'];
const noProvisioner = 'kubernetes.io/no-provisioner';

const claimKey = (claim: KubeObject): string => `@claim|${keyFor(claim)}`;
const volumeKey = (volume: KubeObject): string => `@volume|${keyFor(volume)}`;
const inner = (key: string): string => key.slice(key.indexOf('|') + 1);

const code: ControllerCode<State> = {
  resources: [claims, volumes, classes],
  initial(_args: never, ctx: Ctx) {
    ctx.send(ctx.self, { type: 'Resync' }, resyncPeriodMs);
    return {};
  },
  changed(state, from, change) {
    const object = change.object as KubeObject;
    if (from === claims) {
      if (change.type !== 'deleted') enqueue(state, claimKey(object));
      else if (object.spec.volumeName) enqueue(state, `@volume|${storeKey(undefined, object.spec.volumeName)}`);
    } else if (from === volumes) {
      if (change.type !== 'deleted') enqueue(state, volumeKey(object));
      else if (object.spec.claimRef) enqueue(state, `@claim|${storeKey(object.spec.claimRef.namespace, object.spec.claimRef.name)}`);
    }
  },
  sync(state, key, ctx) {
    if (key.startsWith('@claim|')) {
      const claim = at(state, claims, inner(key));
      if (!claim) return;
      if (claim.metadata.annotations?.[bindCompleted] === undefined) syncUnboundClaim(state, ctx, key, claim);
      else syncBoundClaim(state, ctx, key, claim);
    } else {
      const volume = at(state, volumes, inner(key));
      if (volume) syncVolume(state, ctx, key, volume);
    }
  },
  other(state, message, ctx) {
    if (message.body.type !== 'Resync') return;
    ctx.send(ctx.self, { type: 'Resync' }, resyncPeriodMs);
    for (const volume of all(state, volumes)) enqueue(state, volumeKey(volume));
    for (const claim of all(state, claims)) enqueue(state, claimKey(claim));
  },
  answered(state, open, result, ctx) {
    if (result.code >= 400) {
      if (result.code !== 404) fail(state, open.key);
      return;
    }
    readYourWrites(state, code, open.data?.resource ?? claims, result, ctx);
    if (open.step === 'bind') {
      const claim = at(state, claims, open.data.claim);
      const volume = at(state, volumes, open.data.volume);
      if (claim && volume) bind(state, ctx, open.key, claim, volume);
    } else if (open.step === 'again') code.sync(state, open.key, ctx);
  },
};

export const persistentVolumeBinder: Room<State> = controllerRoom(code);

const why = (claim: KubeObject, path: string): FieldRef => ({
  kind: 'PersistentVolumeClaim',
  namespace: claim.metadata.namespace as string,
  name: claim.metadata.name,
  path,
});
const updateVolume = (object: KubeObject, subresource?: 'status'): ApiCall => ({
  verb: 'update',
  resource: volumes,
  name: object.metadata.name,
  object,
  ...(subresource ? { subresource } : {}),
});
const updateClaim = (object: KubeObject, subresource?: 'status'): ApiCall => ({
  verb: 'update',
  resource: claims,
  namespace: object.metadata.namespace as string,
  name: object.metadata.name,
  object,
  ...(subresource ? { subresource } : {}),
});

/** The next of the four writes that bind; none when all are made. */
function bind(state: State, ctx: Ctx, key: string, claim: KubeObject, volume: KubeObject): void {
  const data = { claim: keyFor(claim), volume: keyFor(volume) };
  const step = (request: ApiCall): void => call(state, ctx, key, 'bind', request, { ...data, resource: request.resource }, why(claim, 'spec.volumeName'));
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) step(updateVolume(withClaim(volume, claim)));
  else if (volume.status?.phase !== 'Bound') step(updateVolume({ ...volume, status: { ...volume.status, phase: 'Bound' } }, 'status'));
  else if (claim.spec.volumeName !== volume.metadata.name || claim.metadata.annotations?.[bindCompleted] === undefined) {
    const byUser = claim.spec.volumeName !== undefined && claim.spec.volumeName !== '';
    const annotations = { ...claim.metadata.annotations, [bindCompleted]: 'yes', ...(byUser ? {} : { [boundByController]: 'yes' }) };
    step(updateClaim({ ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: volume.metadata.name } }));
  } else if (claim.status?.phase !== 'Bound') {
    const status = { ...claim.status, phase: 'Bound', accessModes: volume.spec.accessModes, capacity: { storage: volume.spec.capacity?.storage } };
    step(updateClaim({ ...claim, status }, 'status'));
  }
}

function setClaimPhase(state: State, ctx: Ctx, key: string, claim: KubeObject, phase: string): void {
  if (claim.status?.phase === phase) return;
  const { capacity: _c, accessModes: _a, ...rest } = claim.status ?? {};
  call(state, ctx, key, 'phase', updateClaim({ ...claim, status: { ...(phase === 'Pending' ? rest : claim.status), phase } }, 'status'));
}

function setVolumePhase(state: State, ctx: Ctx, key: string, volume: KubeObject, phase: string): void {
  if (volume.status?.phase !== phase)
    call(state, ctx, key, 'phase', updateVolume({ ...volume, status: { ...volume.status, phase } }, 'status'), { resource: volumes });
}

function syncUnboundClaim(state: State, ctx: Ctx, key: string, claim: KubeObject): void {
  if (!claim.spec.volumeName) {
    const storageClass = get(state, classes, undefined, classOf(claim));
    const delayBinding = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && claim.metadata.annotations?.[selectedNode] === undefined;
    const volume = findMatchingVolume(claim, all(state, volumes), { delayBinding });
    if (volume) bind(state, ctx, key, claim, volume);
    else noVolume(state, ctx, key, claim, storageClass, delayBinding);
    return;
  }
  const volume = get(state, volumes, undefined, claim.spec.volumeName);
  if (!volume) setClaimPhase(state, ctx, key, claim, 'Pending');
  else if (!volume.spec.claimRef || isBoundTo(volume, claim)) {
    const reason = volume.spec.claimRef ? undefined : whyUnsuitable(volume, claim);
    if (!reason) {
      bind(state, ctx, key, claim, volume);
      return;
    }
    tell(state, ctx, component, claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${volume.metadata.name}": ${reason}`, why(claim, 'spec'));
    setClaimPhase(state, ctx, key, claim, 'Pending');
  } else {
    const text = `volume "${volume.metadata.name}" already bound to a different claim.`;
    tell(state, ctx, component, claim, 'Warning', 'FailedBinding', text, why(claim, 'spec.volumeName'));
    setClaimPhase(state, ctx, key, claim, 'Pending');
  }
}

function noVolume(state: State, ctx: Ctx, key: string, claim: KubeObject, storageClass: KubeObject | undefined, delayBinding: boolean): void {
  if (claim.spec.storageClassName === undefined && classOf(claim) === '' && assignDefaultClass(state, ctx, key, claim)) return;
  if (delayBinding) {
    const waiting = waitingPods(state, ctx, key, claim);
    if (waiting === undefined) return;
    if (waiting.length === 0) tell(state, ctx, component, claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    else {
      const pods = `pod${waiting.length > 1 ? 's' : ''} ${waiting.join(',')}`;
      tell(state, ctx, component, claim, 'Normal', 'WaitForPodScheduled', `waiting for ${pods} to be scheduled`);
    }
  } else if (classOf(claim) !== '') {
    provision(state, ctx, key, claim, storageClass);
  } else
    tell(
      state,
      ctx,
      component,
      claim,
      'Normal',
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
      why(claim, 'spec.storageClassName'),
    );
  setClaimPhase(state, ctx, key, claim, 'Pending');
}

/** A claim made before there was a default class gets it afterwards. */
function assignDefaultClass(state: State, ctx: Ctx, key: string, claim: KubeObject): boolean {
  const defaults = all(state, classes).filter((each) => each.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
  defaults.sort((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : a.metadata.name < b.metadata.name ? -1 : 1));
  const [first] = defaults;
  if (!first) return false;
  call(state, ctx, key, 'again', updateClaim({ ...claim, spec: { ...claim.spec, storageClassName: first.metadata.name } }), { resource: claims });
  return true;
}

/** Names of unscheduled pods that use the claim; undefined until pods are known. */
function waitingPods(state: State, ctx: Ctx, key: string, claim: KubeObject): string[] | undefined {
  if (!state.informers.pods) {
    watchResource(state, ctx, 'pods');
    enqueue(state, key);
    return undefined;
  }
  return all<Pod>(state, 'pods')
    .filter(
      (pod) => pod.metadata.namespace === claim.metadata.namespace && !pod.spec.nodeName && claimsOf(pod).some((each) => each.name === claim.metadata.name),
    )
    .map((pod) => pod.metadata.name);
}

function provision(state: State, ctx: Ctx, key: string, claim: KubeObject, storageClass: KubeObject | undefined): void {
  if (!storageClass) {
    const text = `storageclass.storage.k8s.io "${classOf(claim)}" not found`;
    tell(state, ctx, component, claim, 'Warning', 'ProvisioningFailed', text, why(claim, 'spec.storageClassName'));
    return;
  }
  const provisioner: string = storageClass.provisioner;
  if (provisioner === noProvisioner) return;
  if (claim.metadata.annotations?.[provisionerAnnotations[0] as string] !== provisioner) {
    const annotations = { ...claim.metadata.annotations };
    for (const annotation of provisionerAnnotations) annotations[annotation] = provisioner;
    call(state, ctx, key, 'again', updateClaim({ ...claim, metadata: { ...claim.metadata, annotations } }), { resource: claims });
    return;
  }
  const text =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ` +
    'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  tell(state, ctx, component, claim, 'Normal', 'ExternalProvisioning', text);
}

function syncBoundClaim(state: State, ctx: Ctx, key: string, claim: KubeObject): void {
  const lost = (message: string): void => {
    if (claim.status?.phase === 'Lost') return;
    tell(state, ctx, component, claim, 'Warning', 'ClaimLost', message);
    setClaimPhase(state, ctx, key, claim, 'Lost');
  };
  if (!claim.spec.volumeName) {
    lost('Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    return;
  }
  const volume = get(state, volumes, undefined, claim.spec.volumeName);
  if (!volume) lost('Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  else if (!volume.spec.claimRef || volume.spec.claimRef.uid === claim.metadata.uid) bind(state, ctx, key, claim, volume);
  else if (claim.status?.phase !== 'Lost') {
    tell(state, ctx, component, claim, 'Warning', 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
    setClaimPhase(state, ctx, key, claim, 'Lost');
  }
}

function syncVolume(state: State, ctx: Ctx, key: string, volume: KubeObject): void {
  const ref = volume.spec.claimRef;
  if (!ref?.uid) {
    setVolumePhase(state, ctx, key, volume, 'Available');
    return;
  }
  const claim = get(state, claims, ref.namespace, ref.name);
  if (!claim || claim.metadata.uid !== ref.uid) {
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') setVolumePhase(state, ctx, key, volume, 'Released');
  } else if (!claim.spec.volumeName) enqueue(state, claimKey(claim));
  else if (claim.spec.volumeName === volume.metadata.name) setVolumePhase(state, ctx, key, volume, 'Bound');
  else if (volume.metadata.annotations?.[boundByController] !== undefined) {
    // The claim went to another volume: this one is free again.
    const { [boundByController]: _, ...annotations } = volume.metadata.annotations;
    const { claimRef: __, ...spec } = volume.spec;
    call(state, ctx, key, 'again', updateVolume({ ...volume, metadata: { ...volume.metadata, annotations }, spec }), { resource: volumes });
  }
}
