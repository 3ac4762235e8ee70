/** Which taints a node's conditions call for. Models nodeConditionToTaintKeyStatusMap and nodeutil, v1.36.2. */
import type { Condition, Node, Taint } from '../../api/types.ts';
import { rfc3339 } from '../../engine/time.ts';

export const notReady = 'node.kubernetes.io/not-ready';
export const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';
const conditionTaints: [string, string, string][] = [
  ['Ready', 'False', notReady],
  ['Ready', 'Unknown', unreachable],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const ownKeys = new Set([unschedulable, ...conditionTaints.map(([, , key]) => key)]);

export const isOwnNoSchedule = (taint: Taint): boolean => taint.effect === 'NoSchedule' && ownKeys.has(taint.key);

export function desiredNoSchedule(node: Node): Taint[] {
  const taints: Taint[] = [];
  for (const [type, status, key] of conditionTaints)
    if (node.status?.conditions?.some((c) => c.type === type && c.status === status)) taints.push({ key, effect: 'NoSchedule' });
  if (node.spec.unschedulable) taints.push({ key: unschedulable, effect: 'NoSchedule' });
  return taints;
}

/** '' when the node has posted no Ready. */
export const readyStatus = (node: Node): string => node.status?.conditions?.find((c) => c.type === 'Ready')?.status ?? '';

export function noExecuteFor(node: Node): Taint | undefined {
  const status = readyStatus(node);
  if (status === 'False') return { key: notReady, effect: 'NoExecute' };
  return status === 'Unknown' ? { key: unreachable, effect: 'NoExecute' } : undefined;
}

export const zoneOf = (node: Node): string =>
  `${node.metadata.labels?.['topology.kubernetes.io/region'] ?? ''}:${node.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`;

const heartbeats = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The node's conditions with those the kubelet should post turned Unknown; what it never posted is added. */
export function unknownConditions(node: Node, epochMs: number): Condition[] {
  const now = rfc3339(epochMs);
  const conditions = (node.status.conditions ?? []).map((condition) =>
    heartbeats.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : condition,
  );
  for (const type of heartbeats)
    if (!conditions.some((c) => c.type === type))
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: now,
      });
  return conditions;
}
