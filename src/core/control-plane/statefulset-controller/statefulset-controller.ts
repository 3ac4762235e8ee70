/** Pods with names that stay, one after another. Models pkg/controller/statefulset/{stateful_set,stateful_set_control}.go, v1.36.2. */
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
import { controllerOf, dependentsOf, indexOwner, keyFor, type OwnerIndex, ownerIndex } from '../../contracts/client-go/owners.ts';
import { createPod, deletePod } from '../../contracts/client-go/pod-control.ts';
import { byRevision, matchingRevision, newRevision, nextRevision, revisionResource, templateOf } from '../../contracts/client-go/revisions.ts';
import { scaledValue } from '../../contracts/client-go/scaled-value.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { claimOwners, isStaleClaim } from './claim-retention.ts';
import { claimsFor, isHealthy, isRunningAndAvailable, isRunningAndReady, ordinalOf, revisionOfPod, startOf, statefulPod } from './stateful-pods.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  owners: OwnerIndex;
  revisions: OwnerIndex;
}

const resource = 'statefulsets.apps';
const claims = 'persistentvolumeclaims';
const component = 'statefulset-controller';

const code: ControllerCode<State> = {
  resources: [resource],
  initial: () => ({ owners: ownerIndex(), revisions: ownerIndex() }),

  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === resource) {
      for (const each of ['pods', claims, revisionResource]) watchResource(state, ctx, each);
      enqueue(state, keyFor(object));
    } else if (from === revisionResource) indexOwner(state.revisions, change);
    else if (from === 'pods') {
      indexOwner(state.owners, change);
      const owner = controllerOf(object);
      const set = owner?.kind === 'StatefulSet' ? get(state, resource, object.metadata.namespace, owner.name) : undefined;
      if (!set || set.metadata.uid !== owner?.uid) return;
      enqueue(state, keyFor(set));
      const minReadySeconds: number = set.spec.minReadySeconds ?? 0;
      if (minReadySeconds > 0 && isRunningAndReady(object as Pod)) enqueueAfter(state, ctx, keyFor(set), (minReadySeconds + 1) * 1000);
    }
  },

  sync(state, key, ctx) {
    const set = at(state, resource, key);
    if (!set) return;
    const revisions = dependentsOf<KubeObject>(state.revisions, state.informers[revisionResource]?.objects ?? {}, set).sort(byRevision);
    const update = matchingRevision(set, revisions);
    if (!update || update !== revisions.at(-1)) {
      if (set.metadata.deletionTimestamp) return;
      writeRevision(state, ctx, key, set, revisions, update);
      return;
    }
    const current = revisions.find((r) => r.metadata.name === set.status?.currentRevision) ?? update;
    if (!set.metadata.deletionTimestamp) act(state, ctx, key, set, current, update);
    cleanUpRevisions(state, ctx, key, set, revisions, current, update);
    if (state.requests.perKey[key] === undefined) updateStatus(state, ctx, key, set, current, update);
  },

  answered(state, open, result, ctx) {
    const { key } = open;
    const set = at(state, resource, key);
    const message = result.status?.message ?? '';
    const failed = result.code >= 400;
    switch (open.step) {
      case 'revision':
        readYourWrites(state, code, revisionResource, result, ctx);
        if (failed) fail(state, key);
        else code.sync(state, key, ctx);
        return;
      case 'claim':
        if (failed && result.code !== 409) {
          if (set)
            tell(
              state,
              ctx,
              component,
              set,
              'Warning',
              'FailedCreate',
              `Create Claim ${open.data.claim} for Pod ${open.data.name} in StatefulSet ${set.metadata.name} failed error: ${message}`,
            );
          fail(state, key);
          return;
        }
        if (set && !failed)
          tell(
            state,
            ctx,
            component,
            set,
            'Normal',
            'SuccessfulCreate',
            `Create Claim ${open.data.claim} Pod ${open.data.name} in StatefulSet ${set.metadata.name} success`,
          );
        if (state.requests.perKey[key] === undefined && !state.failed[key]) call(state, ctx, key, 'create', createPod(open.data.pod), { name: open.data.name });
        return;
      case 'create':
      case 'delete': {
        const verb = open.step === 'create' ? 'Create' : 'Delete';
        if (!failed) {
          readYourWrites(state, code, 'pods', result, ctx);
          if (set && open.step === 'create') fixClaims(state, ctx, key, set, result.object as Pod);
          if (set)
            tell(state, ctx, component, set, 'Normal', `Successful${verb}`, `${verb} Pod ${open.data.name} in StatefulSet ${set.metadata.name} successful`);
        } else if (!(open.step === 'delete' && result.code === 404)) {
          if (set && result.code !== 409)
            tell(
              state,
              ctx,
              component,
              set,
              'Warning',
              `Failed${verb}`,
              `${verb} Pod ${open.data.name} in StatefulSet ${set.metadata.name} failed error: ${message}`,
            );
          fail(state, key);
        }
        break;
      }
      case 'owner':
        readYourWrites(state, code, claims, result, ctx);
        if (failed && result.code !== 404) fail(state, key);
        break;
      default:
        if (failed && result.code !== 404) fail(state, key);
        return;
    }
    if (state.requests.perKey[key] === undefined && set && !state.failed[key]) {
      const revisions = dependentsOf<KubeObject>(state.revisions, state.informers[revisionResource]?.objects ?? {}, set).sort(byRevision);
      const update = matchingRevision(set, revisions);
      if (update) updateStatus(state, ctx, key, set, revisions.find((r) => r.metadata.name === set.status?.currentRevision) ?? update, update);
    }
  },
};

