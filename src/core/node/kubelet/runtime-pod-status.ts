/** Pods as the runtime has them: its lists grouped by pod, and one pod's status in full. Models kuberuntime GetPods and GetPodStatus, v1.36.2. */
import type { CriContainer, CriContainerState, CriContainerStatus, PodSandbox, PodSandboxStatus, SandboxState } from '../../contracts/cri.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import { criRead } from './cri.ts';
import { withTerminationMessage } from './kuberuntime/termination-message.ts';
import type { RuntimePodStatus } from './pod-cache.ts';
import type { KubeletState } from './state.ts';

const uidLabel = 'io.kubernetes.pod.uid';

export type Seen = 'running' | 'exited' | 'unknown';

export interface Found {
  seen: Record<string, Seen>;
  sandboxes: string[];
  containers: string[];
}

export function group(sandboxes: readonly PodSandbox[], containers: readonly CriContainer[]): Record<string, Found> {
  const pods: Record<string, Found> = {};
  const of = (labels: Record<string, string>): Found | undefined => {
    const uid = labels[uidLabel];
    if (uid === undefined) return undefined;
    pods[uid] ??= { seen: {}, sandboxes: [], containers: [] };
    return pods[uid];
  };
  for (const s of sandboxes) {
    const pod = of(s.labels);
    if (!pod) continue;
    pod.seen[s.id] = sandboxSeen[s.state];
    pod.sandboxes.push(s.id);
  }
  for (const c of containers) {
    const pod = of(c.labels);
    if (!pod) continue;
    pod.seen[c.id] = containerSeen[c.state];
    pod.containers.push(c.id);
  }
  return pods;
}
const sandboxSeen: Record<SandboxState, Seen> = { SANDBOX_READY: 'running', SANDBOX_NOTREADY: 'exited' };
const containerSeen: Record<CriContainerState, Seen> = {
  CONTAINER_CREATED: 'unknown',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
};

/** A pod's status straight from the runtime, past the cache. Models kuberuntime GetPodStatus. */
export function readPodStatus(state: KubeletState, uid: string, ctx: Ctx): RuntimePodStatus | null {
  const found = listPod(uid, ctx);
  return found === null ? null : statusFrom(state, uid, found ?? { seen: {}, sandboxes: [], containers: [] }, ctx);
}

/** null: the runtime does not answer; undefined: it knows no such pod. */
export function listPod(uid: string, ctx: Ctx): Found | undefined | null {
  const filter = { podUID: uid };
  const sandboxes = criRead(ctx, { rpc: 'ListPodSandbox', filter });
  const containers = criRead(ctx, { rpc: 'ListContainers', filter });
  if (sandboxes.error || containers.error) return null;
  return group(sandboxes.response.items, containers.response.containers)[uid];
}

export function statusFrom(state: KubeletState, uid: string, found: Found, ctx: Ctx): RuntimePodStatus {
  const sandboxes: PodSandboxStatus[] = [];
  const containers: CriContainerStatus[] = [];
  for (const id of found.sandboxes) {
    const answer = criRead(ctx, { rpc: 'PodSandboxStatus', podSandboxId: id });
    if (answer.response) sandboxes.push(answer.response.status);
  }
  const before = state.podCache.pods[uid]?.status.containers;
  for (const id of found.containers) {
    // An end, once seen, does not change: its files are read once.
    const ended = before?.find((c) => c.id === id && c.state === 'CONTAINER_EXITED');
    if (ended && found.seen[id] === 'exited') {
      containers.push(ended);
      continue;
    }
    const answer = criRead(ctx, { rpc: 'ContainerStatus', containerId: id });
    if (answer.response) containers.push(withTerminationMessage(answer.response.status, ctx));
  }
  sandboxes.sort((a, b) => b.createdAtMs - a.createdAtMs || b.metadata.attempt - a.metadata.attempt);
  containers.sort((a, b) => b.createdAtMs - a.createdAtMs || b.metadata.attempt - a.metadata.attempt);
  const ready = sandboxes[0]?.state === 'SANDBOX_READY' ? sandboxes[0] : undefined;
  let ips: readonly string[] = ready?.network.ip ? [ready.network.ip, ...ready.network.additionalIps] : [];
  if (ips.length === 0 && !ready) ips = state.podCache.pods[uid]?.status.ips ?? [];
  const { name = '', namespace = '' } = sandboxes[0]?.metadata ?? {};
  return share({ uid, name, namespace, ips, sandboxes, containers });
}
