/** One scheduling attempt. Models pkg/scheduler/schedule_one.go, v1.36.2. */
import type { Condition, Pod } from '../../api/types.ts';
import { all, call, get } from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { type Amounts, podRequests } from '../../contracts/client-go/pod-requests.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { bind } from './binding.ts';
import { type CycleState, filterNode, type Refusal } from './filters.ts';
import { fitError, noNodesMessage, preFilterError } from './fit-error.ts';
import * as interPodAffinity from './inter-pod-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import { type Candidate, preempt } from './preemption.ts';
import { park, type QueuedPod } from './scheduling-queue.ts';
import { scoreNodes } from './scores.ts';
import { type State, schedulerName } from './state.ts';
import { event, field, patchStatus, tellStatus } from './tell.ts';
import * as topologySpread from './topology-spread.ts';
import * as volumeBinding from './volume-binding.ts';

export function scheduleOne(state: State, ctx: Ctx, entry: QueuedPod, pod: Pod): void {
  if (pod.metadata.deletionTimestamp) {
    event(state, ctx, pod, 'Warning', 'FailedScheduling', 'Scheduling', `skip schedule deleting pod: ${pod.metadata.namespace}/${pod.metadata.name}`);
    park(state.sched, entry, ['Deleting'], ctx.nowMs);
    return;
  }
  const nodes: NodeInfo[] = [];
  for (const name in state.nodes) if (state.nodes[name]?.node) nodes.push(state.nodes[name] as NodeInfo);
  if (nodes.length === 0) {
    unschedulable(state, ctx, entry, pod, ['NodeAdd'], noNodesMessage);
    return;
  }
  const wanted = volumeBinding.preFilter(state, pod);
  if (wanted && 'reason' in wanted) {
    unschedulable(state, ctx, entry, pod, ['VolumeBinding'], preFilterError(nodes.length, wanted.reason));
    return;
  }
  const cycle = cycleState(state, pod, nodes, wanted);
  const feasible: NodeInfo[] = [];
  const refusals: Refusal[] = [];
  for (const info of nodes) {
    const refusal = filterNode(pod, info, cycle);
    if (refusal) refusals.push(refusal);
    else feasible.push(info);
  }
  if (feasible.length === 0) {
    noneFits(state, ctx, entry, pod, nodes, refusals, wanted);
    return;
  }
  bind(state, ctx, pod, selectHost(state, ctx, pod, feasible, nodes), wanted);
}

function cycleState(state: State, pod: Pod, nodes: readonly NodeInfo[], wanted: volumeBinding.PodVolumes | undefined): CycleState {
  return {
    affinity: interPodAffinity.preFilter(pod, nodes, namespaceLabels(state)),
    spread: topologySpread.preFilter(pod, nodes),
    volumes: wanted
      ? (info) => {
          const result = volumeBinding.filter(state, pod, wanted, info, state.assumedVolumes);
          return 'refusal' in result ? result.refusal : undefined;
        }
      : undefined,
    nominated: (info) => nominatedTo(state, pod, info),
  };
}

const namespaceLabels =
  (state: State): interPodAffinity.NamespaceLabels =>
  (namespace) =>
    get(state, 'namespaces', undefined, namespace)?.metadata.labels;

/** Pods at least as important for which room is being made on the node. */
function nominatedTo(state: State, pod: Pod, info: NodeInfo): Amounts | undefined {
  let sum: Amounts | undefined;
  const own = keyFor(pod);
  for (const key in state.nominated) {
    const nominee = state.nominated[key];
    if (key === own || nominee?.node !== info.name || nominee.priority < (pod.spec.priority ?? 0) || info.pods[key]) continue;
    const other = state.informers.pods?.objects[key] as Pod | undefined;
    if (!other) continue;
    sum ??= { pods: 0 };
    sum.pods = (sum.pods ?? 0) + 1;
    const requests = podRequests(other);
    for (const resource in requests) sum[resource] = (sum[resource] ?? 0) + (requests[resource] as number);
  }
  return sum;
}

