/**
 * Mounts what pods need and takes away what no pod needs: desired state, actual state, a populator and a reconciler that compare them.
 * Models pkg/kubelet/volumemanager and pkg/volume/util/operationexecutor, v1.36.2. The loops run only while there is work, at the moments of a steady 100 ms loop.
 */
import { isPodTerminal } from '../../../api/pods.ts';
import type { KubeObject, Pod, Volume } from '../../../api/types.ts';
import type { ApiResponse, WatchEvent } from '../../../contracts/watch.ts';
import type { Body, Ctx, Message } from '../../../engine/types.ts';
import { podDir } from '../pod-directories.ts';
import type { KubeletState } from '../state.ts';
import { fs } from '../system-calls.ts';
import { type ClaimLookup, claimAnswer, claimOf, lookUpClaim } from './claims.ts';
import { initialObjects, type ObjectManagerState, observeObject, registerPod, unregisterPod } from './object-manager.ts';
import { reconcilePod, type VolumeOperation } from './reconciler.ts';
import { forgetTokens, type TokenRecord, tokenAnswer } from './tokens.ts';
import { isRemountable, type MountedVolume, tearDownVolume } from './volume-plugins.ts';

/** Pause between passes of a loop, and about what a pass takes, ms. */
export const loopPeriodMs = 101;
/** How often a pod whose claims cannot be resolved is looked at again. Simplified: upstream asks the API server at each pass. */
const claimRetryMs = 1000;

/** Desired state of the world, per pod. */
export interface DesiredPod {
  /** Used volumes in order of the manifest, by name: to be mounted. Empty until the populator has seen the pod. */
  volumes: Record<string, { volume: Volume; persistentVolume?: KubeObject; remount: boolean }>;
  /** Claims that could not be resolved; words for the sync. */
  errors: Record<string, string>;
  /** All its containers have stopped: its volumes are unwanted. */
  gone: boolean;
  claims: Record<string, ClaimLookup>;
}

export interface VolumeManagerState {
  desired: Record<string, DesiredPod>;
  /** Actual state of the world: UID → volume → mount. */
  mounted: Record<string, Record<string, MountedVolume>>;
  /** UIDs that the populator must look at (again). */
  unprocessed: Record<string, true>;
  /** UIDs that the reconciler must look at, and from when on, ms. */
  unreconciled: Record<string, number>;
  /** Under way or backing off, by `UID/VOLUME`. */
  operations: Record<string, VolumeOperation>;
  objects: ObjectManagerState;
  tokens: Record<string, TokenRecord>;
  /** Requests to the API server by id: whose answer it is. */
  requests: Record<string, { kind: 'token'; key: string; uid: string } | { kind: 'claim' | 'volume'; uid: string; volume: string }>;
  /** Where in time the two loops have their passes. */
  populatorPhaseMs: number;
  reconcilerPhaseMs: number;
  /** When the next pass is due; not later than now: none is. */
  populatorDueMs: number;
  reconcilerDueMs: number;
}

export function initialVolumes(): VolumeManagerState {
  return {
    desired: {},
    mounted: {},
    unprocessed: {},
    unreconciled: {},
    operations: {},
    objects: initialObjects(),
    tokens: {},
    requests: {},
    populatorPhaseMs: 0,
    reconcilerPhaseMs: 0,
    populatorDueMs: Number.MIN_SAFE_INTEGER,
    reconcilerDueMs: Number.MIN_SAFE_INTEGER,
  };
}

/** After a restart the mounts are found in the directories of the pods. */
export function restartVolumes(old: VolumeManagerState): VolumeManagerState {
  return { ...initialVolumes(), mounted: old.mounted };
}

/** After a restart, mounts of pods that are gone are taken away once all sources of pods have told theirs. */
const orphanCheckMs = 2000;

