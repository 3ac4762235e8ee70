/** The arithmetic of a rollout. Models pkg/controller/deployment/{rolling,sync}.go and util/deployment_util.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { scaledValue } from '../../contracts/client-go/scaled-value.ts';
import { availableOf, byCreation, desiredReplicasAnnotation, maxReplicasAnnotation, type ReplicaSets, replicasOf, sum } from './replica-sets.ts';

export interface Scale {
  rs: KubeObject;
  replicas: number;
}

export const isRolling = (deployment: KubeObject): boolean => deployment.spec.strategy?.type !== 'Recreate';
const desired = (deployment: KubeObject): number => deployment.spec.replicas ?? 1;

/** Surge rounds up, unavailability down; both zero would not move, so one pod may then be missing. */
function fenceposts(deployment: KubeObject): { surge: number; unavailable: number } {
  const rolling = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(rolling.maxSurge ?? '25%', desired(deployment), true);
  const unavailable = scaledValue(rolling.maxUnavailable ?? '25%', desired(deployment), false);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}
export const maxSurge = (deployment: KubeObject): number => (isRolling(deployment) ? fenceposts(deployment).surge : 0);
export const maxUnavailable = (deployment: KubeObject): number =>
  !isRolling(deployment) || desired(deployment) === 0 ? 0 : Math.min(fenceposts(deployment).unavailable, desired(deployment));

/** How many replicas the new ReplicaSet, which has `current`, may have now. */
export function newRSNewReplicas(deployment: KubeObject, others: readonly KubeObject[], current: number): number {
  if (!isRolling(deployment)) return desired(deployment);
  const pods = sum(others, replicasOf) + current;
  const maxTotal = desired(deployment) + maxSurge(deployment);
  if (pods >= maxTotal) return current;
  return current + Math.min(maxTotal - pods, desired(deployment) - current);
}

/** The next scaling of the new ReplicaSet in a rollout, if any. */
export function reconcileNew(deployment: KubeObject, { newRS, oldRSs }: ReplicaSets): Scale | undefined {
  if (!newRS || replicasOf(newRS) === desired(deployment)) return undefined;
  const replicas = replicasOf(newRS) > desired(deployment) ? desired(deployment) : newRSNewReplicas(deployment, oldRSs, replicasOf(newRS));
  return replicas === replicasOf(newRS) ? undefined : { rs: newRS, replicas };
}

/** The next scalings of the old ReplicaSets: first what is unhealthy, then as many as availability allows. */
export function reconcileOld(deployment: KubeObject, { newRS, oldRSs, all }: ReplicaSets): Scale[] {
  if (sum(oldRSs, replicasOf) === 0) return [];
  const minAvailable = desired(deployment) - maxUnavailable(deployment);
  const newUnavailable = newRS ? replicasOf(newRS) - availableOf(newRS) : 0;
  const maxScaledDown = sum(all, replicasOf) - minAvailable - newUnavailable;
  if (maxScaledDown <= 0) return [];
  const sorted = oldRSs.slice().sort(byCreation);
  const target = new Map(sorted.map((rs) => [rs, replicasOf(rs)]));
  let cleaned = 0;
  for (const rs of sorted) {
    if (cleaned >= maxScaledDown) break;
    const unhealthy = replicasOf(rs) - availableOf(rs);
    if (replicasOf(rs) === 0 || unhealthy <= 0) continue;
    const count = Math.min(maxScaledDown - cleaned, unhealthy);
    target.set(rs, replicasOf(rs) - count);
    cleaned += count;
  }
  let surplus = sum(all, availableOf) - minAvailable;
  for (const rs of sorted) {
    if (surplus <= 0) break;
    const has = target.get(rs) as number;
    const count = Math.min(has, surplus);
    target.set(rs, has - count);
    surplus -= count;
  }
  return sorted.filter((rs) => target.get(rs) !== replicasOf(rs)).map((rs) => ({ rs, replicas: target.get(rs) as number }));
}

/** True when the number of replicas was changed since a ReplicaSet was last scaled. */
export function isScalingEvent(deployment: KubeObject, { all }: ReplicaSets): boolean {
  return all.some((rs) => {
    const annotation = rs.metadata.annotations?.[desiredReplicasAnnotation];
    return replicasOf(rs) > 0 && annotation !== undefined && Number(annotation) !== desired(deployment);
  });
}

/** Scaling outside of a rollout: one active ReplicaSet takes all; several share in proportion. Models sync.go scale. */
export function scale(deployment: KubeObject, { newRS, oldRSs, all }: ReplicaSets): Scale[] {
  const active = all.filter((rs) => replicasOf(rs) > 0);
  const only = active.length === 0 ? (newRS ?? oldRSs.slice().sort(byCreation).at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only) return replicasOf(only) === desired(deployment) ? [] : [{ rs: only, replicas: desired(deployment) }];
  if (newRS && isSaturated(deployment, newRS)) return oldRSs.filter((rs) => replicasOf(rs) > 0).map((rs) => ({ rs, replicas: 0 }));
  if (!isRolling(deployment)) return [];
  const allowed = desired(deployment) > 0 ? desired(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - sum(active, replicasOf);
  const sorted = active.slice().sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)));
  let added = 0;
  const target = sorted.map((rs) => {
    if (toAdd === 0) return replicasOf(rs);
    const part = proportion(deployment, rs, toAdd, added);
    added += part;
    return replicasOf(rs) + part;
  });
  if (target.length > 0 && toAdd !== 0) target[0] = Math.max(0, (target[0] as number) + toAdd - added);
  return sorted.map((rs, i) => ({ rs, replicas: target[i] as number }));
}

function isSaturated(deployment: KubeObject, rs: KubeObject): boolean {
  const annotation = rs.metadata.annotations?.[desiredReplicasAnnotation];
  return replicasOf(rs) === desired(deployment) && Number(annotation) === desired(deployment) && availableOf(rs) === desired(deployment);
}

function proportion(deployment: KubeObject, rs: KubeObject, toAdd: number, added: number): number {
  if (replicasOf(rs) === 0 || toAdd === added) return 0;
  const allowed = toAdd - added;
  const fraction = fractionOf(deployment, rs);
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}
function fractionOf(deployment: KubeObject, rs: KubeObject): number {
  if (desired(deployment) === 0) return -replicasOf(rs);
  const before = Number(rs.metadata.annotations?.[maxReplicasAnnotation] ?? deployment.status?.replicas ?? 0);
  if (!(before > 0)) return 0;
  return Math.round((replicasOf(rs) * (desired(deployment) + maxSurge(deployment))) / before) - replicasOf(rs);
}
