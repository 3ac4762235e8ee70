/** Which changes may make a parked pod schedulable. Models the plugins' queueing hints, v1.36.2. */
import { isPodTerminal } from '../../api/pods.ts';
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { matchesNodeAffinity, untoleratedTaint } from '../../contracts/client-go/node-matching.ts';
import { podRequests } from '../../contracts/client-go/pod-requests.ts';
import { hostPortsOf } from './node-info.ts';
import type { QueuedPod } from './scheduling-queue.ts';

/** True when one of the plugins that refused the pod would take this change for good news. */
export type Hint = (entry: QueuedPod, pod: Pod) => boolean;

const refusedBy = (entry: QueuedPod, ...plugins: string[]): boolean => entry.plugins.length === 0 || entry.plugins.some((plugin) => plugins.includes(plugin));

export function nodeHint(node: Node, old: Node | undefined): Hint {
  const allocatableChanged = !old || old.status?.allocatable !== node.status?.allocatable;
  const labelsChanged = !old || old.metadata.labels !== node.metadata.labels;
  const taintsChanged = !old || old.spec.taints !== node.spec.taints;
  const cordonEnded = !old ? !node.spec.unschedulable : old.spec.unschedulable === true && !node.spec.unschedulable;
  return (entry, pod) => {
    if (entry.plugins.length === 0) return true;
    return entry.plugins.some((plugin) => {
      switch (plugin) {
        case 'NodeUnschedulable':
          return cordonEnded;
        case 'TaintToleration':
          return taintsChanged && !untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']);
        case 'NodeAffinity':
          return labelsChanged && matchesNodeAffinity(pod, node);
        case 'NodeResourcesFit':
          return allocatableChanged;
        case 'NodePorts':
        case 'NodeName':
          return !old;
        case 'PodTopologySpread':
        case 'InterPodAffinity':
        case 'VolumeBinding':
          return labelsChanged;
        default:
          return true;
      }
    });
  };
}

/** A pod that runs was added or changed its labels. */
export const podAddedHint: Hint = (entry) => refusedBy(entry, 'InterPodAffinity', 'PodTopologySpread');

/** A pod that had a node ended or went away: whatever it asked for, there may be room now. */
export function podRemovedHint(gone: Pod): Hint {
  const ports = hostPortsOf(gone).length > 0;
  return (entry, pod) => {
    if (refusedBy(entry, 'NodeResourcesFit', 'InterPodAffinity', 'PodTopologySpread', 'VolumeRestrictions')) return true;
    return entry.plugins.includes('NodePorts') && ports && hostPortsOf(pod).length > 0;
  };
}

/** A pod that runs now asks for less of something that is wanted. */
export function podShrankHint(before: Pod, after: Pod): Hint {
  const [had, has] = [podRequests(before), podRequests(after)];
  return (entry, pod) => {
    if (!refusedBy(entry, 'NodeResourcesFit')) return false;
    const wanted = podRequests(pod);
    for (const resource in wanted) if ((wanted[resource] as number) > 0 && (has[resource] ?? 0) < (had[resource] ?? 0)) return true;
    return false;
  };
}

export const volumeHint: Hint = (entry) => refusedBy(entry, 'VolumeBinding', 'VolumeRestrictions');

/** The pod itself was changed in a way that may matter. */
export const podChangedItself = (old: KubeObject, pod: KubeObject): boolean =>
  old.spec !== pod.spec && (old.metadata.generation !== pod.metadata.generation || JSON.stringify(old.spec) !== JSON.stringify(pod.spec))
    ? true
    : old.metadata.labels !== pod.metadata.labels && JSON.stringify(old.metadata.labels) !== JSON.stringify(pod.metadata.labels);

export const isAssigned = (pod: Pod): boolean => !!pod.spec.nodeName && !isPodTerminal(pod);