export const statefulSetController: Room<State> = controllerRoom(code);

function writeRevision(state: State, ctx: Ctx, key: string, set: KubeObject, revisions: KubeObject[], known: KubeObject | undefined): void {
  const namespace = set.metadata.namespace as string;
  if (!known) call(state, ctx, key, 'revision', { verb: 'create', resource: revisionResource, namespace, object: newRevision(set, revisions).revision });
  else {
    const object = { ...known, revision: nextRevision(revisions) };
    call(state, ctx, key, 'revision', { verb: 'update', resource: revisionResource, namespace, name: known.metadata.name, object });
  }
}

function podsOf(state: State, set: KubeObject): Pod[] {
  return dependentsOf<Pod>(state.owners, state.informers.pods?.objects ?? {}, set).filter(
    (pod) => matchesSelector(set.spec.selector, pod.metadata.labels) && ordinalOf(set, pod) >= 0,
  );
}

const isMonotonic = (set: KubeObject): boolean => set.spec.podManagementPolicy !== 'Parallel';
const why = (set: KubeObject, path: string): FieldRef => ({ kind: 'StatefulSet', namespace: set.metadata.namespace as string, name: set.metadata.name, path });

/** One step towards the wanted pods. Models updateStatefulSet. */
function act(state: State, ctx: Ctx, key: string, set: KubeObject, current: KubeObject, update: KubeObject): void {
  const replicas: number = set.spec.replicas ?? 1;
  const start = startOf(set);
  const byOrdinal = new Map(podsOf(state, set).map((pod) => [ordinalOf(set, pod), pod]));
  const monotonic = isMonotonic(set);
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) {
      create(state, ctx, key, set, current, update, ordinal);
      if (monotonic) return;
    } else if (isPodTerminal(pod) && !pod.metadata.deletionTimestamp) {
      const [type, reason, word] =
        pod.status.phase === 'Failed'
          ? (['Warning', 'RecreatingFailedPod', 'failed'] as const)
          : (['Normal', 'RecreatingTerminatedPod', 'terminated'] as const);
      const { namespace, name } = set.metadata;
      tell(state, ctx, component, set, type, reason, `StatefulSet ${namespace}/${name} is recreating ${word} Pod ${pod.metadata.name}`);
      remove(state, ctx, key, set, pod, 'spec.replicas');
      if (monotonic) return;
    } else if (monotonic && (pod.metadata.deletionTimestamp || !isRunningAndReady(pod) || !isRunningAndAvailable(set, pod, ctx.epochMs))) return;
    else fixClaims(state, ctx, key, set, pod);
  }
  const condemned = [...byOrdinal.values()]
    .filter((pod) => ordinalOf(set, pod) < start || ordinalOf(set, pod) >= start + replicas)
    .sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  for (const pod of condemned) fixClaims(state, ctx, key, set, pod);
  const firstUnhealthy = [...byOrdinal.values()].sort((a, b) => ordinalOf(set, a) - ordinalOf(set, b)).find((pod) => !isHealthy(pod));
  for (const pod of condemned) {
    if (pod.metadata.deletionTimestamp) {
      if (monotonic) return;
      continue;
    }
    // A predecessor that is not healthy is waited for, unless it is this pod itself.
    if (monotonic && !isRunningAndReady(pod) && pod !== firstUnhealthy) return;
    remove(state, ctx, key, set, pod, 'spec.replicas');
    if (monotonic) return;
  }
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  roll(state, ctx, key, set, update, byOrdinal);
}

/** From the highest ordinal down to the partition, as many as may be unavailable. */
function roll(state: State, ctx: Ctx, key: string, set: KubeObject, update: KubeObject, byOrdinal: Map<number, Pod>): void {
  const replicas: number = set.spec.replicas ?? 1;
  const start = startOf(set);
  const partition: number = Math.max(start, set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  const maxUnavailable = Math.max(1, scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicas, false));
  let unavailable = 0;
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (!pod || !isHealthy(pod)) unavailable += 1;
  }
  for (let ordinal = start + replicas - 1; ordinal >= partition; ordinal -= 1) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) return;
    if (revisionOfPod(pod) !== update.metadata.name && !pod.metadata.deletionTimestamp) {
      if (isHealthy(pod) && unavailable >= maxUnavailable) return;
      remove(state, ctx, key, set, pod, 'spec.template');
      if (isHealthy(pod)) unavailable += 1;
      if (unavailable >= maxUnavailable) return;
    } else if (!isHealthy(pod) && unavailable >= maxUnavailable) return;
  }
}