/** Both loops begin together: a pass of the reconciler comes a full round after that of the populator. */
export function startVolumes(state: KubeletState, ctx: Ctx): void {
  state.volumes.populatorPhaseMs = ctx.nowMs + Math.floor(ctx.random() * loopPeriodMs);
  state.volumes.reconcilerPhaseMs = state.volumes.populatorPhaseMs - 1;
  for (const _ in state.volumes.mounted) {
    ctx.send(ctx.self, { type: 'VolumeOrphans' } as Body, orphanCheckMs);
    break;
  }
}

/** Volumes that some container mounts; the others are never set up. */
export function expectedVolumes(pod: Pod): string[] {
  const used = new Set<string>();
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])]) {
    for (const mount of container.volumeMounts ?? []) used.add(mount.name);
    for (const device of container.volumeDevices ?? []) used.add(device.name);
  }
  return (pod.spec.volumes ?? []).map((volume) => volume.name).filter((name) => used.has(name));
}

/** At the begin of each sync: the populator looks at the pod again, and what follows objects is brought up to date. */
export function podAdded(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const volumes = state.volumes;
  registerPod(volumes.objects, pod, ctx);
  const uid = pod.metadata.uid;
  if (!volumes.desired[uid]) {
    if ((pod.spec.volumes ?? []).length === 0) return;
    volumes.desired[uid] = { volumes: {}, errors: {}, gone: false, claims: {} };
  }
  schedulePopulator(state, uid, ctx);
}

/** All containers have stopped: unmount. May be told again. */
export function podTerminated(state: KubeletState, pod: Pod, ctx: Ctx): void {
  const volumes = state.volumes;
  const uid = pod.metadata.uid;
  if (volumes.desired[uid]?.gone) return;
  unregisterPod(volumes.objects, uid, ctx);
  forgetTokens(volumes, uid);
  for (const name in volumes.mounted[uid]) delete volumes.operations[`${uid}/${name}`];
  const desired = volumes.desired[uid];
  for (const name in desired?.volumes) delete volumes.operations[`${uid}/${name}`];
  if (!desired && volumes.mounted[uid] === undefined) return;
  volumes.desired[uid] = { volumes: {}, errors: {}, gone: true, claims: {} };
  schedulePopulator(state, uid, ctx);
}

/** True when nothing of the pod is mounted. */
export const volumesUnmounted = (state: KubeletState, podUID: string): boolean => state.volumes.mounted[podUID] === undefined;

/** One look, as WaitForAttachAndMount's poll does every 300 ms. */
export function waitForAttachAndMount(
  state: KubeletState,
  pod: Pod,
  _ctx: Ctx,
): 'mounted' | { pending: true } | { error: { reason: string; message: string } } {
  const expected = expectedVolumes(pod);
  if (expected.length === 0) return 'mounted';
  const uid = pod.metadata.uid;
  const mounted = state.volumes.mounted[uid];
  const unmounted = expected.filter((name) => mounted?.[name] === undefined);
  if (unmounted.length === 0) return 'mounted';
  const desired = state.volumes.desired[uid];
  const errors = Object.values(desired?.errors ?? {});
  if (errors.length === 0) return { pending: true };
  const unprocessed = expected.filter((name) => desired?.volumes[name] === undefined);
  const words = `unmounted volumes=[${unmounted.join(' ')}], unattached volumes=[], failed to process volumes=[${unprocessed.join(' ')}]: ${errors.join('; ')}`;
  if (desired) desired.errors = {};
  return { error: { reason: 'FailedMount', message: `Unable to attach or mount volumes: ${words}` } };
}

/** What the pod's containers may mount, by volume name. */
export const mountedVolumesForPod = (state: KubeletState, podUID: string): Readonly<Record<string, MountedVolume>> => state.volumes.mounted[podUID] ?? {};

/** After the pod's object has gone and its volumes with it: the rest of its directory. */
export function removePodDirectory(state: KubeletState, podUID: string, ctx: Ctx): void {
  if (state.volumes.mounted[podUID] !== undefined) return;
  fs(ctx, { op: 'remove', path: podDir(state.config, podUID), recursive: true });
}

