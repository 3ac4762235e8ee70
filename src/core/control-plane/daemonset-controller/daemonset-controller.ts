/** One pod on each node. Models pkg/controller/daemon/{daemon_controller,update}.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../../api/pods.ts';
import { matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import {
  all,
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
import { creationObserved, deletionObserved, type Expectations, satisfiedExpectations } from '../../contracts/client-go/expectations.ts';
import { controllerOf, dependentsOf, indexOwner, keyFor, type OwnerIndex, ownerIndex } from '../../contracts/client-go/owners.ts';
import { createPod, deletePod } from '../../contracts/client-go/pod-control.ts';
import { byRevision, matchingRevision, newRevision, nextRevision, revisionHashLabel, revisionResource } from '../../contracts/client-go/revisions.ts';
import { scaledValue } from '../../contracts/client-go/scaled-value.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { daemonPod, nodeOfDaemonPod, nodeShouldRun } from './daemon-pods.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  owners: OwnerIndex;
  revisions: OwnerIndex;
  expectations: Expectations;
  /** `key|node` → failures of its pods and until when the next is left alone, ms. */
  failedPods: Record<string, { count: number; untilMs: number }>;
}

const resource = 'daemonsets.apps';
const component = 'daemonset-controller';
const templateGeneration = 'deprecated.daemonset.template.generation';
/** Back-off of failed daemon pods. */
const failedBaseMs = 1000;
const failedMaxMs = 900_000;

