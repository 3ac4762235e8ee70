/** Conditions that the kubelet makes. Models pkg/kubelet/status/generate.go, v1.36.2. Transition times are filled in by the status manager. */
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from '../../../api/types.ts';
import { isRestartableInit } from '../kuberuntime/should-restart.ts';

/** Types that the kubelet alone writes. */
export const kubeletConditions = new Set([
  'PodScheduled',
  'Ready',
  'ContainersReady',
  'Initialized',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
  'AllContainersRestarting',
]);

type Plain = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

const unknownStatuses = { status: 'False', reason: 'UnknownContainerStatuses' } as const;
const list = (names: string[]): string => `[${names.join(' ')}]`;

export function containersReadyCondition(
  pod: Pod,
  statuses: readonly ContainerStatus[] | undefined,
  initStatuses: readonly ContainerStatus[] | undefined,
  phase: PodStatus['phase'],
): Plain {
  const type = 'ContainersReady';
  if (!statuses) return { type, ...unknownStatuses };
  const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInit);
  const unknown: string[] = [];
  const unready: string[] = [];
  const look = (containers: readonly Container[], from: readonly ContainerStatus[]): void => {
    for (const c of containers) {
      const s = from.find((x) => x.name === c.name);
      if (!s) unknown.push(c.name);
      else if (!s.ready) unready.push(c.name);
    }
  };
  look(sidecars, initStatuses ?? []);
  look(pod.spec.containers, statuses);
  if (phase === 'Succeeded' && unknown.length === 0) return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  return listed(type, 'ContainersNotReady', [
    ['containers with unknown status: ', unknown],
    ['containers with unready status: ', unready],
  ]);
}

export function readyCondition(pod: Pod, conditions: readonly Condition[], containersReady: Plain): Plain {
  const type = 'Ready';
  if (containersReady.status !== 'True') return { ...containersReady, type };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const found = conditions.find((c) => c.type === conditionType);
    if (!found) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (found.status !== 'True') messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`);
  }
  if (messages.length > 0) return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
  return { type, status: 'True' };
}

/** Sticky: once True it stays. */
export function initializedCondition(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  initStatuses: readonly ContainerStatus[] | undefined,
  phase: PodStatus['phase'],
  wasInitialized: boolean,
): Plain {
  const type = 'Initialized';
  const inits = pod.spec.initContainers ?? [];
  if (!initStatuses && inits.length > 0) return { type, ...unknownStatuses };
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const c of inits) {
    const s = initStatuses?.find((x) => x.name === c.name);
    if (!s) unknown.push(c.name);
    else if (isRestartableInit(c) ? !s.started : !s.ready) incomplete.push(c.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { type, status: 'True', reason: 'PodCompleted' };
  const begun = statuses.some((s) => s.state.running || s.state.terminated);
  if (wasInitialized || begun) return { type, status: 'True' };
  return listed(type, 'ContainersNotInitialized', [
    ['containers with unknown status: ', unknown],
    ['containers with incomplete status: ', incomplete],
  ]);
}

function listed(type: string, reason: string, parts: [string, string[]][]): Plain {
  const messages = parts.filter(([, names]) => names.length > 0).map(([words, names]) => words + list(names));
  return messages.length > 0 ? { type, status: 'False', reason, message: messages.join(', ') } : { type, status: 'True' };
}