/** True when the message was for the volume manager. */
export function handleVolumeMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  const { body } = message;
  switch (body.type) {
    case 'VolumePopulate':
      if (state.volumes.populatorDueMs !== ctx.nowMs) return true;
      populate(state, ctx);
      return true;
    case 'VolumeReconcile':
      if (state.volumes.reconcilerDueMs !== ctx.nowMs) return true;
      reconcile(state, ctx);
      return true;
    case 'VolumeOrphans':
      unmountOrphans(state, ctx);
      return true;
    case 'WatchEvent':
      if (observeObject(state.volumes.objects, body as WatchEvent)) resumeOperations(state, undefined, ctx);
      return (body as WatchEvent).watch.startsWith('volume-');
    case 'ApiResponse':
      return answered(state, body as ApiResponse, ctx);
    default:
      return false;
  }
}

function answered(state: KubeletState, response: ApiResponse, ctx: Ctx): boolean {
  const request = state.volumes.requests[response.id];
  if (!request) return false;
  delete state.volumes.requests[response.id];
  if (request.kind === 'token') {
    tokenAnswer(state, request.key, response, ctx);
    resumeOperations(state, request.uid, ctx);
    return true;
  }
  const desired = state.volumes.desired[request.uid];
  const pod = state.pods[request.uid];
  if (desired && pod && !desired.gone && claimAnswer(state, desired, pod, request, response, ctx)) populatePod(state, pod, desired, ctx);
  return true;
}

/** Models cleanupOrphanedPodDirs and the reconstruction of volumes. */
function unmountOrphans(state: KubeletState, ctx: Ctx): void {
  const { api, file, http } = state.sourcesReady;
  if (!api || !file || !http) {
    ctx.send(ctx.self, { type: 'VolumeOrphans' } as Body, orphanCheckMs);
    return;
  }
  const { desired, mounted } = state.volumes;
  for (const uid in mounted) {
    if (state.pods[uid] || desired[uid]) continue;
    desired[uid] = { volumes: {}, errors: {}, gone: true, claims: {} };
    schedulePopulator(state, uid, ctx);
  }
}

/** Each pod that asked for it: its volumes become wanted, or unwanted. */
function populate(state: KubeletState, ctx: Ctx): void {
  const { unprocessed } = state.volumes;
  state.volumes.unprocessed = {};
  for (const uid in unprocessed) {
    const desired = state.volumes.desired[uid];
    const pod = state.pods[uid];
    if (desired?.gone) scheduleReconciler(state, uid, ctx);
    else if (desired && pod && !(isPodTerminal(pod) && state.volumes.mounted[uid] === undefined)) populatePod(state, pod, desired, ctx);
  }
}

function populatePod(state: KubeletState, pod: Pod, desired: DesiredPod, ctx: Ctx): void {
  const uid = pod.metadata.uid;
  const byName = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  let [failed, asked] = [false, false];
  for (const name of expectedVolumes(pod)) {
    const known = desired.volumes[name];
    if (known) {
      if (isRemountable(known.volume)) known.remount = true;
      continue;
    }
    const volume = byName.get(name) as Volume;
    if (claimOf(pod, volume) === undefined) {
      desired.volumes[name] = { volume, remount: false };
      continue;
    }
    const lookup = lookUpClaim(state, desired, pod, volume, ctx);
    if (lookup === 'asked') asked = true;
    else if ('error' in lookup) {
      desired.errors[name] = lookup.error;
      failed = true;
    } else desired.volumes[name] = { volume, persistentVolume: lookup.volume, remount: false };
  }
  if (failed && !asked) schedulePopulator(state, uid, ctx, claimRetryMs);
  scheduleReconciler(state, uid, ctx);
}

