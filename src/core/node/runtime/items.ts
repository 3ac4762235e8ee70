/** What the lists and statuses of CRI show of a sandbox or container. */
import type { CriContainer, CriContainerState, CriContainerStatus, PodSandbox, PodSandboxStatus } from '../../contracts/cri.ts';
import { share } from '../../engine/share.ts';
import type { Container, RuntimeState, Sandbox } from './state.ts';

const containerStates: Record<Container['state'], CriContainerState> = {
  created: 'CONTAINER_CREATED',
  running: 'CONTAINER_RUNNING',
  exited: 'CONTAINER_EXITED',
  unknown: 'CONTAINER_UNKNOWN',
};
export const criContainerState = (c: Container): CriContainerState => containerStates[c.state];

/** Call after every change of a sandbox that a list shows: PLEG compares what it was handed. */
export function sandboxChanged(state: RuntimeState, s: Sandbox): void {
  s.item = sandboxItem(s);
  state.sandboxList = null;
}

export function containerChanged(state: RuntimeState, c: Container): void {
  c.item = containerItem(c);
  state.containerList = null;
}

export function listPodSandbox(state: RuntimeState): readonly PodSandbox[] {
  if (state.sandboxList === null) {
    const items: PodSandbox[] = [];
    for (const id in state.sandboxes) items.push((state.sandboxes[id] as Sandbox).item);
    state.sandboxList = share(items);
  }
  return state.sandboxList;
}

export function listContainers(state: RuntimeState): readonly CriContainer[] {
  if (state.containerList === null) {
    const items: CriContainer[] = [];
    for (const id in state.containers) items.push((state.containers[id] as Container).item);
    state.containerList = share(items);
  }
  return state.containerList;
}

const uidLabel = 'io.kubernetes.pod.uid';

/** Those of one pod. */
export function sandboxesOf(state: RuntimeState, podUID: string): readonly PodSandbox[] {
  const items: PodSandbox[] = [];
  for (const id in state.sandboxes) {
    const { item } = state.sandboxes[id] as Sandbox;
    if (item.labels[uidLabel] === podUID) items.push(item);
  }
  return items;
}

export function containersOf(state: RuntimeState, podUID: string): readonly CriContainer[] {
  const items: CriContainer[] = [];
  for (const id in state.containers) {
    const { item } = state.containers[id] as Container;
    if (item.labels[uidLabel] === podUID) items.push(item);
  }
  return items;
}

export function sandboxItem(s: Sandbox): PodSandbox {
  return share<PodSandbox>({
    id: s.id,
    metadata: s.config.metadata,
    state: s.state === 'ready' ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
    createdAtMs: s.createdAtMs,
    labels: s.config.labels,
    annotations: s.config.annotations,
    runtimeHandler: s.runtimeHandler,
  });
}

export function sandboxStatus(s: Sandbox): PodSandboxStatus {
  // The IP of a stopped sandbox is not told: it may be somebody else's by now.
  return {
    ...s.item,
    network: s.state === 'ready' ? { ip: s.ip, additionalIps: s.additionalIps ?? [] } : { ip: '', additionalIps: [] },
    networkMode: hostNetwork(s) ? 'NODE' : 'POD',
  };
}

export const hostNetwork = (s: Sandbox): boolean => s.config.linux.securityContext.namespaceOptions?.network === 'NODE';

export function containerItem(c: Container): CriContainer {
  return share<CriContainer>({
    id: c.id,
    podSandboxId: c.sandboxId,
    metadata: c.config.metadata,
    image: c.config.image,
    imageRef: c.imageRef,
    state: containerStates[c.state],
    createdAtMs: c.createdAtMs,
    labels: c.config.labels,
    annotations: c.config.annotations,
  });
}

export function containerStatus(c: Container): CriContainerStatus {
  return {
    ...c.item,
    startedAtMs: c.startedAtMs,
    finishedAtMs: c.finishedAtMs,
    exitCode: c.exitCode,
    reason: c.state === 'exited' ? c.reason : '',
    message: c.message,
    mounts: c.config.mounts,
    logPath: c.log.path,
    resources: c.resources,
    imageName: c.imageName,
    pid: c.state === 'running' ? c.pid : 0,
  };
}
