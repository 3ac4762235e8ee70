/** Keeps as many pods as a ReplicaSet or a ReplicationController says. Models pkg/controller/replicaset/replica_set.go and pkg/controller/replication, v1.36.2. */
import { isPodActive } from '../../api/pods.ts';
import { matchesMap, matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Labels, Pod } from '../../api/types.ts';
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
  tell,
} from '../../contracts/client-go/controller.ts';
import {
  creationObserved,
  deletionObserved,
  type Expectations,
  expectCreations,
  expectDeletions,
  satisfiedExpectations,
} from '../../contracts/client-go/expectations.ts';
import type { InformerChange } from '../../contracts/client-go/informer.ts';
import { controllerOf, controllerRef, dependentsOf, indexOwner, keyFor, type OwnerIndex, orphansIn, ownerIndex } from '../../contracts/client-go/owners.ts';
import { createPod, deletePod, podFromTemplate } from '../../contracts/client-go/pod-control.ts';
import type { OpenRequest } from '../../contracts/client-go/requests.ts';
import type { ApiResponse } from '../../contracts/watch.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { podsToDelete } from './pod-ranking.ts';
import { calculateStatus, emptyTally, sameStatus, type Tally, tallyOf, tallyPod } from './replica-set-status.ts';

export type Args = ControllerArgs;

/** The slow start of one key's creations. */
interface Plan {
  left: number;
  batch: number;
  open: number;
  failed: boolean;
}

/** What the controller keeps: the same code serves both kinds. */
interface Kept {
  kind: 'ReplicaSet' | 'ReplicationController';
  resource: string;
  component: string;
}

interface State extends ControllerState, Kept {
  owners: OwnerIndex;
  expectations: Expectations;
  plans: Record<string, Plan>;
  /** Words of the failure that the status tells of, by key. */
  manageErrors: Record<string, string>;
  /** uid of a ReplicaSet → its pods' standing, kept up with each change so that a sync need not look at all of them. */
  tallies: Record<string, Tally>;
  /** uids of ReplicaSets some of whose pods have labels of their own: these are looked at one by one. */
  mixed: Record<string, true>;
}

/** Creations or deletions per sync. */
const burstReplicas = 500;

export const replicaSetController: Room<State> = controllerRoom<State>(
  codeFor({ kind: 'ReplicaSet', resource: 'replicasets.apps', component: 'replicaset-controller' }),
);
export const replicationController: Room<State> = controllerRoom<State>(
  codeFor({ kind: 'ReplicationController', resource: 'replicationcontrollers', component: 'replication-controller' }),
);

/** A ReplicationController's selector is a plain map. */
const selects = (rs: KubeObject, labels: Labels | undefined): boolean =>
  rs.kind === 'ReplicationController' ? matchesMap(rs.spec.selector, labels) : matchesSelector(rs.spec.selector, labels);

function codeFor(kept: Kept): ControllerCode<State> {
  return {
    resources: [kept.resource, 'pods'],
    initial: () => ({ ...kept, owners: ownerIndex(), expectations: {}, plans: {}, manageErrors: {}, tallies: {}, mixed: {} }),

    changed(state, from, change, ctx) {
      if (from === 'pods') podChanged(state, change, ctx);
      else {
        const key = keyFor(change.object as KubeObject);
        if (change.type === 'deleted' || (change.type === 'updated' && change.old?.metadata.uid !== change.object?.metadata.uid)) {
          delete state.expectations[key];
          delete state.tallies[change.old?.metadata.uid ?? ''];
          delete state.mixed[change.old?.metadata.uid ?? ''];
        }
        enqueue(state, key);
      }
    },

    sync(state, key, ctx) {
      const rs = at(state, state.resource, key);
      if (!rs) {
        delete state.expectations[key];
        delete state.manageErrors[key];
        return;
      }
      const needsSync = satisfiedExpectations(state.expectations, key, ctx.nowMs);
      delete state.manageErrors[key];
      const settled = !state.mixed[rs.metadata.uid] && (state.tallies[rs.metadata.uid]?.active ?? 0) === (rs.spec.replicas ?? 1);
      if (!settled || hasOrphans(state, rs)) {
        const pods = needsSync ? claimPods(state, ctx, key, rs) : [];
        if (needsSync && !rs.metadata.deletionTimestamp) manageReplicas(state, ctx, key, rs, pods);
      }
      if (state.requests.perKey[key] === undefined) updateStatus(state, ctx, key);
    },

    answered(state, open, result, ctx) {
      const { key } = open;
      const rs = at(state, state.resource, key);
      if (open.step === 'create') created(state, ctx, key, rs, result);
      else if (open.step === 'delete') deleted(state, ctx, open, rs, result);
      else if (result.code >= 400 && result.code !== 404) fail(state, key);
      // The status is told once all creations and deletions are answered.
      if (open.step !== 'status' && state.requests.perKey[key] === undefined) updateStatus(state, ctx, key);
    },
  };
}

