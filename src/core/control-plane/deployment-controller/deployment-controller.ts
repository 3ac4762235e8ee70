/**
 * Rolls Deployments out. Models pkg/controller/deployment/deployment_controller.go, v1.36.2. A sync makes the first write that is needed; when it is
 * answered the sync runs again on what was written, until nothing is left but the status.
 */
import { equal } from '../../api/equal.ts';
import { isPodTerminal } from '../../api/pods.ts';
import { matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  enqueueAfter,
  fail,
  get,
  readYourWrites,
  tell,
  watchResource,
} from '../../contracts/client-go/controller.ts';
import { controllerOf, controllerRef, dependentsOf, indexOwner, keyFor, type OwnerIndex, orphansIn, ownerIndex } from '../../contracts/client-go/owners.ts';
import type { OpenRequest } from '../../contracts/client-go/requests.ts';
import type { ApiResponse } from '../../contracts/watch.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { newReplicaSet, replicasAnnotations } from './new-replica-set.ts';
import { maxRevision, newReplicaSetAnnotations, type ReplicaSets, replicasOf, revisionAnnotation, revisionOf, sortOut } from './replica-sets.ts';
import { isRolling, isScalingEvent, reconcileNew, reconcileOld, type Scale, scale } from './rolling.ts';
import { calculateStatus, conditionOf, deploymentComplete, hasProgressDeadline, progressing, rolloutStatus, stuckCheckMs, withCondition } from './status.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  owners: OwnerIndex;
  /** Pods by ReplicaSet; filled only while a Deployment with strategy Recreate needs them. */
  podOwners: OwnerIndex;
}

const resource = 'deployments.apps';
const replicaSets = 'replicasets.apps';
const component = 'deployment-controller';