/** The node with the best score; among equals chance decides. A node that room was made on goes before. */
function selectHost(state: State, ctx: Ctx, pod: Pod, feasible: readonly NodeInfo[], nodes: readonly NodeInfo[]): NodeInfo {
  if (feasible.length === 1) return feasible[0] as NodeInfo;
  const nominated = pod.status?.nominatedNodeName && feasible.find((info) => info.name === pod.status.nominatedNodeName);
  if (nominated) return nominated;
  const scores = scoreNodes(pod, feasible, nodes, namespaceLabels(state));
  let best = Number.NEGATIVE_INFINITY;
  let ties: NodeInfo[] = [];
  feasible.forEach((info, i) => {
    const score = scores[i] as number;
    if (score > best) {
      best = score;
      ties = [info];
    } else if (score === best) ties.push(info);
  });
  return ties.length === 1 ? (ties[0] as NodeInfo) : (ties[Math.floor(ctx.random() * ties.length)] as NodeInfo);
}

function noneFits(
  state: State,
  ctx: Ctx,
  entry: QueuedPod,
  pod: Pod,
  nodes: readonly NodeInfo[],
  refusals: readonly Refusal[],
  wanted: volumeBinding.PodVolumes | undefined,
): void {
  const plugins = [...new Set(refusals.map((refusal) => refusal.plugin))];
  const result = preempt(pod, nodes, refusals, all(state, 'poddisruptionbudgets.policy'), (changed) =>
    cycleState(
      state,
      pod,
      nodes.map((info) => (info.name === changed.name ? changed : info)),
      wanted,
    ),
  );
  if (result.candidate) evict(state, ctx, pod, result.candidate);
  unschedulable(state, ctx, entry, pod, plugins, fitError(refusals, result.message ?? ''), result.candidate?.node, whyOf(pod, refusals));
}

/** Marks, deletes and tells of the victims, one write after the other (see `bindAnswered`). */
function evict(state: State, ctx: Ctx, pod: Pod, candidate: Candidate): void {
  state.nominated[keyFor(pod)] = { node: candidate.node, priority: pod.spec.priority ?? 0 };
  for (const victim of candidate.victims) {
    if (victim.metadata.deletionTimestamp) continue;
    const target: Condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${schedulerName}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: rfc3339(ctx.epochMs),
      ...(victim.metadata.generation !== undefined ? { observedGeneration: victim.metadata.generation } : {}),
    };
    call(
      state,
      ctx,
      keyFor(pod),
      'mark-victim',
      { ...patchStatus(victim), patch: { status: { conditions: [target] } } },
      { victim: keyFor(victim), preemptor: pod.metadata.uid, node: candidate.node },
      field(pod, 'spec.priorityClassName'),
    );
  }
}

/** The field of the pod that the first refusal is about. */
function whyOf(pod: Pod, refusals: readonly Refusal[]): FieldRef | undefined {
  switch (refusals[0]?.plugin) {
    case 'NodeResourcesFit': {
      const index = pod.spec.containers.findIndex((c) => c.resources?.requests);
      return index < 0 ? undefined : field(pod, `spec.containers[${index}].resources.requests`);
    }
    case 'NodeAffinity':
      return field(pod, pod.spec.nodeSelector ? 'spec.nodeSelector' : 'spec.affinity.nodeAffinity');
    case 'TaintToleration':
      return field(pod, 'spec.tolerations');
    case 'PodTopologySpread':
      return field(pod, 'spec.topologySpreadConstraints');
    case 'InterPodAffinity':
      return field(pod, 'spec.affinity');
    case 'VolumeBinding':
      return field(pod, 'spec.volumes');
    default:
      return undefined;
  }
}

/** Parks the pod and tells why, in an event and in its status. Models handleSchedulingFailure. */
function unschedulable(state: State, ctx: Ctx, entry: QueuedPod, pod: Pod, plugins: string[], message: string, nominatedNode?: string, why?: FieldRef): void {
  park(state.sched, entry, plugins, ctx.nowMs);
  event(state, ctx, pod, 'Warning', 'FailedScheduling', 'Scheduling', message, why);
  tellStatus(state, ctx, pod, 'Unschedulable', message, nominatedNode, why);
}
