/** Which pods go first when there are too many. Models pkg/controller/controller_utils.go ActivePodsWithRanks, v1.36.2. */
import { condition, isPodReady } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';

const podDeletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The `count` pods to delete, first choice first: unassigned, pending, not ready, cheap, many on one node, ready for a shorter time, restarted more often, younger.
 *
 * @param related active pods of all ReplicaSets with the same controller: how many of them share a node
 */
export function podsToDelete(pods: Pod[], related: readonly Pod[], count: number, epochMs: number): Pod[] {
  if (count >= pods.length) return pods;
  const onNode: Record<string, number> = {};
  for (const pod of related) if (pod.spec.nodeName) onNode[`@${pod.spec.nodeName}`] = (onNode[`@${pod.spec.nodeName}`] ?? 0) + 1;
  const rank = (pod: Pod): number => (pod.spec.nodeName ? (onNode[`@${pod.spec.nodeName}`] ?? 0) : 0);
  return pods
    .slice()
    .sort((a, b) => compare(a, b, rank, epochMs))
    .slice(0, count);
}

function compare(a: Pod, b: Pod, rank: (pod: Pod) => number, epochMs: number): number {
  if (!a.spec.nodeName !== !b.spec.nodeName) return a.spec.nodeName ? 1 : -1;
  const phase = (phaseOrder[a.status.phase] ?? 2) - (phaseOrder[b.status.phase] ?? 2);
  if (phase !== 0) return phase;
  const [readyA, readyB] = [isPodReady(a), isPodReady(b)];
  if (readyA !== readyB) return readyA ? 1 : -1;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost !== 0) return cost;
  if (rank(a) !== rank(b)) return rank(b) - rank(a);
  if (readyA && readyB) {
    const since = logarithmicOrder(readySinceMs(a), readySinceMs(b), epochMs);
    if (since !== 0) return since;
  }
  const restarts = maxRestarts(b) - maxRestarts(a);
  if (restarts !== 0) return restarts;
  const created = logarithmicOrder(parseTime(a.metadata.creationTimestamp), parseTime(b.metadata.creationTimestamp), epochMs);
  if (created !== 0) return created;
  return a.metadata.uid < b.metadata.uid ? -1 : 1;
}

const deletionCost = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[podDeletionCost];
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : 0;
};
const readySinceMs = (pod: Pod): number => {
  const time = condition(pod, 'Ready')?.lastTransitionTime;
  return typeof time === 'string' ? parseTime(time) : 0;
};
const maxRestarts = (pod: Pod): number => Math.max(0, ...(pod.status.containerStatuses ?? []).map((c) => c.restartCount));

/** Younger first, but ages in the same power of two count as equal [LogarithmicScaleDown: GA]. */
function logarithmicOrder(a: number, b: number, epochMs: number): number {
  const [x, y] = [logAge(epochMs - a), logAge(epochMs - b)];
  return x - y;
}
function logAge(ageMs: number): number {
  let log = 0;
  for (let n = Math.max(0, ageMs) * 1_000_000; n >= 2; n /= 2) log += 1;
  return log;
}