const code: ControllerCode<State> = {
  resources: [resource, replicaSets],
  initial: () => ({ owners: ownerIndex(), podOwners: ownerIndex() }),

  changed(state, from, change) {
    const object = change.object as KubeObject;
    if (from === resource) enqueue(state, keyFor(object));
    else if (from === replicaSets) {
      indexOwner(state.owners, change);
      if (change.old && controllerOf(change.old)?.uid !== controllerOf(object)?.uid) enqueueOwner(state, change.old);
      if (!enqueueOwner(state, object) && !controllerOf(object) && change.type !== 'deleted')
        for (const d of Object.values(state.informers[resource]?.objects ?? {}))
          if (d.metadata.namespace === object.metadata.namespace && matchesSelector(d.spec.selector, object.metadata.labels)) enqueue(state, keyFor(d));
    } else {
      indexOwner(state.podOwners, change);
      // Only the end of a pod matters: a Recreate may go on.
      const ended = change.type === 'deleted' || (change.old !== undefined && !isPodTerminal(change.old as Pod) && isPodTerminal(object as Pod));
      const owner = ended ? controllerOf(object) : undefined;
      const rs = owner && get(state, replicaSets, object.metadata.namespace, owner.name);
      if (rs) enqueueOwner(state, rs);
    }
  },

  sync(state, key, ctx) {
    const d = at(state, resource, key);
    if (!d) return;
    if (Object.keys(d.spec.selector ?? {}).length === 0) {
      tell(state, ctx, component, d, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
      return;
    }
    const sets = sortOut(d, claim(state, ctx, key, d));
    if (d.metadata.deletionTimestamp) {
      writeStatus(state, ctx, key, d, calculateStatus(d, sets, ctx.epochMs));
      return;
    }
    if (checkPaused(state, ctx, key, d)) return;
    if (d.spec.paused || isScalingEvent(d, sets)) {
      syncScale(state, ctx, key, d, sets);
      return;
    }
    if (isRolling(d)) rolloutRolling(state, ctx, key, d, sets);
    else rolloutRecreate(state, ctx, key, d, sets);
  },

  answered(state, open, result, ctx) {
    const d = at(state, resource, open.key);
    if (result.code >= 400) refused(state, ctx, open, d, result);
    else {
      if (open.step === 'delete-rs') return;
      readYourWrites(state, code, open.step === 'status' || open.step === 'revision' ? resource : replicaSets, result, ctx);
      if (open.data?.event && d) tell(state, ctx, component, d, 'Normal', 'ScalingReplicaSet', open.data.event, replicasField(d));
    }
    if (open.step === 'status' || state.failed[open.key] || state.requests.perKey[open.key] !== undefined) return;
    code.sync(state, open.key, ctx);
  },
};

export const deploymentController: Room<State> = controllerRoom(code);

function enqueueOwner(state: State, rs: KubeObject): boolean {
  const owner = controllerOf(rs);
  const d = owner?.kind === 'Deployment' ? get(state, resource, rs.metadata.namespace, owner.name) : undefined;
  if (!d || d.metadata.uid !== owner?.uid) return false;
  enqueue(state, keyFor(d));
  return true;
}

function claim(state: State, ctx: Ctx, key: string, d: KubeObject): KubeObject[] {
  const objects = state.informers[replicaSets]?.objects ?? {};
  const owned = dependentsOf<KubeObject>(state.owners, objects, d);
  if (d.metadata.deletionTimestamp) return owned;
  for (const rs of orphansIn<KubeObject>(state.owners, objects, d.metadata.namespace)) {
    if (rs.metadata.deletionTimestamp || !matchesSelector(d.spec.selector, rs.metadata.labels)) continue;
    const ownerReferences = [...(rs.metadata.ownerReferences ?? []), controllerRef(d)];
    call(state, ctx, key, 'adopt', {
      verb: 'patch',
      resource: replicaSets,
      namespace: rs.metadata.namespace as string,
      name: rs.metadata.name,
      patchType: 'merge',
      patch: { metadata: { uid: rs.metadata.uid, ownerReferences } },
    });
    owned.push(rs);
  }
  return owned;
}

const field = (d: KubeObject, path: string): FieldRef => ({ kind: 'Deployment', namespace: d.metadata.namespace as string, name: d.metadata.name, path });
const replicasField = (d: KubeObject): FieldRef => field(d, 'spec.replicas');

/** Tells in the status that the Deployment was paused or resumed. True when that was written now. */
function checkPaused(state: State, ctx: Ctx, key: string, d: KubeObject): boolean {
  if (!hasProgressDeadline(d)) return false;
  const condition = conditionOf(d.status, 'Progressing');
  if (condition?.reason === 'ProgressDeadlineExceeded') return false;
  const toldPaused = condition?.reason === 'DeploymentPaused';
  if ((d.spec.paused === true) === toldPaused) return false;
  const next = d.spec.paused
    ? progressing('Unknown', 'DeploymentPaused', 'Deployment is paused', ctx.epochMs)
    : progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed', ctx.epochMs);
  call(state, ctx, key, 'revision', statusUpdate(d, { ...d.status, conditions: withCondition(d.status?.conditions ?? [], next) }));
  return true;
}

const statusUpdate = (d: KubeObject, status: unknown) =>
  ({ verb: 'update', resource, subresource: 'status', namespace: d.metadata.namespace as string, name: d.metadata.name, object: { ...d, status } }) as const;

function syncScale(state: State, ctx: Ctx, key: string, d: KubeObject, sets: ReplicaSets): void {
  if (sets.newRS && syncRevision(state, ctx, key, d, sets)) return;
  if (scaleAll(state, ctx, key, d, scale(d, sets))) return;
  if (d.spec.paused && cleanup(state, ctx, key, d, sets)) return;
  writeStatus(state, ctx, key, d, calculateStatus(d, sets, ctx.epochMs));
}

function rolloutRolling(state: State, ctx: Ctx, key: string, d: KubeObject, sets: ReplicaSets): void {
  if (syncRevision(state, ctx, key, d, sets)) return;
  const up = reconcileNew(d, sets);
  if (up && scaleAll(state, ctx, key, d, [up])) return;
  if (scaleAll(state, ctx, key, d, reconcileOld(d, sets))) return;
  finishRollout(state, ctx, key, d, sets);
}

function rolloutRecreate(state: State, ctx: Ctx, key: string, d: KubeObject, sets: ReplicaSets): void {
  if (sets.newRS && syncRevision(state, ctx, key, d, sets)) return;
  const down = sets.oldRSs.filter((rs) => replicasOf(rs) > 0).map((rs) => ({ rs, replicas: 0 }));
  if (scaleAll(state, ctx, key, d, down)) return;
  if (sets.oldRSs.length > 0) {
    if (!state.informers.pods) {
      watchResource(state, ctx, 'pods');
      enqueue(state, key);
      return;
    }
    if (oldPodsRunning(state, sets)) {
      writeStatus(state, ctx, key, d, rolloutStatus(d, sets, ctx.epochMs));
      return;
    }
  }
  if (syncRevision(state, ctx, key, d, sets)) return;
  const { newRS } = sets;
  if (newRS && replicasOf(newRS) !== d.spec.replicas && scaleAll(state, ctx, key, d, [{ rs: newRS, replicas: d.spec.replicas }])) return;
  finishRollout(state, ctx, key, d, sets);
}

function oldPodsRunning(state: State, sets: ReplicaSets): boolean {
  const objects = state.informers.pods?.objects ?? {};
  return sets.oldRSs.some((rs) => dependentsOf<Pod>(state.podOwners, objects, rs).some((pod) => !isPodTerminal(pod)));
}

function finishRollout(state: State, ctx: Ctx, key: string, d: KubeObject, sets: ReplicaSets): void {
  if (deploymentComplete(d, d.status) && cleanup(state, ctx, key, d, sets)) return;
  writeStatus(state, ctx, key, d, rolloutStatus(d, sets, ctx.epochMs));
}

/** Makes the new ReplicaSet, or brings its annotations and the Deployment's revision up to date. True when that took a write. */
function syncRevision(state: State, ctx: Ctx, key: string, d: KubeObject, { newRS, oldRSs }: ReplicaSets): boolean {
  if (!newRS) {
    const rs = newReplicaSet(d, oldRSs);
    const event = rs.spec.replicas > 0 ? `Scaled up replica set ${rs.metadata.name} from 0 to ${rs.spec.replicas}` : undefined;
    const request = { verb: 'create', resource: replicaSets, namespace: d.metadata.namespace as string, object: rs } as const;
    call(state, ctx, key, 'create-rs', request, event ? { event } : {}, field(d, 'spec.template'));
    return true;
  }
  const revision = Math.max(maxRevision(oldRSs) + 1, 1);
  const annotations = newReplicaSetAnnotations(d, newRS.metadata.annotations ?? {}, revision, true);
  const minReadySeconds: number = d.spec.minReadySeconds ?? 0;
  if (!equal(annotations, newRS.metadata.annotations ?? {}) || minReadySeconds !== (newRS.spec.minReadySeconds ?? 0)) {
    call(state, ctx, key, 'annotate-rs', updateRS({ ...newRS, metadata: { ...newRS.metadata, annotations }, spec: { ...newRS.spec, minReadySeconds } }));
    return true;
  }
  const text = String(revisionOf(newRS));
  const noCondition = hasProgressDeadline(d) && !conditionOf(d.status, 'Progressing');
  if (d.metadata.annotations?.[revisionAnnotation] === text && !noCondition) return false;
  const name = newRS.metadata.name;
  // A ReplicaSet whose status was never observed is one that was made just now.
  const next =
    newRS.status?.observedGeneration === undefined && newRS.metadata.generation === 1
      ? progressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, ctx.epochMs)
      : progressing('True', 'FoundNewReplicaSet', `Found new replica set "${name}"`, ctx.epochMs);
  const created = next.reason === 'NewReplicaSetCreated' && hasProgressDeadline(d);
  const conditions = noCondition || created ? withCondition(d.status?.conditions ?? [], next) : d.status?.conditions;
  const updated = { ...d, metadata: { ...d.metadata, annotations: { ...d.metadata.annotations, [revisionAnnotation]: text } } };
  call(state, ctx, key, 'revision', statusUpdate(updated, { ...d.status, ...(conditions ? { conditions } : {}) }));
  return true;
}