const code: ControllerCode<State> = {
  resources: [resource],
  initial: () => ({ owners: ownerIndex(), revisions: ownerIndex(), expectations: {}, failedPods: {} }),

  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === resource) {
      // Nodes, pods and revisions are watched once there is a DaemonSet.
      for (const each of ['nodes', 'pods', revisionResource]) watchResource(state, ctx, each);
      if (change.type === 'deleted') delete state.expectations[keyFor(object)];
      enqueue(state, keyFor(object));
    } else if (from === 'nodes') {
      const [node, old] = [object as Node, change.old as Node | undefined];
      if (change.type !== 'updated' || old?.spec !== node.spec || old.metadata.labels !== node.metadata.labels)
        for (const key in state.informers[resource]?.objects) enqueue(state, key);
    } else if (from === revisionResource) indexOwner(state.revisions, change);
    else {
      indexOwner(state.owners, change);
      const [pod, old] = [object as Pod, change.old as Pod | undefined];
      const owner = controllerOf(pod);
      const set = owner?.kind === 'DaemonSet' ? get(state, resource, pod.metadata.namespace, owner.name) : undefined;
      if (!set || set.metadata.uid !== owner?.uid) return;
      const key = keyFor(set);
      if (change.type === 'added' && !pod.metadata.deletionTimestamp) creationObserved(state.expectations, key);
      else if (change.type === 'deleted' || (pod.metadata.deletionTimestamp && !old?.metadata.deletionTimestamp))
        deletionObserved(state.expectations, key, keyFor(pod));
      enqueue(state, key);
      const minReadySeconds: number = set.spec.minReadySeconds ?? 0;
      if (minReadySeconds > 0 && old && !isPodReady(old) && isPodReady(pod)) enqueueAfter(state, ctx, key, (minReadySeconds + 1) * 1000);
    }
  },

  sync(state, key, ctx) {
    const set = at(state, resource, key);
    if (!set) return;
    if (Object.keys(set.spec.selector ?? {}).length === 0) return;
    const revisions = dependentsOf<KubeObject>(state.revisions, state.informers[revisionResource]?.objects ?? {}, set).sort(byRevision);
    const current = matchingRevision(set, revisions);
    if (!set.metadata.deletionTimestamp) {
      if (!current) {
        const { revision } = newRevision(set, revisions);
        call(state, ctx, key, 'revision', { verb: 'create', resource: revisionResource, namespace: set.metadata.namespace as string, object: revision });
        return;
      }
      if (current !== revisions.at(-1)) {
        const object = { ...current, revision: nextRevision(revisions) };
        const { namespace, name } = current.metadata;
        call(state, ctx, key, 'revision', { verb: 'update', resource: revisionResource, namespace: namespace as string, name, object });
        return;
      }
    }
    const hash = current?.metadata.labels?.[revisionHashLabel] ?? '';
    const pods = podsByNode(state, set);
    if (!set.metadata.deletionTimestamp && satisfiedExpectations(state.expectations, key, ctx.nowMs)) {
      if (!manage(state, ctx, key, set, hash, pods) && set.spec.updateStrategy?.type !== 'OnDelete') rollingUpdate(state, ctx, key, set, hash, pods);
      cleanUpRevisions(state, ctx, key, set, revisions, pods);
    }
    if (state.requests.perKey[key] === undefined) updateStatus(state, ctx, key, set, hash);
  },

  answered(state, open, result, ctx) {
    const { key } = open;
    const set = at(state, resource, key);
    if (open.step === 'create') {
      if (result.code < 400) {
        if (set) tell(state, ctx, component, set, 'Normal', 'SuccessfulCreate', `Created pod: ${result.object?.metadata.name}`);
      } else {
        creationObserved(state.expectations, key);
        if (!result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating')) {
          if (set) tell(state, ctx, component, set, 'Warning', 'FailedCreate', `Error creating: ${result.status?.message ?? ''}`);
          fail(state, key);
        }
      }
    } else if (open.step === 'delete') {
      if (result.code < 400) {
        if (set) tell(state, ctx, component, set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${open.data.name}`);
      } else {
        deletionObserved(state.expectations, key, open.data.pod);
        if (result.code !== 404) fail(state, key);
      }
    } else if (open.step === 'revision') {
      readYourWrites(state, code, revisionResource, result, ctx);
      if (result.code < 400) code.sync(state, key, ctx);
      else fail(state, key);
      return;
    } else if (result.code >= 400 && result.code !== 404) fail(state, key);
    if (open.step === 'status' || open.step === 'cleanup' || !set || state.requests.perKey[key] !== undefined) return;
    const revisions = dependentsOf<KubeObject>(state.revisions, state.informers[revisionResource]?.objects ?? {}, set);
    updateStatus(state, ctx, key, set, matchingRevision(set, revisions)?.metadata.labels?.[revisionHashLabel] ?? '');
  },
};

export const daemonSetController: Room<State> = controllerRoom(code);

type PodsByNode = Record<string, Pod[]>;

/** Node name (prefixed `@`) → the set's pods there. Pods that ended and are being deleted do not count any more. */
function podsByNode(state: State, set: KubeObject): PodsByNode {
  const byNode: PodsByNode = {};
  for (const pod of dependentsOf<Pod>(state.owners, state.informers.pods?.objects ?? {}, set)) {
    if (!matchesSelector(set.spec.selector, pod.metadata.labels) || (isPodTerminal(pod) && pod.metadata.deletionTimestamp)) continue;
    const node = `@${nodeOfDaemonPod(pod)}`;
    const pods = byNode[node];
    if (pods) pods.push(pod);
    else byNode[node] = [pod];
  }
  return byNode;
}

const why = (set: KubeObject, path: string): FieldRef => ({ kind: 'DaemonSet', namespace: set.metadata.namespace as string, name: set.metadata.name, path });

/**
 * Creates what is missing and deletes what is too many. True when it did either.
 *
 * Simplified: all creations of a sync go out together, without the batches of a slow start.
 */
function manage(state: State, ctx: Ctx, key: string, set: KubeObject, hash: string, pods: PodsByNode): boolean {
  const remove: Pod[] = [];
  const create: string[] = [];
  const seen = new Set<string>();
  const surge = maxSurge(set, all(state, 'nodes').length) > 0;
  for (const node of all<Node>(state, 'nodes')) {
    const name = node.metadata.name;
    seen.add(`@${name}`);
    const here = pods[`@${name}`] ?? [];
    const { run, stay } = nodeShouldRun(set, node);
    if (run && here.length === 0) create.push(name);
    else if (stay) remove.push(...surplusOn(state, ctx, key, set, name, here, surge, hash));
    else remove.push(...here.filter((pod) => !pod.metadata.deletionTimestamp));
  }
  for (const name in pods) if (!seen.has(name)) remove.push(...(pods[name] as Pod[]).filter((pod) => !pod.metadata.deletionTimestamp && !pod.spec.nodeName));
  if (create.length === 0 && remove.length === 0) return false;
  carryOut(state, ctx, key, set, hash, create, remove);
  return true;
}

function carryOut(state: State, ctx: Ctx, key: string, set: KubeObject, hash: string, create: readonly string[], remove: readonly Pod[]): void {
  const deletes: Record<string, true> = {};
  for (const pod of remove) deletes[keyFor(pod)] = true;
  state.expectations[key] = { adds: create.length, deletes, sinceMs: ctx.nowMs };
  const generation = set.metadata.annotations?.[templateGeneration];
  for (const node of create) call(state, ctx, key, 'create', createPod(daemonPod(set, node, hash, generation)), undefined, why(set, 'spec.template'));
  for (const pod of remove) call(state, ctx, key, 'delete', deletePod(pod), { pod: keyFor(pod), name: pod.metadata.name }, why(set, 'spec.updateStrategy'));
}

/** Ended pods go, one that failed after back-off; of several that run the oldest stays. */
function surplusOn(state: State, ctx: Ctx, key: string, set: KubeObject, node: string, here: readonly Pod[], surge: boolean, hash: string): Pod[] {
  const remove: Pod[] = [];
  const running: Pod[] = [];
  for (const pod of here) {
    if (pod.metadata.deletionTimestamp) continue;
    const { namespace, name } = pod.metadata;
    if (pod.status?.phase === 'Failed') {
      const backOffKey = `${key}|${node}`;
      const known = state.failedPods[backOffKey];
      if (known && ctx.nowMs < known.untilMs) {
        enqueueAfter(state, ctx, key, known.untilMs - ctx.nowMs);
        continue;
      }
      const count = (known?.count ?? 0) + 1;
      state.failedPods[backOffKey] = { count, untilMs: ctx.nowMs + Math.min(failedMaxMs, failedBaseMs * 2 ** Math.min(count - 1, 20)) };
      tell(state, ctx, component, set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${namespace}/${name} on node ${node}, will try to kill it`);
      remove.push(pod);
    } else if (pod.status?.phase === 'Succeeded') {
      tell(
        state,
        ctx,
        component,
        set,
        'Normal',
        'SucceededDaemonPod',
        `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`,
      );
      remove.push(pod);
    } else running.push(pod);
  }
  if (running.length < 2 || (surge && running.some((pod) => pod.metadata.labels?.[revisionHashLabel] !== hash))) return remove;
  running.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  return [...remove, ...running.slice(1)];
}

