/** Which nodes a pod fits on, and why not. Models pkg/scheduler/framework/plugins and schedule_one.go findNodesThatFitPod, v1.36.2. */
import type { Node, Pod } from '../../api/types.ts';
import { matchesNodeAffinity, tolerated, untoleratedTaint } from '../../contracts/client-go/node-matching.ts';
import { type Amounts, podRequests } from '../../contracts/client-go/pod-requests.ts';
import * as interPodAffinity from './inter-pod-affinity.ts';
import { allowedPods, hostPortsOf, type NodeInfo, portConflicts } from './node-info.ts';
import * as topologySpread from './topology-spread.ts';

/** Why a node was refused: the plugin, its reasons, and whether removing pods could help. */
export interface Refusal {
  plugin: string;
  reasons: string[];
  unresolvable: boolean;
}

/** Asked once per attempt, before any node. */
export interface CycleState {
  affinity: interPodAffinity.AffinityState | undefined;
  spread: topologySpread.SpreadState | undefined;
  /** Volumes: a refusal of this node, or undefined. */
  volumes: ((info: NodeInfo) => Refusal | undefined) | undefined;
  /** Pods nominated to a node: they count as if they ran there. */
  nominated: (info: NodeInfo) => Amounts | undefined;
}

const refuse = (plugin: string, reason: string, unresolvable: boolean): Refusal => ({ plugin, reasons: [reason], unresolvable });

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** The first filter that refuses, in the order of the default plugins; undefined when the pod fits. */
export function filterNode(pod: Pod, info: NodeInfo, cycle: CycleState): Refusal | undefined {
  const node = info.node as Node;
  if (node.spec.unschedulable && !tolerated(pod.spec.tolerations, unschedulableTaint)) return refuse('NodeUnschedulable', 'node(s) were unschedulable', true);
  if (pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name) return refuse('NodeName', "node(s) didn't match the requested node name", true);
  if (untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']))
    return refuse('TaintToleration', 'node(s) had untolerated taint(s)', true);
  if (!matchesNodeAffinity(pod, node)) return refuse('NodeAffinity', "node(s) didn't match Pod's node affinity/selector", true);
  for (const port of hostPortsOf(pod))
    if (portConflicts(info.ports, port)) return refuse('NodePorts', "node(s) didn't have free ports for the requested pod ports", false);
  const resources = fits(pod, info, cycle.nominated(info));
  if (resources) return resources;
  const volumes = cycle.volumes?.(info);
  if (volumes) return volumes;
  if (cycle.spread) {
    const reason = topologySpread.filter(cycle.spread, info);
    if (reason) return refuse('PodTopologySpread', reason, reason === topologySpread.spreadLabelReason);
  }
  if (cycle.affinity) {
    const reason = interPodAffinity.filter(pod, cycle.affinity, info);
    if (reason) return refuse('InterPodAffinity', reason, reason === interPodAffinity.affinityRules);
  }
  return undefined;
}

/** All resources that are lacking. Models noderesources/fit.go fitsRequest. */
export function fits(pod: Pod, info: NodeInfo, nominated?: Amounts): Refusal | undefined {
  let reasons: string[] | undefined;
  let unresolvable = false;
  if (info.podCount + (nominated?.pods ?? 0) + 1 > allowedPods(info)) reasons = ['Too many pods'];
  const wanted = podRequests(pod);
  for (const resource of resourceOrder(wanted)) {
    const request = wanted[resource] as number;
    if (request === 0) continue;
    const allocatable = info.allocatable[resource] ?? 0;
    if (request <= allocatable - (info.requested[resource] ?? 0) - (nominated?.[resource] ?? 0)) continue;
    reasons ??= [];
    reasons.push(`Insufficient ${resource}`);
    if (request > allocatable) unresolvable = true;
  }
  return reasons ? { plugin: 'NodeResourcesFit', reasons, unresolvable } : undefined;
}

const primary = ['cpu', 'memory', 'ephemeral-storage'];
function resourceOrder(wanted: Amounts): string[] {
  const keys: string[] = [];
  for (const resource of primary) if (wanted[resource] !== undefined) keys.push(resource);
  for (const resource in wanted) if (!primary.includes(resource)) keys.push(resource);
  return keys;
}