function create(state: State, ctx: Ctx, key: string, set: KubeObject, current: KubeObject, update: KubeObject, ordinal: number): void {
  const partition: number | undefined = set.spec.updateStrategy?.rollingUpdate?.partition;
  const rolling = set.spec.updateStrategy?.type !== 'OnDelete';
  const old = rolling && current !== update && (partition ? ordinal < startOf(set) + partition : ordinal < startOf(set) + (set.status?.currentReplicas ?? 0));
  const revision = old ? current : update;
  const pod = statefulPod(set, templateOf(revision) ?? set.spec.template, revision.metadata.name, ordinal);
  const name = pod.metadata.name;
  const stale = claimsFor(set, ordinal).some((claim) => {
    const known = get(state, claims, set.metadata.namespace, claim.metadata.name);
    return known !== undefined && isStaleClaim(known, name, undefined);
  });
  if (stale) {
    // Simplified: looked at again after a second; upstream waits for whatever changes next.
    enqueueAfter(state, ctx, key, 1000);
    return;
  }
  const missing = claimsFor(set, ordinal).filter((claim) => !get(state, claims, set.metadata.namespace, claim.metadata.name));
  if (missing.length === 0) call(state, ctx, key, 'create', createPod(pod), { name }, why(set, 'spec.replicas'));
  for (const claim of missing) {
    const request = { verb: 'create', resource: claims, namespace: set.metadata.namespace as string, object: claim } as const;
    call(state, ctx, key, 'claim', request, { claim: claim.metadata.name, name, pod }, why(set, 'spec.volumeClaimTemplates'));
  }
}

/** Gives the claims of a pod the owner that the retention policy names. Models UpdatePodClaimForRetentionPolicy. */
function fixClaims(state: State, ctx: Ctx, key: string, set: KubeObject, pod: Pod): void {
  for (const { metadata } of claimsFor(set, ordinalOf(set, pod))) {
    const claim = get(state, claims, metadata.namespace, metadata.name);
    const ownerReferences = claim && claimOwners(claim, set, pod);
    if (!claim || !ownerReferences) continue;
    const object = { ...claim, metadata: { ...claim.metadata, ownerReferences } };
    const request = { verb: 'update', resource: claims, namespace: metadata.namespace as string, name: metadata.name, object } as const;
    call(state, ctx, key, 'owner', request, undefined, why(set, 'spec.persistentVolumeClaimRetentionPolicy'));
  }
}

function remove(state: State, ctx: Ctx, key: string, set: KubeObject, pod: Pod, path: string): void {
  call(state, ctx, key, 'delete', deletePod(pod), { name: pod.metadata.name }, why(set, path));
}

function cleanUpRevisions(
  state: State,
  ctx: Ctx,
  key: string,
  set: KubeObject,
  revisions: readonly KubeObject[],
  current: KubeObject,
  update: KubeObject,
): void {
  const limit: number = set.spec.revisionHistoryLimit ?? 10;
  const live = new Set([current.metadata.name, update.metadata.name, ...podsOf(state, set).map(revisionOfPod)]);
  const old = revisions.filter((revision) => !live.has(revision.metadata.name));
  for (const revision of old.slice(0, Math.max(0, old.length - limit)))
    call(state, ctx, key, 'cleanup', {
      verb: 'delete',
      resource: revisionResource,
      namespace: set.metadata.namespace as string,
      name: revision.metadata.name,
    });
}

function updateStatus(state: State, ctx: Ctx, key: string, set: KubeObject, current: KubeObject, update: KubeObject): void {
  const replicas: number = set.spec.replicas ?? 1;
  let [total, ready, available, currentReplicas, updatedReplicas] = [0, 0, 0, 0, 0];
  for (const pod of podsOf(state, set)) {
    total += 1;
    if (isRunningAndReady(pod)) {
      ready += 1;
      if (isRunningAndAvailable(set, pod, ctx.epochMs)) available += 1;
    }
    if (pod.metadata.deletionTimestamp || isPodTerminal(pod)) continue;
    if (revisionOfPod(pod) === current.metadata.name) currentReplicas += 1;
    if (revisionOfPod(pod) === update.metadata.name) updatedReplicas += 1;
  }
  let currentRevision = current.metadata.name;
  // A finished roll-out makes the update the current revision.
  const finished = set.spec.updateStrategy?.type !== 'OnDelete' && updatedReplicas === total && total === replicas && ready === replicas;
  if (finished) {
    currentReplicas = updatedReplicas;
    currentRevision = update.metadata.name;
  }
  const optional = { readyReplicas: ready, currentReplicas, updatedReplicas };
  const status = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: total,
    ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count > 0)),
    currentRevision,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: available,
  };
  if (equal(status, set.status ?? {})) return;
  const { namespace, name } = set.metadata;
  call(state, ctx, key, 'status', { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...set, status } });
}