const desiredCount = (state: State, set: KubeObject): number => all<Node>(state, 'nodes').filter((node) => nodeShouldRun(set, node).run).length;
const maxSurge = (set: KubeObject, total: number): number => scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, total, true);

/** Deletes old pods as far as unavailability allows; with surge makes new ones beside them first. */
function rollingUpdate(state: State, ctx: Ctx, key: string, set: KubeObject, hash: string, pods: PodsByNode): void {
  const total = desiredCount(state, set);
  const surge = maxSurge(set, total);
  let maxUnavailable = scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, total, true);
  if (maxUnavailable === 0 && surge === 0) maxUnavailable = 1;
  const available = (pod: Pod): boolean => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, ctx.epochMs);
  const [broken, candidates, surging]: [Pod[], Pod[], string[]] = [[], [], []];
  let [unavailable, surges] = [0, 0];
  for (const node of all<Node>(state, 'nodes')) {
    if (!nodeShouldRun(set, node).run) continue;
    const here = pods[`@${node.metadata.name}`] ?? [];
    const fresh = here.find((pod) => pod.metadata.labels?.[revisionHashLabel] === hash);
    const old = here.find((pod) => pod.metadata.labels?.[revisionHashLabel] !== hash);
    if (surge > 0) {
      if (!old) continue;
      if (!fresh) {
        if (available(old)) candidates.push(old);
        surging.push(node.metadata.name);
      } else if (available(fresh)) broken.push(old);
      else surges += 1;
    } else if (!old) {
      if (!fresh || !available(fresh)) unavailable += 1;
    } else if (fresh || old.metadata.deletionTimestamp) unavailable += 1;
    else if (!available(old)) {
      broken.push(old);
      unavailable += 1;
    } else candidates.push(old);
  }
  if (surge > 0) {
    const create = surging.slice(0, Math.max(0, surge - surges));
    const remove = broken.filter((pod) => !pod.metadata.deletionTimestamp);
    if (create.length > 0 || remove.length > 0) carryOut(state, ctx, key, set, hash, create, remove);
    return;
  }
  const remove = [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))];
  if (remove.length > 0) carryOut(state, ctx, key, set, hash, [], remove);
}

function cleanUpRevisions(state: State, ctx: Ctx, key: string, set: KubeObject, revisions: readonly KubeObject[], pods: PodsByNode): void {
  const limit: number = set.spec.revisionHistoryLimit ?? 10;
  const old = revisions.slice(0, -1);
  if (old.length <= limit) return;
  const live = new Set(
    Object.values(pods)
      .flat()
      .map((pod) => pod.metadata.labels?.[revisionHashLabel]),
  );
  for (const revision of old.filter((r) => !live.has(r.metadata.labels?.[revisionHashLabel])).slice(0, old.length - limit)) {
    const { namespace, name } = revision.metadata;
    call(state, ctx, key, 'cleanup', { verb: 'delete', resource: revisionResource, namespace: namespace as string, name });
  }
}

function updateStatus(state: State, ctx: Ctx, key: string, set: KubeObject, hash: string): void {
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0];
  const pods = podsByNode(state, set);
  for (const node of all<Node>(state, 'nodes')) {
    const here = pods[`@${node.metadata.name}`] ?? [];
    if (!nodeShouldRun(set, node).run) {
      if (here.length > 0) misscheduled += 1;
      continue;
    }
    desired += 1;
    if (here.length === 0) continue;
    current += 1;
    const pod = here.slice().sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))[0] as Pod;
    if (isPodReady(pod)) ready += 1;
    if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, ctx.epochMs)) available += 1;
    if (pod.metadata.labels?.[revisionHashLabel] === hash) updated += 1;
  }
  const optional = { updatedNumberScheduled: updated, numberAvailable: available, numberUnavailable: desired - available };
  const status = {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count > 0)),
    ...(set.status?.collisionCount !== undefined ? { collisionCount: set.status.collisionCount } : {}),
  };
  if (equal(status, set.status ?? {})) return;
  const { namespace, name } = set.metadata;
  call(state, ctx, key, 'status', { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...set, status } });
}