function podChanged(state: State, change: InformerChange, ctx: Ctx): void {
  const pod = change.object as Pod;
  const old = change.old as Pod | undefined;
  indexOwner(state.owners, change);
  tally(state, old, -1);
  if (change.type !== 'deleted') tally(state, pod, 1);
  const rs = resolve(state, pod);
  if (rs && (old ? old.metadata.labels !== pod.metadata.labels : !selects(rs, pod.metadata.labels))) state.mixed[rs.metadata.uid] = true;
  if (old && change.type === 'updated' && controllerOf(old)?.uid !== controllerOf(pod)?.uid) {
    const before = resolve(state, old);
    if (before) enqueue(state, keyFor(before));
  }
  if (rs) {
    const key = keyFor(rs);
    if (change.type === 'added' && !pod.metadata.deletionTimestamp) creationObserved(state.expectations, key);
    else if (change.type === 'deleted' || (pod.metadata.deletionTimestamp && !old?.metadata.deletionTimestamp))
      deletionObserved(state.expectations, key, keyFor(pod));
    enqueue(state, key);
    const minReadySeconds: number = rs.spec.minReadySeconds ?? 0;
    const becameReady = ready(pod) && !(old && ready(old));
    // One second more, as times are cut to seconds.
    if (minReadySeconds > 0 && change.type === 'updated' && becameReady) enqueueAfter(state, ctx, key, minReadySeconds * 1000 + 1000);
    return;
  }
  if (controllerOf(pod) || change.type === 'deleted') return;
  const labelsChanged = old?.metadata.labels !== pod.metadata.labels || (old && controllerOf(old));
  if (change.type !== 'added' && !labelsChanged) return;
  for (const each of Object.values(state.informers[state.resource]?.objects ?? {}))
    if (each.metadata.namespace === pod.metadata.namespace && selects(each, pod.metadata.labels)) enqueue(state, keyFor(each));
}

function tally(state: State, pod: Pod | undefined, sign: 1 | -1): void {
  const owner = pod && controllerOf(pod);
  if (!pod || owner?.kind !== state.kind) return;
  let counts = state.tallies[owner.uid];
  if (!counts) {
    counts = emptyTally();
    state.tallies[owner.uid] = counts;
  }
  tallyPod(counts, pod, sign);
}

function hasOrphans(state: State, rs: KubeObject): boolean {
  for (const _ in state.owners.orphans[`@${rs.metadata.namespace ?? ''}`]) return true;
  return false;
}

const ready = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

function resolve(state: State, pod: KubeObject): KubeObject | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== state.kind) return undefined;
  const rs = get(state, state.resource, pod.metadata.namespace, owner.name);
  return rs?.metadata.uid === owner.uid ? rs : undefined;
}

/** Owned pods that still match; orphans that match are adopted, owned pods that do not are released. */
function claimPods(state: State, ctx: Ctx, key: string, rs: KubeObject): Pod[] {
  const objects = state.informers.pods?.objects ?? {};
  const pods: Pod[] = [];
  for (const pod of dependentsOf<Pod>(state.owners, objects, rs)) {
    if (selects(rs, pod.metadata.labels)) pods.push(pod);
    else if (!pod.metadata.deletionTimestamp && !rs.metadata.deletionTimestamp)
      call(
        state,
        ctx,
        key,
        'release',
        patchOwners(
          pod,
          (pod.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== rs.metadata.uid),
        ),
      );
  }
  if (rs.metadata.deletionTimestamp) return pods;
  for (const pod of orphansIn<Pod>(state.owners, objects, rs.metadata.namespace)) {
    if (!isPodActive(pod) || !selects(rs, pod.metadata.labels)) continue;
    call(state, ctx, key, 'adopt', patchOwners(pod, [...(pod.metadata.ownerReferences ?? []), controllerRef(rs)]));
    pods.push(pod);
  }
  return pods;
}

const patchOwners = (pod: Pod, ownerReferences: unknown[]) =>
  ({
    verb: 'patch',
    resource: 'pods',
    namespace: pod.metadata.namespace as string,
    name: pod.metadata.name,
    patchType: 'merge',
    patch: { metadata: { uid: pod.metadata.uid, ownerReferences } },
  }) as const;

const replicasField = (rs: KubeObject): FieldRef => ({
  kind: rs.kind,
  namespace: rs.metadata.namespace as string,
  name: rs.metadata.name,
  path: 'spec.replicas',
});

