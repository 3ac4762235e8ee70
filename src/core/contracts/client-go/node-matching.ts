/** Whether a pod may run on a node by labels and taints. Models component-helpers/scheduling/corev1 (nodeaffinity, helpers.go), v1.36.2. */
import { matchesRequirements, type Requirement } from '../../api/selector.ts';
import type { Labels, Node, Pod, Taint, Toleration } from '../../api/types.ts';

interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}

const toRequirements = (list: NodeSelectorTerm['matchExpressions']): Requirement[] =>
  (list ?? []).map((e) => ({ key: e.key, operator: e.operator as Requirement['operator'], values: e.values ?? [] }));

/** An empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  if ((term.matchExpressions?.length ?? 0) === 0 && (term.matchFields?.length ?? 0) === 0) return false;
  return (
    matchesRequirements(toRequirements(term.matchExpressions), node.metadata.labels) &&
    matchesRequirements(toRequirements(term.matchFields), { 'metadata.name': node.metadata.name })
  );
}

/** spec.nodeSelector and the required node affinity. */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  const labels: Labels = node.metadata.labels ?? {};
  const selector = pod.spec.nodeSelector;
  for (const key in selector) if (!Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return ((required.nodeSelectorTerms ?? []) as NodeSelectorTerm[]).some((term) => matchesTerm(term, node));
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== 'Exists') return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}

export const tolerated = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean => (tolerations ?? []).some((t) => tolerates(t, taint));

/** The first taint of these effects that the pod does not tolerate. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerated(tolerations, taint));
}
