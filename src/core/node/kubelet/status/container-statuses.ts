/** Container statuses from what the runtime shows, the old status and the reason cache. Models pkg/kubelet/kubelet_pods.go convertToAPIContainerStatuses, v1.36.2. */
import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from '../../../api/types.ts';
import type { CriContainerStatus } from '../../../contracts/cri.ts';
import { rfc3339 } from '../../../engine/time.ts';
import { reasonKey } from '../kuberuntime/container-of.ts';
import { isRestartableInit, matchingRule, shouldContainerBeRestarted } from '../kuberuntime/should-restart.ts';
import type { RuntimePodStatus } from '../pod-cache.ts';
import type { KubeletState } from '../state.ts';

export type ContainerKind = 'init' | 'regular' | 'ephemeral';

export interface StatusInput {
  reasons: KubeletState['reasons'];
  /** Milliseconds since 1970 at 0 s. */
  startEpochMs: number;
  /** The old status says AllContainersRestarting. */
  restarting: boolean;
  /** What applies to a running container. */
  resources(container: Container): { resources: Container['resources']; allocated: Container['resources'] };
}

export function convertToAPIContainerStatuses(
  input: StatusInput,
  pod: Pod,
  runtime: RuntimePodStatus,
  previous: readonly ContainerStatus[] | undefined,
  containers: readonly Container[],
  kind: ContainerKind,
): ContainerStatus[] {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  const regularCreated = kind === 'init' && pod.spec.containers.some((c) => runtime.containers.some((s) => s.metadata.name === c.name));
  const out = containers.map((container) => {
    const old = previous?.find((s) => s.name === container.name);
    const instances = runtime.containers.filter((s) => s.metadata.name === container.name);
    let status = defaultStatus(container, old, hasInit);
    if (instances.length === 0) lostInRuntime(input, status, old, pod, container, kind, regularCreated);
    else status = fromRuntime(input, container, old, instances);
    if (instances.length === 0 && old && input.restarting) restarted(status, old);
    const reason = input.reasons[reasonKey(pod.metadata.uid, container.name)];
    if (reason && (kind !== 'ephemeral' || instances.length === 0)) overrideWithReason(status, container, pod, runtime, reason, kind);
    return status;
  });
  // The API lists regular containers by name, init containers as they are specified.
  return kind === 'init' ? out : out.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function defaultStatus(container: Container, old: ContainerStatus | undefined, hasInit: boolean): ContainerStatus {
  const status: ContainerStatus = {
    name: container.name,
    image: container.image,
    imageID: '',
    state: { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } },
    lastState: {},
    ready: false,
    restartCount: 0,
    started: false,
    ...volumeMounts(container),
  };
  if (!old) return status;
  if (old.state.terminated) return { ...old, ready: false, started: false };
  status.restartCount = old.restartCount;
  status.lastState = old.lastState;
  return status;
}

/** Running by the old status, and the runtime knows nothing of it. */
function lostInRuntime(
  input: StatusInput,
  status: ContainerStatus,
  old: ContainerStatus | undefined,
  pod: Pod,
  container: Container,
  kind: ContainerKind,
  regularCreated: boolean,
): void {
  if (kind === 'init' && regularCreated && !isRestartableInit(container)) {
    if (!status.state.terminated)
      status.state = {
        terminated: {
          reason: 'Completed',
          message: 'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
          exitCode: 0,
        },
      };
    return;
  }
  if (!status.state.waiting || !old?.state.running || input.restarting) return;
  status.lastState = {
    terminated: {
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was deleted.  The container used to be Running',
      exitCode: 137,
    },
  };
  if (!pod.metadata.deletionTimestamp) status.restartCount += 1;
}

/** RestartAllContainers has removed it on purpose. */
function restarted(status: ContainerStatus, old: ContainerStatus): void {
  if (old.state.waiting) return;
  status.imageID = '';
  delete status.containerID;
  status.state = { waiting: { reason: 'RestartingAllContainers' } };
  status.lastState = {
    terminated: {
      reason: 'RestartingAllContainers',
      message: 'The container is removed because RestartAllContainers in place',
      exitCode: old.state.terminated?.exitCode ?? 137,
    },
  };
  status.restartCount = old.restartCount + 1;
}

function fromRuntime(input: StatusInput, container: Container, old: ContainerStatus | undefined, instances: CriContainerStatus[]): ContainerStatus {
  const newest = instances[0] as CriContainerStatus;
  const { resources, allocated } = input.resources(container);
  const containerID = `containerd://${newest.id}`;
  const status: ContainerStatus = {
    ...(allocated?.requests && Object.keys(allocated.requests).length > 0 ? { allocatedResources: allocated.requests } : {}),
    containerID,
    image: newest.imageName || container.image,
    imageID: newest.imageRef,
    lastState: {},
    name: container.name,
    ready: false,
    resources: resources ?? {},
    restartCount: newest.metadata.attempt,
    started: false,
    state: stateOf(input, newest),
    ...volumeMounts(container),
  };
  if (newest.state === 'CONTAINER_UNKNOWN' && old?.state.running) {
    status.state = {
      terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated', containerID },
    };
    status.restartCount += 1;
  }
  const before = instances[1];
  if (before) status.lastState = stateOf(input, before);
  else if (old && old.restartCount === status.restartCount) status.lastState = old.lastState;
  else if (old?.state.terminated) status.lastState = old.state;
  else if (old?.lastState.terminated) status.lastState = old.lastState;
  return status;
}

function stateOf(input: StatusInput, status: CriContainerStatus): ContainerState {
  switch (status.state) {
    case 'CONTAINER_RUNNING':
      return { running: { startedAt: rfc3339(input.startEpochMs + status.startedAtMs) } };
    case 'CONTAINER_EXITED':
      return { terminated: terminated(input, status) };
    default:
      return { waiting: {} };
  }
}

function terminated(input: StatusInput, status: CriContainerStatus): ContainerStateTerminated {
  return {
    containerID: `containerd://${status.id}`,
    exitCode: status.exitCode,
    finishedAt: rfc3339(input.startEpochMs + status.finishedAtMs),
    ...(status.message ? { message: status.message } : {}),
    reason: status.reason,
    startedAt: status.startedAtMs === 0 && status.reason === 'StartError' ? '1970-01-01T00:00:00Z' : rfc3339(input.startEpochMs + status.startedAtMs),
  };
}

/** A container that must start and could not, last time it was tried. */
function overrideWithReason(
  status: ContainerStatus,
  container: Container,
  pod: Pod,
  runtime: RuntimePodStatus,
  reason: { reason: string; message: string },
  kind: ContainerKind,
): void {
  if (kind === 'init' && !isRestartableInit(container) && status.state.terminated?.exitCode === 0) return;
  if (!shouldContainerBeRestarted(container, pod, runtime)) return;
  if (status.state.terminated) status.lastState = status.state;
  status.state = { waiting: { reason: reason.reason, message: reason.message } };
}

function volumeMounts(container: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (!container.volumeMounts?.length) return {};
  return {
    volumeMounts: container.volumeMounts.map((m) => ({
      mountPath: m.mountPath,
      name: m.name,
      ...(m.readOnly
        ? { readOnly: true, recursiveReadOnly: m.recursiveReadOnly && m.recursiveReadOnly !== 'IfPossible' ? m.recursiveReadOnly : 'Disabled' }
        : {}),
    })),
  };
}

/** An exit whose rule asks for all containers of the pod. */
export const asksForAll = (container: Container, exitCode: number): boolean => matchingRule(container, exitCode) === 'RestartAllContainers';
