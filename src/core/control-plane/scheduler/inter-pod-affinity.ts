/** Pods near pods, or away from them. Models pkg/scheduler/framework/plugins/interpodaffinity, v1.36.2. */
import { matchesSelector } from '../../api/selector.ts';
import type { Labels, Pod } from '../../api/types.ts';
import type { NodeInfo } from './node-info.ts';

export interface AffinityTerm {
  labelSelector?: Parameters<typeof matchesSelector>[0];
  namespaces?: string[];
  namespaceSelector?: Parameters<typeof matchesSelector>[0];
  topologyKey: string;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}
interface WeightedTerm {
  weight: number;
  podAffinityTerm: AffinityTerm;
}
/** Labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

const required = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): AffinityTerm[] =>
  pod.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferred = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): WeightedTerm[] =>
  pod.spec.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

function termMatches(term: AffinityTerm, owner: Pod, other: Pod, namespaceLabels: NamespaceLabels): boolean {
  const namespace = other.metadata.namespace as string;
  const named = term.namespaces ?? [];
  const byDefault = named.length === 0 && !term.namespaceSelector && namespace === owner.metadata.namespace;
  const bySelector = term.namespaceSelector ? matchesSelector(term.namespaceSelector, namespaceLabels(namespace)) : false;
  if (!byDefault && !named.includes(namespace) && !bySelector) return false;
  if (!matchesSelector(term.labelSelector, other.metadata.labels)) return false;
  for (const key of term.matchLabelKeys ?? [])
    if (owner.metadata.labels?.[key] !== undefined && owner.metadata.labels[key] !== other.metadata.labels?.[key]) return false;
  for (const key of term.mismatchLabelKeys ?? [])
    if (owner.metadata.labels?.[key] !== undefined && owner.metadata.labels[key] === other.metadata.labels?.[key]) return false;
  return true;
}

const domainOf = (info: NodeInfo, topologyKey: string): string | undefined => info.node?.metadata.labels?.[topologyKey];

/** Counts worked out once per scheduling attempt: `topologyKey=value` → matches. */
export interface AffinityState {
  existingAnti: Record<string, number>;
  affinity: Record<string, number>;
  anti: Record<string, number>;
  /** No pod anywhere matches the affinity terms, but the pod matches them itself: it may be the first. */
  firstOfItsKind: boolean;
}

/** undefined when neither the pod nor any pod that runs has required terms that matter. */
export function preFilter(pod: Pod, nodes: readonly NodeInfo[], namespaceLabels: NamespaceLabels): AffinityState | undefined {
  const [affinityTerms, antiTerms] = [required(pod, 'podAffinity'), required(pod, 'podAntiAffinity')];
  const state: AffinityState = { existingAnti: {}, affinity: {}, anti: {}, firstOfItsKind: false };
  let any = affinityTerms.length > 0 || antiTerms.length > 0;
  for (const info of nodes) {
    for (const key in info.withRequiredAntiAffinity) {
      const other = info.pods[key] as Pod;
      for (const term of required(other, 'podAntiAffinity')) {
        const domain = domainOf(info, term.topologyKey);
        if (domain === undefined || !termMatches(term, other, pod, namespaceLabels)) continue;
        state.existingAnti[`${term.topologyKey}=${domain}`] = (state.existingAnti[`${term.topologyKey}=${domain}`] ?? 0) + 1;
        any = true;
      }
    }
    if (affinityTerms.length === 0 && antiTerms.length === 0) continue;
    for (const key in info.pods) {
      const other = info.pods[key] as Pod;
      if (affinityTerms.length > 0 && affinityTerms.every((term) => termMatches(term, pod, other, namespaceLabels))) tally(state.affinity, affinityTerms, info);
      for (const term of antiTerms) if (termMatches(term, pod, other, namespaceLabels)) tally(state.anti, [term], info);
    }
  }
  if (!any) return undefined;
  state.firstOfItsKind =
    affinityTerms.length > 0 && Object.keys(state.affinity).length === 0 && affinityTerms.every((term) => termMatches(term, pod, pod, namespaceLabels));
  return state;
}

function tally(counts: Record<string, number>, terms: readonly AffinityTerm[], info: NodeInfo): void {
  for (const term of terms) {
    const domain = domainOf(info, term.topologyKey);
    if (domain !== undefined) counts[`${term.topologyKey}=${domain}`] = (counts[`${term.topologyKey}=${domain}`] ?? 0) + 1;
  }
}

/** The reason why not, or undefined. */
export function filter(pod: Pod, state: AffinityState, info: NodeInfo): string | undefined {
  for (const term of required(pod, 'podAffinity')) {
    const domain = domainOf(info, term.topologyKey);
    if (domain === undefined) return affinityRules;
    if (!state.affinity[`${term.topologyKey}=${domain}`] && !state.firstOfItsKind) return affinityRules;
  }
  for (const term of required(pod, 'podAntiAffinity')) {
    const domain = domainOf(info, term.topologyKey);
    if (domain !== undefined && state.anti[`${term.topologyKey}=${domain}`]) return "node(s) didn't match pod anti-affinity rules";
  }
  for (const pair in state.existingAnti) {
    const cut = pair.indexOf('=');
    if (domainOf(info, pair.slice(0, cut)) === pair.slice(cut + 1)) return "node(s) didn't satisfy existing pods anti-affinity rules";
  }
  return undefined;
}
export const affinityRules = "node(s) didn't match pod affinity rules";

/** Raw scores per node, or undefined when no preference is in play. A required affinity of a running pod counts 1. */
export function score(pod: Pod, all: readonly NodeInfo[], feasible: readonly NodeInfo[], namespaceLabels: NamespaceLabels): number[] | undefined {
  const [likes, dislikes] = [preferred(pod, 'podAffinity'), preferred(pod, 'podAntiAffinity')];
  const byDomain: Record<string, number> = {};
  let any = false;
  const give = (info: NodeInfo, term: AffinityTerm, weight: number): void => {
    const domain = domainOf(info, term.topologyKey);
    if (domain === undefined) return;
    any = true;
    const pair = `${term.topologyKey}=${domain}`;
    byDomain[pair] = (byDomain[pair] ?? 0) + weight;
  };
  for (const info of all) {
    const own = likes.length > 0 || dislikes.length > 0;
    for (const key in own ? info.pods : info.withAffinity) {
      const other = info.pods[key] as Pod;
      for (const { weight, podAffinityTerm } of likes) if (termMatches(podAffinityTerm, pod, other, namespaceLabels)) give(info, podAffinityTerm, weight);
      for (const { weight, podAffinityTerm } of dislikes) if (termMatches(podAffinityTerm, pod, other, namespaceLabels)) give(info, podAffinityTerm, -weight);
      if (!info.withAffinity[key]) continue;
      for (const term of required(other, 'podAffinity')) if (termMatches(term, other, pod, namespaceLabels)) give(info, term, 1);
      for (const { weight, podAffinityTerm } of preferred(other, 'podAffinity'))
        if (termMatches(podAffinityTerm, other, pod, namespaceLabels)) give(info, podAffinityTerm, weight);
      for (const { weight, podAffinityTerm } of preferred(other, 'podAntiAffinity'))
        if (termMatches(podAffinityTerm, other, pod, namespaceLabels)) give(info, podAffinityTerm, -weight);
    }
  }
  if (!any) return undefined;
  return feasible.map((info) => {
    let total = 0;
    for (const pair in byDomain) {
      const cut = pair.indexOf('=');
      if (domainOf(info, pair.slice(0, cut)) === pair.slice(cut + 1)) total += byDomain[pair] as number;
    }
    return total;
  });
}
