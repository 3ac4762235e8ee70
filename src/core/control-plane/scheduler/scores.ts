/** Which of the nodes that fit is best. Models pkg/scheduler/framework/plugins/{noderesources,imagelocality,tainttoleration,nodeaffinity}, v1.36.2. */
import type { Node, Pod } from '../../api/types.ts';
import { matchesTerm, tolerated } from '../../contracts/client-go/node-matching.ts';
import { nonZeroRequests, podRequests } from '../../contracts/client-go/pod-requests.ts';
import { score as affinityScore, type NamespaceLabels } from './inter-pod-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import { score as spreadScore } from './topology-spread.ts';

const maxNodeScore = 100;
const weights = { taintToleration: 3, nodeAffinity: 2, topologySpread: 2, interPodAffinity: 2, fit: 1, balanced: 1, imageLocality: 1 } as const;

/** Weighted sums, one per feasible node. */
export function scoreNodes(pod: Pod, feasible: readonly NodeInfo[], all: readonly NodeInfo[], namespaceLabels: NamespaceLabels): number[] {
  const totals = new Array<number>(feasible.length).fill(0);
  const give = (scores: readonly number[] | undefined, weight: number): void => {
    if (scores) for (let i = 0; i < totals.length; i += 1) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
  };
  give(
    normalize(
      feasible.map((info) => intolerable(pod, info)),
      true,
    ),
    weights.taintToleration,
  );
  give(nodeAffinity(pod, feasible), weights.nodeAffinity);
  give(spreadScore(pod, all, feasible), weights.topologySpread);
  give(spanned(affinityScore(pod, all, feasible, namespaceLabels)), weights.interPodAffinity);
  give(
    feasible.map((info) => leastAllocated(pod, info)),
    weights.fit,
  );
  give(balanced(pod, feasible), weights.balanced);
  give(imageLocality(pod, feasible, all), weights.imageLocality);
  return totals;
}

/** DefaultNormalizeScore: the largest becomes 100. */
function normalize(scores: number[], reverse: boolean): number[] {
  const max = Math.max(...scores);
  if (max === 0) return reverse ? scores.map(() => maxNodeScore) : scores;
  return scores.map((s) => {
    const scaled = Math.floor((maxNodeScore * s) / max);
    return reverse ? maxNodeScore - scaled : scaled;
  });
}

/** From the least to the largest as 0 to 100. */
function spanned(scores: number[] | undefined): number[] | undefined {
  if (!scores) return undefined;
  const [min, max] = [Math.min(...scores), Math.max(...scores)];
  return scores.map((s) => (max === min ? 0 : Math.floor((maxNodeScore * (s - min)) / (max - min))));
}

function intolerable(pod: Pod, info: NodeInfo): number {
  let count = 0;
  for (const taint of info.node?.spec.taints ?? []) if (taint.effect === 'PreferNoSchedule' && !tolerated(pod.spec.tolerations, taint)) count += 1;
  return count;
}

function nodeAffinity(pod: Pod, feasible: readonly NodeInfo[]): number[] | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution as
    | { weight: number; preference: Parameters<typeof matchesTerm>[0] }[]
    | undefined;
  if (!terms?.length) return undefined;
  return normalize(
    feasible.map((info) => terms.reduce((total, term) => total + (matchesTerm(term.preference, info.node as Node) ? term.weight : 0), 0)),
    false,
  );
}

function leastAllocated(pod: Pod, info: NodeInfo): number {
  const wanted = nonZeroRequests(pod);
  const part = (allocatable: number, requested: number): number =>
    allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * maxNodeScore) / allocatable);
  const cpu = info.allocatable.cpu ?? 0;
  const memory = info.allocatable.memory ?? 0;
  const parts = [
    ...(cpu > 0 ? [part(cpu, info.nonZeroCPU + (wanted.cpu ?? 0))] : []),
    ...(memory > 0 ? [part(memory, info.nonZeroMemory + (wanted.memory ?? 0))] : []),
  ];
  return parts.length === 0 ? 0 : Math.floor(parts.reduce((a, b) => a + b, 0) / parts.length);
}

/** How even cpu and memory are used; not asked for pods without requests. */
function balanced(pod: Pod, feasible: readonly NodeInfo[]): number[] | undefined {
  const wanted = podRequests(pod);
  if (!wanted.cpu && !wanted.memory) return undefined;
  return feasible.map((info) => {
    const fraction = (resource: string): number => {
      const allocatable = info.allocatable[resource] ?? 0;
      return allocatable === 0 ? 1 : Math.min(1, ((info.requested[resource] ?? 0) + (wanted[resource] ?? 0)) / allocatable);
    };
    return Math.floor((1 - Math.abs(fraction('cpu') - fraction('memory')) / 2) * maxNodeScore);
  });
}

const minImageThreshold = 23 * 1024 * 1024;
const maxContainerThreshold = 1000 * 1024 * 1024;

function imageLocality(pod: Pod, feasible: readonly NodeInfo[], all: readonly NodeInfo[]): number[] | undefined {
  const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => normalizedImage(c.image));
  const maxThreshold = maxContainerThreshold * images.length;
  let any = false;
  const sums = feasible.map((info) => {
    let sum = 0;
    for (const image of images) {
      const size = sizeOn(info, image);
      if (size > 0) sum += Math.floor(size * (all.reduce((count, other) => count + (sizeOn(other, image) > 0 ? 1 : 0), 0) / all.length));
    }
    if (sum > minImageThreshold) any = true;
    return sum;
  });
  if (!any) return undefined;
  return sums.map((sum) =>
    Math.floor((maxNodeScore * (Math.min(Math.max(sum, minImageThreshold), maxThreshold) - minImageThreshold)) / (maxThreshold - minImageThreshold)),
  );
}

const normalizedImage = (name: string): string => (name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name);

// Lists of images are frozen with their node: what was once indexed stays true. Not state.
const sizes = new WeakMap<object, Map<string, number>>();

function sizeOn(info: NodeInfo, image: string): number {
  const images = info.node?.status.images;
  if (!images) return 0;
  let byName = sizes.get(images);
  if (!byName) {
    byName = new Map();
    for (const each of images) for (const name of each.names ?? []) byName.set(name, each.sizeBytes);
    sizes.set(images, byName);
  }
  return byName.get(image) ?? 0;
}
