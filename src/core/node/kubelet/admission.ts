/** Whether a pod may run here at all. Models pkg/kubelet/lifecycle/predicate.go and the scheduler's AdmissionCheck, v1.36.2. */
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import { matchesMap, matchesRequirements } from '../../api/selector.ts';
import type { Container, Node, Pod, Taint, Toleration } from '../../api/types.ts';
import { isRestartableInit } from './kuberuntime/should-restart.ts';
import { isStaticPod } from './qos.ts';
import type { KubeletState } from './state.ts';

export interface Refusal {
  reason: string;
  message: string;
  /** Of a shortage. */
  resource?: { name: string; requested: number; used: number; capacity: number };
}

/** Pods that hold resources: all that have not ended. */
export function activePods(state: KubeletState): Pod[] {
  const out: Pod[] = [];
  for (const uid in state.pods) {
    const pod = state.pods[uid] as Pod;
    const worker = state.workers[uid];
    const phase = pod.status?.phase;
    if (state.rejected[uid] === undefined && !worker?.stopped && phase !== 'Failed' && phase !== 'Succeeded') out.push(pod);
  }
  return out;
}

/** What a pod asks for: cpu in thousandths, others in units. Init containers count with what runs beside them. */
export function requestsOf(pod: Pod, name: string): number {
  const amount = name === 'cpu' ? quantityMilli : quantityValue;
  const of = (c: Container): number => amount(c.resources?.requests?.[name] ?? c.resources?.limits?.[name]);
  let sidecars = 0;
  let most = 0;
  for (const c of pod.spec.initContainers ?? []) {
    if (isRestartableInit(c)) {
      sidecars += of(c);
      most = Math.max(most, sidecars);
    } else most = Math.max(most, sidecars + of(c));
  }
  let sum = sidecars;
  for (const c of pod.spec.containers) sum += of(c);
  const own = pod.spec.resources?.requests?.[name];
  return (own === undefined ? Math.max(sum, most) : amount(own)) + amount(pod.spec.overhead?.[name]);
}

/** The first refusal, or null. `others`: the active pods beside it. */
export function admit(state: KubeletState, pod: Pod, others: readonly Pod[]): Refusal | null {
  const node = state.node ?? state.config.node;
  const os = pod.spec.nodeSelector?.['kubernetes.io/os'];
  if (os !== undefined && os !== 'linux')
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label" };
  if (pod.spec.os && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  const shortage = isShort(pod, others, node, state.config.maxPods);
  if (shortage) return shortage;
  if (!matchesNode(pod, node)) return { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
  if (pod.spec.nodeName && pod.spec.nodeName !== state.config.nodeName)
    return { reason: 'NodeName', message: "Predicate NodeName failed: node(s) didn't match the requested node name" };
  if (hostPortTaken(pod, others))
    return { reason: 'NodePorts', message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
  const taint = (node.spec?.taints ?? []).find((t) => t.effect === 'NoExecute' && !(pod.spec.tolerations ?? []).some((x) => tolerates(x, t)));
  if (taint && !isStaticPod(pod))
    return { reason: 'TaintToleration', message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate" };
  return null;
}

function isShort(pod: Pod, others: readonly Pod[], node: Node, maxPods: number): Refusal | null {
  const allocatable = node.status.allocatable ?? {};
  const names = new Set(['cpu', 'memory', 'ephemeral-storage']);
  for (const c of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) for (const name in c.resources?.requests) names.add(name);
  const podsAllowed = allocatable.pods === undefined ? maxPods : quantityValue(allocatable.pods);
  if (others.length + 1 > podsAllowed) return short('pods', 1, others.length, podsAllowed);
  for (const name of names) {
    const requested = requestsOf(pod, name);
    if (requested === 0) continue;
    const capacity = name === 'cpu' ? quantityMilli(allocatable.cpu) : quantityValue(allocatable[name]);
    let used = 0;
    for (const other of others) used += requestsOf(other, name);
    if (used + requested > capacity) return short(name, requested, used, capacity);
  }
  return null;
}

const short = (name: string, requested: number, used: number, capacity: number): Refusal => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  resource: { name, requested, used, capacity },
});

function matchesNode(pod: Pod, node: Node): boolean {
  if (pod.spec.nodeSelector && !matchesMap(pod.spec.nodeSelector, node.metadata.labels)) return false;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!Array.isArray(terms)) return true;
  return terms.some((term) => {
    const expressions = term.matchExpressions ?? [];
    const fields = term.matchFields ?? [];
    if (expressions.length === 0 && fields.length === 0) return false;
    return matchesRequirements(expressions, node.metadata.labels) && matchesRequirements(fields, { 'metadata.name': node.metadata.name });
  });
}

const hostPorts = (pod: Pod): { port: number; protocol: string; ip: string }[] =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isRestartableInit)].flatMap((c) =>
    (c.ports ?? []).filter((p) => p.hostPort).map((p) => ({ port: p.hostPort as number, protocol: p.protocol ?? 'TCP', ip: p.hostIP ?? '0.0.0.0' })),
  );

function hostPortTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  return others.some((other) =>
    hostPorts(other).some((p) =>
      wanted.some((w) => w.port === p.port && w.protocol === p.protocol && (w.ip === p.ip || w.ip === '0.0.0.0' || p.ip === '0.0.0.0')),
    ),
  );
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}