/** Unmounts, mounts; comes again while something backs off. */
function reconcile(state: KubeletState, ctx: Ctx): void {
  const { desired, unreconciled } = state.volumes;
  let nextMs: number | null = null;
  for (const uid of Object.keys(unreconciled)) {
    const fromMs = unreconciled[uid] as number;
    if (fromMs > ctx.nowMs) {
      if (nextMs === null || fromMs < nextMs) nextMs = fromMs;
      continue;
    }
    delete unreconciled[uid];
    const wanted = desired[uid];
    if (wanted?.gone) unmountPod(state, uid, ctx);
    else if (wanted) mountPod(state, uid, wanted, ctx);
  }
  if (nextMs !== null) scheduleReconcilerPass(state, nextMs, ctx);
}

function mountPod(state: KubeletState, uid: string, desired: DesiredPod, ctx: Ctx): void {
  const next = reconcilePod(state, uid, desired, ctx);
  if (next !== null) scheduleReconciler(state, uid, ctx, next - ctx.nowMs);
}

function unmountPod(state: KubeletState, uid: string, ctx: Ctx): void {
  const { volumes } = state;
  const mounted = volumes.mounted[uid];
  let left = false;
  for (const name in mounted) {
    if (tearDownVolume(mounted[name] as MountedVolume, ctx)) delete mounted[name];
    else left = true;
  }
  if (left) {
    scheduleReconciler(state, uid, ctx);
    return;
  }
  delete volumes.mounted[uid];
  delete volumes.desired[uid];
  if (!state.pods[uid] && !state.workers[uid]) removePodDirectory(state, uid, ctx);
}

/** Operations that waited for a cache or a token go on at once: they are no part of the loop. `uid` undefined: of any pod. */
function resumeOperations(state: KubeletState, uid: string | undefined, ctx: Ctx): void {
  const { desired, operations } = state.volumes;
  const owners = new Set<string>();
  if (uid !== undefined) owners.add(uid);
  else for (const key in operations) if (operations[key]?.state === 'running') owners.add(key.slice(0, key.indexOf('/')));
  for (const owner of owners) {
    const of = desired[owner];
    if (of && !of.gone) mountPod(state, owner, of, ctx);
  }
}

/** The first pass after `delayMs` looks at the pod. */
function schedulePopulator(state: KubeletState, uid: string, ctx: Ctx, delayMs = 0): void {
  const { volumes } = state;
  volumes.unprocessed[uid] = true;
  const atMs = passAfter(volumes.populatorPhaseMs, ctx.nowMs + delayMs);
  if (volumes.populatorDueMs > ctx.nowMs && volumes.populatorDueMs <= atMs) return;
  volumes.populatorDueMs = atMs;
  ctx.send(ctx.self, { type: 'VolumePopulate' } as Body, atMs - ctx.nowMs);
}

function scheduleReconciler(state: KubeletState, uid: string, ctx: Ctx, delayMs = 0): void {
  const { volumes } = state;
  const fromMs = ctx.nowMs + delayMs;
  const known = volumes.unreconciled[uid];
  volumes.unreconciled[uid] = known === undefined ? fromMs : Math.min(known, fromMs);
  scheduleReconcilerPass(state, fromMs, ctx);
}

function scheduleReconcilerPass(state: KubeletState, fromMs: number, ctx: Ctx): void {
  const { volumes } = state;
  const atMs = passAfter(volumes.reconcilerPhaseMs, fromMs);
  if (volumes.reconcilerDueMs > ctx.nowMs && volumes.reconcilerDueMs <= atMs) return;
  volumes.reconcilerDueMs = atMs;
  ctx.send(ctx.self, { type: 'VolumeReconcile' } as Body, atMs - ctx.nowMs);
}

const passAfter = (phaseMs: number, nowMs: number): number => phaseMs + (Math.floor((nowMs - phaseMs) / loopPeriodMs) + 1) * loopPeriodMs;
