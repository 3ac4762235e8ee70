/** Models plugin/pkg/admission/defaulttolerationseconds and nodetaint, v1.36.2. */
import type { KubeObject, Node, Pod, Toleration } from '../../../api/types.ts';

const seconds = 300;

/** A pod that says nothing about them tolerates not-ready and unreachable nodes for 300 s. */
export function defaultTolerationSeconds(object: KubeObject): void {
  const { spec } = object as Pod;
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const says = (t: Toleration): boolean => (!t.key || t.key === key) && (!t.effect || t.effect === 'NoExecute');
    if (spec.tolerations?.some(says)) continue;
    spec.tolerations = [...(spec.tolerations ?? []), { effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: seconds }];
  }
}

/** A new node takes no pods before the node lifecycle controller has seen it ready. */
export function nodeNotReadyTaint(object: KubeObject): void {
  const node = object as Node;
  const taint = { effect: 'NoSchedule', key: 'node.kubernetes.io/not-ready' };
  node.spec ??= {};
  const taints = node.spec.taints ?? [];
  if (taints.some((t) => t.key === taint.key && t.effect === taint.effect)) return;
  node.spec.taints = [...taints, taint];
}