const updateRS = (rs: KubeObject) =>
  ({ verb: 'update', resource: replicaSets, namespace: rs.metadata.namespace as string, name: rs.metadata.name, object: rs }) as const;

/** True when anything had to be scaled. */
function scaleAll(state: State, ctx: Ctx, key: string, d: KubeObject, scales: readonly Scale[]): boolean {
  let any = false;
  for (const { rs, replicas } of scales) {
    const annotations = { ...rs.metadata.annotations, ...replicasAnnotations(d) };
    if (replicas === replicasOf(rs) && equal(annotations, rs.metadata.annotations ?? {})) continue;
    any = true;
    const direction = replicas > replicasOf(rs) ? 'up' : 'down';
    const event = replicas === replicasOf(rs) ? undefined : `Scaled ${direction} replica set ${rs.metadata.name} from ${replicasOf(rs)} to ${replicas}`;
    const scaled = { ...rs, metadata: { ...rs.metadata, annotations }, spec: { ...rs.spec, replicas } };
    call(state, ctx, key, 'scale', updateRS(scaled), event ? { event } : {}, replicasField(d));
  }
  return any;
}

/** Deletes old ReplicaSets beyond revisionHistoryLimit. */
function cleanup(state: State, ctx: Ctx, key: string, d: KubeObject, { oldRSs }: ReplicaSets): boolean {
  const limit: number | undefined = d.spec.revisionHistoryLimit;
  if (limit === undefined) return false;
  const cleanable = oldRSs.filter((rs) => !rs.metadata.deletionTimestamp);
  const surplus = cleanable.length - limit;
  if (surplus <= 0) return false;
  let any = false;
  for (const rs of cleanable.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, surplus)) {
    if ((rs.status?.replicas ?? 0) !== 0 || replicasOf(rs) !== 0 || (rs.metadata.generation ?? 0) > (rs.status?.observedGeneration ?? 0)) continue;
    any = true;
    const request = { verb: 'delete', resource: replicaSets, namespace: rs.metadata.namespace as string, name: rs.metadata.name } as const;
    call(state, ctx, key, 'delete-rs', request, undefined, field(d, 'spec.revisionHistoryLimit'));
  }
  return any;
}

