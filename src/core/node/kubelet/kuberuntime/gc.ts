/** Dead containers and sandboxes. Models kuberuntime_gc.go and pkg/kubelet/pod_container_deletor.go, v1.36.2. */
import type { Ctx } from '../../../engine/types.ts';
import { criCall, criRead, errorText } from '../cri.ts';
import { nodeEvent } from '../events.ts';
import { cachedStatus } from '../pod-cache.ts';
import type { KubeletState } from '../state.ts';

export const garbageCollectPeriodMs = 60_000;
/** Dead containers kept per container name. */
const keptPerName = 1;

export function removeLater(state: KubeletState, containerId: string, ctx: Ctx): void {
  criCall(state, 'gc', { rpc: 'RemoveContainer', containerId }, ctx);
}

/** A container of the pod died: the newest dead one of each name stays, or none when the pod is over. */
export function deleteSurplusContainers(state: KubeletState, uid: string, ctx: Ctx): void {
  const status = cachedStatus(state.podCache, uid);
  const keep = contentMayGo(state, uid) ? 0 : keptPerName;
  const seen: Record<string, number> = Object.create(null);
  for (const c of status.containers) {
    if (c.state !== 'CONTAINER_EXITED') continue;
    const count = (seen[c.metadata.name] ?? 0) + 1;
    seen[c.metadata.name] = count;
    if (count > keep) removeLater(state, c.id, ctx);
  }
}

/** Evicted, or deleted and ended. Models ShouldPodContentBeRemoved. */
function contentMayGo(state: KubeletState, uid: string): boolean {
  const worker = state.workers[uid];
  if (!worker) return state.sourcesReady.api && state.pods[uid] === undefined;
  return worker.stopped && (worker.evicted || worker.deleted);
}

/** Once a minute. */
export function collectGarbage(state: KubeletState, ctx: Ctx): void {
  const { error } = criRead(ctx, { rpc: 'ListContainers' });
  if (error) {
    nodeEvent(state, 'Warning', 'ContainerGCFailed', errorText(error), ctx);
    return;
  }
  for (const uid in state.podCache.pods) {
    const status = cachedStatus(state.podCache, uid);
    const gone = contentMayGo(state, uid);
    const removed = new Set<string>();
    const seen: Record<string, number> = Object.create(null);
    for (const c of status.containers) {
      if (c.state === 'CONTAINER_RUNNING' || (c.state === 'CONTAINER_CREATED' && !gone)) continue;
      const count = (seen[c.metadata.name] ?? 0) + 1;
      seen[c.metadata.name] = count;
      if (!gone && count <= keptPerName) continue;
      removed.add(c.id);
      removeLater(state, c.id, ctx);
    }
    status.sandboxes.forEach((sandbox, i) => {
      if (sandbox.state === 'SANDBOX_READY' || (i === 0 && !(gone && state.pods[uid] === undefined))) return;
      if (status.containers.some((c) => c.podSandboxId === sandbox.id && !removed.has(c.id))) return;
      criCall(state, 'gc', { rpc: 'RemovePodSandbox', podSandboxId: sandbox.id }, ctx);
    });
    if (gone && state.pods[uid] === undefined)
      ctx.call(`${ctx.host}/os`, {
        type: 'Fs',
        op: 'remove',
        path: `${state.config.podLogsDir}/${status.namespace}_${status.name}_${uid}`,
        recursive: true,
      } as never);
  }
}