function manageReplicas(state: State, ctx: Ctx, key: string, rs: KubeObject, pods: Pod[]): void {
  const active = pods.filter(isPodActive);
  const diff = active.length - (rs.spec.replicas ?? 1);
  if (diff < 0) {
    const count = Math.min(-diff, burstReplicas);
    expectCreations(state.expectations, key, count, ctx.nowMs);
    state.plans[key] = { left: count, batch: 1, open: 0, failed: false };
    createBatch(state, ctx, key, rs);
  } else if (diff > 0) {
    const victims = podsToDelete(active, relatedPods(state, rs, active), Math.min(diff, burstReplicas), ctx.epochMs);
    expectDeletions(state.expectations, key, victims.map(keyFor), ctx.nowMs);
    for (const pod of victims) call(state, ctx, key, 'delete', deletePod(pod), { pod: keyFor(pod), name: pod.metadata.name }, replicasField(rs));
  }
}

/** Active pods of all ReplicaSets with this one's controller. */
function relatedPods(state: State, rs: KubeObject, own: Pod[]): Pod[] {
  const owner = controllerOf(rs);
  if (!owner) return own;
  const objects = state.informers.pods?.objects ?? {};
  const related: Pod[] = [];
  for (const other of Object.values(state.informers[state.resource]?.objects ?? {}))
    if (controllerOf(other)?.uid === owner.uid) related.push(...dependentsOf<Pod>(state.owners, objects, other).filter(isPodActive));
  return related;
}

function createBatch(state: State, ctx: Ctx, key: string, rs: KubeObject): void {
  const plan = state.plans[key] as Plan;
  plan.open = Math.min(plan.batch, plan.left);
  plan.left -= plan.open;
  plan.batch *= 2;
  for (let i = 0; i < plan.open; i += 1) call(state, ctx, key, 'create', createPod(podFromTemplate(rs.spec.template, rs)), undefined, replicasField(rs));
}

function created(state: State, ctx: Ctx, key: string, rs: KubeObject | undefined, result: ApiResponse): void {
  const plan = state.plans[key];
  if (!plan) return;
  plan.open -= 1;
  if (result.code < 400) {
    if (rs) tell(state, ctx, state.component, rs, 'Normal', 'SuccessfulCreate', `Created pod: ${result.object?.metadata.name}`, replicasField(rs));
  } else {
    creationObserved(state.expectations, key);
    const message = result.status?.message ?? '';
    // While the namespace is going away nothing can be created: no use in trying again.
    if (!namespaceTerminating(result)) {
      if (rs) tell(state, ctx, state.component, rs, 'Warning', 'FailedCreate', `Error creating: ${message}`);
      state.manageErrors[key] = `FailedCreate|${message}`;
      plan.failed = true;
      fail(state, key);
    }
  }
  if (plan.open > 0) return;
  if (plan.failed || !rs || plan.left === 0) {
    if (plan.left > 0) creationObserved(state.expectations, key, plan.left);
    delete state.plans[key];
  } else createBatch(state, ctx, key, rs);
}

const namespaceTerminating = (result: ApiResponse): boolean => result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating') ?? false;

function deleted(state: State, ctx: Ctx, open: OpenRequest, rs: KubeObject | undefined, result: ApiResponse): void {
  if (result.code < 400) {
    if (rs) tell(state, ctx, state.component, rs, 'Normal', 'SuccessfulDelete', `Deleted pod: ${open.data.name}`, replicasField(rs));
    return;
  }
  deletionObserved(state.expectations, open.key, open.data.pod);
  if (result.code === 404 || result.code === 409) return;
  if (rs) tell(state, ctx, state.component, rs, 'Warning', 'FailedDelete', `Error deleting: ${result.status?.message ?? ''}`);
  state.manageErrors[open.key] = `FailedDelete|${result.status?.message ?? ''}`;
  fail(state, open.key);
}

function updateStatus(state: State, ctx: Ctx, key: string): void {
  const rs = at(state, state.resource, key);
  if (!rs) return;
  const known = rs.spec.minReadySeconds || state.mixed[rs.metadata.uid] ? undefined : (state.tallies[rs.metadata.uid] ?? emptyTally());
  const status = calculateStatus(rs, known ?? tallyOf(rs, podsOf(state, rs), ctx.epochMs), state.manageErrors[key], ctx.epochMs);
  if (sameStatus(rs, status)) return;
  call(state, ctx, key, 'status', {
    verb: 'update',
    resource: state.resource,
    subresource: 'status',
    namespace: rs.metadata.namespace as string,
    name: rs.metadata.name,
    object: { ...rs, status },
  });
}

const podsOf = (state: State, rs: KubeObject): Pod[] =>
  dependentsOf<Pod>(state.owners, state.informers.pods?.objects ?? {}, rs).filter((pod) => selects(rs, pod.metadata.labels));