function writeStatus(state: State, ctx: Ctx, key: string, d: KubeObject, status: unknown): void {
  const after = stuckCheckMs(d, status, ctx.epochMs);
  if (!equal(status, d.status ?? {})) call(state, ctx, key, 'status', statusUpdate(d, status));
  if (after !== undefined) enqueueAfter(state, ctx, key, Math.max(after, 1000));
}

function refused(state: State, ctx: Ctx, open: OpenRequest, d: KubeObject | undefined, result: ApiResponse): void {
  const message = result.status?.message ?? '';
  if (open.step !== 'create-rs' || !d) {
    if (result.code !== 404) fail(state, open.key);
    return;
  }
  fail(state, open.key);
  if (result.code === 409 && result.status?.reason === 'AlreadyExists') {
    // Another template with the same hash: count the collision and try with another.
    call(state, ctx, open.key, 'status', statusUpdate(d, { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 }));
    return;
  }
  const name = newReplicaSet(d, []).metadata.name;
  const text = `Failed to create new replica set "${name}": ${message}`;
  tell(state, ctx, component, d, 'Warning', 'ReplicaSetCreateError', text);
  if (hasProgressDeadline(d))
    call(
      state,
      ctx,
      open.key,
      'status',
      statusUpdate(d, { ...d.status, conditions: withCondition(d.status?.conditions ?? [], progressing('False', 'ReplicaSetCreateError', text, ctx.epochMs)) }),
    );
}
