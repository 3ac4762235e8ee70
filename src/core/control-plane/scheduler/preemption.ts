/** Making room for a pod of higher priority. Models pkg/scheduler/framework/{preemption,plugins/defaultpreemption}, v1.36.2. */
import { matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import { type CycleState, filterNode, type Refusal } from './filters.ts';
import { preemptionError, preemptionNever, preemptionTerminating } from './fit-error.ts';
import { addPod, type NodeInfo, removePod } from './node-info.ts';

export interface Candidate {
  node: string;
  victims: Pod[];
  pdbViolations: number;
}
export type PreemptionResult = { message: string; candidate?: undefined } | { candidate: Candidate; message?: undefined };

const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/** @param cycleFor the filters' state as it would be with a changed node in place of the present one */
export function preempt(
  pod: Pod,
  nodes: readonly NodeInfo[],
  refusals: readonly Refusal[],
  pdbs: readonly KubeObject[],
  cycleFor: (changed: NodeInfo) => CycleState,
): PreemptionResult {
  if (pod.spec.preemptionPolicy === 'Never') return { message: preemptionNever };
  if (isWaitingForVictims(pod, nodes)) return { message: preemptionTerminating };
  const reasons: string[] = [];
  const candidates: Candidate[] = [];
  nodes.forEach((info, i) => {
    if (refusals[i]?.unresolvable) {
      reasons.push('Preemption is not helpful for scheduling');
      return;
    }
    const found = selectVictims(pod, info, pdbs, cycleFor);
    if ('victims' in found) candidates.push(found);
    else reasons.push(...found.reasons);
  });
  const best = pickOne(candidates);
  return best ? { candidate: best } : { message: preemptionError(nodes.length, reasons) };
}

/** The pods that were preempted for it have not gone yet. */
function isWaitingForVictims(pod: Pod, nodes: readonly NodeInfo[]): boolean {
  const nominated = pod.status.nominatedNodeName;
  const info = nominated ? nodes.find((each) => each.name === nominated) : undefined;
  if (!info) return false;
  for (const key in info.pods) {
    const other = info.pods[key] as Pod;
    if (!other.metadata.deletionTimestamp || priorityOf(other) >= priorityOf(pod)) continue;
    if (other.status.conditions?.some((c) => c.type === 'DisruptionTarget' && c.status === 'True' && c.reason === 'PreemptionByScheduler')) return true;
  }
  return false;
}

const copyOf = (info: NodeInfo): NodeInfo => ({
  ...info,
  requested: { ...info.requested },
  pods: { ...info.pods },
  ports: { ...info.ports },
  byController: { ...info.byController },
  withAffinity: { ...info.withAffinity },
  withRequiredAntiAffinity: { ...info.withRequiredAntiAffinity },
});

function selectVictims(pod: Pod, info: NodeInfo, pdbs: readonly KubeObject[], cycleFor: (changed: NodeInfo) => CycleState): Candidate | { reasons: string[] } {
  const lower = Object.values(info.pods).filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return { reasons: ['No preemption victims found for incoming pod'] };
  const node = copyOf(info);
  for (const other of lower) removePod(node, other);
  const refusal = filterNode(pod, node, cycleFor(node));
  if (refusal) return { reasons: refusal.reasons };
  // Back come as many as fit, those first whose disruption a budget forbids, then the more important.
  const sorted = lower.sort((a, b) => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b));
  const { violating, others } = splitByBudget(sorted, pdbs);
  const victims: Pod[] = [];
  let pdbViolations = 0;
  const reprieve = (other: Pod): boolean => {
    addPod(node, other);
    if (!filterNode(pod, node, cycleFor(node))) return true;
    removePod(node, other);
    victims.push(other);
    return false;
  };
  for (const other of violating) if (!reprieve(other)) pdbViolations += 1;
  for (const other of others) reprieve(other);
  victims.sort((a, b) => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b));
  return { node: info.name, victims, pdbViolations };
}

const startOf = (pod: Pod): number => (pod.status.startTime ? parseTime(pod.status.startTime) : Number.MAX_SAFE_INTEGER);

function splitByBudget(pods: readonly Pod[], pdbs: readonly KubeObject[]): { violating: Pod[]; others: Pod[] } {
  const allowed = pdbs.map((pdb) => pdb.status?.disruptionsAllowed ?? 0);
  const [violating, others]: [Pod[], Pod[]] = [[], []];
  for (const pod of pods) {
    let violates = false;
    pdbs.forEach((pdb, i) => {
      if (pdb.metadata.namespace !== pod.metadata.namespace || !pod.metadata.labels || !matchesSelector(pdb.spec.selector, pod.metadata.labels)) return;
      if (pdb.status?.disruptedPods?.[pod.metadata.name]) return;
      allowed[i] = (allowed[i] as number) - 1;
      if ((allowed[i] as number) < 0) violates = true;
    });
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** Fewest budget violations, lowest highest priority, lowest sum, fewest victims, latest start, first. */
function pickOne(candidates: readonly Candidate[]): Candidate | undefined {
  const highest = (c: Candidate): number => (c.victims[0] ? priorityOf(c.victims[0]) : Number.MIN_SAFE_INTEGER);
  const total = (c: Candidate): number => c.victims.reduce((sum, pod) => sum + priorityOf(pod) + 2_147_483_648, 0);
  const earliest = (c: Candidate): number => Math.min(...c.victims.filter((pod) => priorityOf(pod) === highest(c)).map(startOf));
  const keys: ((c: Candidate) => number)[] = [(c) => c.pdbViolations, highest, total, (c) => c.victims.length, (c) => -earliest(c)];
  let left = candidates.slice();
  for (const key of keys) {
    if (left.length < 2) break;
    const least = Math.min(...left.map(key));
    left = left.filter((c) => key(c) === least);
  }
  return left[0];
}
