/** Pods spread evenly over domains. Models pkg/scheduler/framework/plugins/podtopologyspread, v1.36.2. */
import { matchesSelector } from '../../api/selector.ts';
import type { LabelSelector, Pod } from '../../api/types.ts';
import { matchesNodeAffinity, untoleratedTaint } from '../../contracts/client-go/node-matching.ts';
import { controllerOf } from '../../contracts/client-go/owners.ts';
import type { NodeInfo } from './node-info.ts';

interface Constraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: string;
  labelSelector?: LabelSelector;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  matchLabelKeys?: string[];
}

const constraintsOf = (pod: Pod, action: string): Constraint[] =>
  ((pod.spec.topologySpreadConstraints ?? []) as Constraint[]).filter((c) => c.whenUnsatisfiable === action);

function selects(constraint: Constraint, pod: Pod, other: Pod): boolean {
  if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp) return false;
  return matches(constraint, pod, other);
}
function matches(constraint: Constraint, pod: Pod, other: Pod): boolean {
  if (!matchesSelector(constraint.labelSelector, other.metadata.labels)) return false;
  for (const key of constraint.matchLabelKeys ?? [])
    if (pod.metadata.labels?.[key] !== undefined && pod.metadata.labels[key] !== other.metadata.labels?.[key]) return false;
  return true;
}

function countsNode(constraint: Constraint, pod: Pod, info: NodeInfo): boolean {
  if (!info.node) return false;
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(pod, info.node)) return false;
  return constraint.nodeTaintsPolicy !== 'Honor' || !untoleratedTaint(info.node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']);
}

const podsSelected = (constraint: Constraint, pod: Pod, info: NodeInfo): number => {
  let count = 0;
  for (const key in info.pods) if (selects(constraint, pod, info.pods[key] as Pod)) count += 1;
  return count;
};

/** Per required constraint: domain → matching pods. */
export interface SpreadState {
  constraints: { constraint: Constraint; counts: Map<string, number>; least: number; self: number }[];
}

export function preFilter(pod: Pod, nodes: readonly NodeInfo[]): SpreadState | undefined {
  const constraints = constraintsOf(pod, 'DoNotSchedule');
  if (constraints.length === 0) return undefined;
  return {
    constraints: constraints.map((constraint) => {
      const counts = new Map<string, number>();
      for (const info of nodes) {
        const labels = info.node?.metadata.labels;
        if (!labels || !constraints.every((c) => labels[c.topologyKey] !== undefined) || !countsNode(constraint, pod, info)) continue;
        const domain = labels[constraint.topologyKey] as string;
        counts.set(domain, (counts.get(domain) ?? 0) + podsSelected(constraint, pod, info));
      }
      let least = Math.min(...counts.values());
      if (counts.size < (constraint.minDomains ?? 1)) least = 0;
      return { constraint, counts, least: Number.isFinite(least) ? least : 0, self: matches(constraint, pod, pod) ? 1 : 0 };
    }),
  };
}

export const spreadReason = "node(s) didn't match pod topology spread constraints";
export const spreadLabelReason = `${spreadReason} (missing required label)`;

export function filter(state: SpreadState, info: NodeInfo): string | undefined {
  for (const { constraint, counts, least, self } of state.constraints) {
    const domain = info.node?.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return spreadLabelReason;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) return spreadReason;
  }
  return undefined;
}

const hostname = 'kubernetes.io/hostname';
const systemDefaults: Constraint[] = [
  { topologyKey: hostname, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

/**
 * Normalized scores 0–100, or undefined when no soft constraint applies. Pods of a controller get the cluster's default constraints.
 *
 * Simplified: the default constraints count the pods of the same controller; upstream's selector is also narrowed by Services that select the pod.
 */
export function score(pod: Pod, all: readonly NodeInfo[], feasible: readonly NodeInfo[]): number[] | undefined {
  const owner = controllerOf(pod);
  const defaults = (pod.spec.topologySpreadConstraints?.length ?? 0) === 0;
  const constraints = defaults ? (owner ? systemDefaults : []) : constraintsOf(pod, 'ScheduleAnyway');
  if (constraints.length === 0) return undefined;
  const raw = new Array<number>(feasible.length).fill(0);
  const ignored = feasible.map((info) => !defaults && constraints.some((c) => info.node?.metadata.labels?.[c.topologyKey] === undefined));
  for (const constraint of constraints) {
    const counts = new Map<string, number>();
    let domains = 0;
    feasible.forEach((info, i) => {
      const domain = info.node?.metadata.labels?.[constraint.topologyKey];
      if (ignored[i] || domain === undefined || counts.has(domain)) return;
      counts.set(domain, 0);
      domains += 1;
    });
    if (constraint.topologyKey === hostname) domains = feasible.filter((_, i) => !ignored[i]).length;
    const count = (info: NodeInfo): number => (defaults ? (info.byController[owner?.uid ?? ''] ?? 0) : podsSelected(constraint, pod, info));
    for (const info of all) {
      const domain = info.node?.metadata.labels?.[constraint.topologyKey];
      if (domain !== undefined && counts.has(domain) && (defaults || countsNode(constraint, pod, info)))
        counts.set(domain, (counts.get(domain) as number) + count(info));
    }
    const weight = ln(domains + 2);
    feasible.forEach((info, i) => {
      const domain = info.node?.metadata.labels?.[constraint.topologyKey];
      if (domain !== undefined) raw[i] = (raw[i] as number) + (counts.get(domain) ?? 0) * weight + (constraint.maxSkew - 1);
    });
  }
  const rounded = raw.map((value) => Math.round(value));
  const counted = rounded.filter((_, i) => !ignored[i]);
  const [min, max] = [Math.min(...counted), Math.max(...counted)];
  return rounded.map((value, i) => (ignored[i] ? 0 : max === 0 ? 100 : Math.floor((100 * (max + min - value)) / max)));
}

/** Natural logarithm by its series, the same in every engine. */
function ln(x: number): number {
  let halvings = 0;
  let m = x;
  while (m > 1.5) {
    m /= 2;
    halvings += 1;
  }
  const y = (m - 1) / (m + 1);
  let [term, sum] = [y, 0];
  for (let k = 1; k < 40; k += 2) {
    sum += term / k;
    term *= y * y;
  }
  return 2 * sum + halvings * Math.LN2;
}
