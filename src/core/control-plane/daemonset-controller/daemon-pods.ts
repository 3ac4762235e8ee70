/** Which nodes run a DaemonSet's pod, and what that pod looks like. Models pkg/controller/daemon/{daemon_controller,util/daemonset_util}.go, v1.36.2. */
import type { KubeObject, Node, Pod, Toleration } from '../../api/types.ts';
import { matchesNodeAffinity, untoleratedTaint } from '../../contracts/client-go/node-matching.ts';
import { podFromTemplate } from '../../contracts/client-go/pod-control.ts';
import { revisionHashLabel } from '../../contracts/client-go/revisions.ts';

const always: [string, string][] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

function withDaemonTolerations(spec: Pod['spec']): Toleration[] {
  const tolerations = (spec.tolerations ?? []).slice();
  const wanted = spec.hostNetwork ? [...always, ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as [string, string]] : always;
  for (const [key, effect] of wanted) {
    const at = tolerations.findIndex((t) => t.key === key && t.effect === effect);
    const toleration: Toleration = { effect, key, operator: 'Exists' };
    if (at >= 0) tolerations[at] = toleration;
    else tolerations.push(toleration);
  }
  return tolerations;
}

/** @param hash of the revision; @param generation of the template */
export function daemonPod(set: KubeObject, node: string, hash: string, generation: string | undefined): KubeObject {
  const template = set.spec.template;
  const labels = {
    ...(template.metadata?.labels ?? {}),
    ...(generation ? { 'pod-template-generation': generation } : {}),
    [revisionHashLabel]: hash,
  };
  const spec = { ...template.spec, affinity: pinnedTo(template.spec.affinity, node), tolerations: withDaemonTolerations(template.spec) };
  return podFromTemplate({ ...template, metadata: { ...template.metadata, labels }, spec }, set);
}

/** Node affinity by name; what terms there were by fields is replaced, by labels kept. */
function pinnedTo(affinity: Pod['spec']['affinity'], node: string): Pod['spec']['affinity'] {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms?.length
    ? required.nodeSelectorTerms.map((term: Record<string, unknown>) => ({ ...term, matchFields }))
    : [{ matchFields }];
  return {
    ...affinity,
    nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
}

/** The node a daemon pod is for: where it runs, or where its affinity pins it. */
export function nodeOfDaemonPod(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  for (const term of pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [])
    for (const field of term.matchFields ?? []) if (field.key === 'metadata.name' && field.values?.length === 1) return field.values[0];
  return '';
}

/** `run`: a pod shall be made there; `stay`: one that is there may stay. */
export function nodeShouldRun(set: KubeObject, node: Node): { run: boolean; stay: boolean } {
  const spec: Pod['spec'] = set.spec.template.spec;
  const pod = { spec } as Pod;
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, stay: false };
  if (!matchesNodeAffinity(pod, node)) return { run: false, stay: false };
  const tolerations = withDaemonTolerations(spec);
  if (untoleratedTaint(node.spec.taints, tolerations, ['NoSchedule', 'NoExecute']))
    return { run: false, stay: !untoleratedTaint(node.spec.taints, tolerations, ['NoExecute']) };
  return { run: true, stay: true };
}
