/** How many pods of a PodDisruptionBudget may be evicted. Models pkg/controller/disruption/disruption.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { isPodReady, isPodTerminal } from '../../api/pods.ts';
import { matchesSelector } from '../../api/selector.ts';
import type { Condition, KubeObject, Pod } from '../../api/types.ts';
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
import { controllerOf, keyFor } from '../../contracts/client-go/owners.ts';
import { scaledValue } from '../../contracts/client-go/scaled-value.ts';
import { parseTime, rfc3339 } from '../../engine/time.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

const resource = 'poddisruptionbudgets.policy';
const component = 'controllermanager';
/** An eviction that was granted counts for so long, until the pod is seen to go. Source: DeletionTimeout */
const deletionTimeoutMs = 120_000;
const scalable: Record<string, string> = {
  ReplicaSet: 'replicasets.apps',
  Deployment: 'deployments.apps',
  StatefulSet: 'statefulsets.apps',
  ReplicationController: 'replicationcontrollers',
};

const code: ControllerCode<ControllerState> = {
  resources: [resource],
  initial: () => ({}),
  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === resource) {
      // The rest is watched once there is a budget.
      for (const each of ['pods', ...Object.values(scalable)]) watchResource(state, ctx, each);
      enqueue(state, keyFor(object));
    } else if (from === 'pods') {
      const [pod, old] = [object as Pod, change.old as Pod | undefined];
      const same =
        old &&
        change.type === 'updated' &&
        isPodReady(old) === isPodReady(pod) &&
        old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
        old.metadata.labels === pod.metadata.labels &&
        old.status.phase === pod.status.phase;
      if (!same) for (const pdb of all(state, resource)) if (selects(pdb, pod) || (old && selects(pdb, old))) enqueue(state, keyFor(pdb));
    } else if (change.type === 'updated' && change.old?.spec.replicas !== object.spec.replicas)
      for (const pdb of all(state, resource)) if (pdb.metadata.namespace === object.metadata.namespace) enqueue(state, keyFor(pdb));
  },
  sync(state, key, ctx) {
    const pdb = at(state, resource, key);
    if (!pdb) return;
    const pods = all<Pod>(state, 'pods').filter((pod) => !isPodTerminal(pod) && selects(pdb, pod));
    if (pods.length === 0) tell(state, ctx, component, pdb, 'Normal', 'NoPods', 'No matching pods found');
    const disruptedPods = stillDisrupted(pdb, pods, ctx.epochMs);
    for (const name in disruptedPods) enqueueAfter(state, ctx, key, parseTime(disruptedPods[name] as string) + deletionTimeoutMs - ctx.epochMs + 1);
    const healthy = pods.filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp && disruptedPods[pod.metadata.name] === undefined).length;
    const { expected, desired } = wanted(state, pdb, pods);
    const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
    const status = {
      ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
      observedGeneration: pdb.metadata.generation ?? 0,
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: [disruptionAllowed(pdb, allowed, ctx.epochMs)],
    };
    if (equal(status, pdb.status ?? {})) return;
    const { namespace, name } = pdb.metadata;
    call(state, ctx, key, 'status', { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...pdb, status } });
  },
  answered(state, open, result, ctx) {
    if (result.code < 400) readYourWrites(state, code, resource, result, ctx);
    else if (result.code !== 404) fail(state, open.key);
  },
};

export const disruptionController: Room<ControllerState> = controllerRoom(code);

const selects = (pdb: KubeObject, pod: Pod): boolean =>
  pdb.metadata.namespace === pod.metadata.namespace && matchesSelector(pdb.spec.selector, pod.metadata.labels);

function stillDisrupted(pdb: KubeObject, pods: readonly Pod[], epochMs: number): Record<string, string> {
  const left: Record<string, string> = {};
  const known: Record<string, string> = pdb.status?.disruptedPods ?? {};
  for (const pod of pods) {
    const since = known[pod.metadata.name];
    if (since !== undefined && !pod.metadata.deletionTimestamp && parseTime(since) + deletionTimeoutMs > epochMs) left[pod.metadata.name] = since;
  }
  return left;
}

/** Percentages are of what the pods' controllers want, rounded up. */
function wanted(state: ControllerState, pdb: KubeObject, pods: readonly Pod[]): { expected: number; desired: number } {
  const { minAvailable, maxUnavailable } = pdb.spec;
  if (maxUnavailable !== undefined) {
    const expected = expectedScale(state, pods);
    return { expected, desired: Math.max(0, expected - scaledValue(maxUnavailable, expected, true)) };
  }
  if (typeof minAvailable === 'string') {
    const expected = expectedScale(state, pods);
    return { expected, desired: scaledValue(minAvailable, expected, true) };
  }
  return { expected: pods.length, desired: typeof minAvailable === 'number' ? minAvailable : 0 };
}

function expectedScale(state: ControllerState, pods: readonly Pod[]): number {
  const scales: Record<string, number> = {};
  for (const pod of pods) {
    let owner = controllerOf(pod);
    let object = owner && scalable[owner.kind] ? get(state, scalable[owner.kind] as string, pod.metadata.namespace, owner.name) : undefined;
    const above = object && controllerOf(object);
    if (above && scalable[above.kind]) {
      owner = above;
      object = get(state, scalable[above.kind] as string, pod.metadata.namespace, above.name) ?? object;
    }
    if (object) scales[object.metadata.uid] = object.spec.replicas ?? 1;
  }
  return Object.values(scales).reduce((sum, n) => sum + n, 0);
}

function disruptionAllowed(pdb: KubeObject, allowed: number, epochMs: number): Condition {
  const known = (pdb.status?.conditions as Condition[] | undefined)?.find((c) => c.type === 'DisruptionAllowed');
  const status = allowed > 0 ? 'True' : 'False';
  return {
    type: 'DisruptionAllowed',
    status,
    observedGeneration: pdb.metadata.generation ?? 0,
    lastTransitionTime: known?.status === status ? (known.lastTransitionTime ?? null) : rfc3339(epochMs),
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
}
