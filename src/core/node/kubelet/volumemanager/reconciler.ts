/** One pod's mount operations, with their back-off. Models pkg/kubelet/volumemanager/reconciler and pkg/util/goroutinemap/exponentialbackoff, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import type { Ctx } from '../../../engine/types.ts';
import { podEvent, podField } from '../events.ts';
import type { KubeletState } from '../state.ts';
import { serviceAccountToken } from './tokens.ts';
import type { DesiredPod } from './volume-manager.ts';
import { type MountedVolume, setUpVolume } from './volume-plugins.ts';

const initialBackOffMs = 500;
const maxBackOffMs = 122_000;
/** How long a set-up waits for a cache of objects. */
const cacheTimeoutMs = 1000;

export type VolumeOperation =
  /** Waits for a cache or a token. */
  { state: 'running'; sinceMs: number; backOffMs: number } | { state: 'failed'; lastErrorMs: number; backOffMs: number };

/** A failed operation may run again once its back-off is over. */
export const operationAllowed = (operation: VolumeOperation | undefined, nowMs: number): boolean =>
  operation === undefined || operation.state === 'running' || nowMs - operation.lastErrorMs > operation.backOffMs;

/** Mounts what is wanted and not mounted, or out of date. Returns when to look again, ms; null: no need. */
export function reconcilePod(state: KubeletState, uid: string, desired: DesiredPod, ctx: Ctx): number | null {
  const { volumes } = state;
  const pod = state.pods[uid];
  if (!pod) return null;
  let againMs: number | null = null;
  for (const name in desired.volumes) {
    const wanted = desired.volumes[name] as DesiredPod['volumes'][string];
    const mounted = volumes.mounted[uid]?.[name];
    if (mounted && !wanted.remount) continue;
    const key = `${uid}/${name}`;
    const operation = volumes.operations[key];
    if (operationAllowed(operation, ctx.nowMs)) mountVolume(state, pod, wanted, mounted, key, ctx);
    const left = volumes.operations[key];
    if (left === undefined) continue;
    const dueMs = Math.max(ctx.nowMs, left.state === 'failed' ? left.lastErrorMs + left.backOffMs : left.sinceMs + cacheTimeoutMs);
    if (againMs === null || dueMs < againMs) againMs = dueMs;
  }
  return againMs;
}

function mountVolume(state: KubeletState, pod: Pod, wanted: DesiredPod['volumes'][string], old: MountedVolume | undefined, key: string, ctx: Ctx): void {
  const { volumes } = state;
  const uid = pod.metadata.uid;
  const name = wanted.volume.name;
  const allocatable = state.node?.status.allocatable ?? state.config.node.status.allocatable;
  let answer = setUpVolume(
    {
      config: state.config,
      pod,
      volume: wanted.volume,
      ...(wanted.persistentVolume ? { persistentVolume: wanted.persistentVolume } : {}),
      objects: volumes.objects,
      allocatable,
      token: (audience, expirationSeconds) => serviceAccountToken(state, pod, audience, expirationSeconds, ctx),
    },
    old,
    ctx,
  );
  const operation = volumes.operations[key];
  if ('waiting' in answer) {
    const sinceMs = operation?.state === 'running' ? operation.sinceMs : ctx.nowMs;
    if (ctx.nowMs - sinceMs < cacheTimeoutMs) {
      volumes.operations[key] = { state: 'running', sinceMs, backOffMs: operation?.backOffMs ?? 0 };
      return;
    }
    answer = { operation: 'MountVolume.SetUp', error: answer.waiting };
  }
  if ('mounted' in answer) {
    let ofPod = volumes.mounted[uid];
    if (!ofPod) {
      ofPod = {};
      volumes.mounted[uid] = ofPod;
    }
    ofPod[name] = answer.mounted;
    wanted.remount = false;
    delete volumes.operations[key];
    return;
  }
  const backOffMs = operation && operation.backOffMs > 0 ? Math.min(operation.backOffMs * 2, maxBackOffMs) : initialBackOffMs;
  volumes.operations[key] = { state: 'failed', lastErrorMs: ctx.nowMs, backOffMs };
  const shown = wanted.persistentVolume?.metadata.name ?? name;
  const index = pod.spec.volumes?.findIndex((volume) => volume.name === name) ?? 0;
  podEvent(
    state,
    pod,
    'Warning',
    'FailedMount',
    `${answer.operation} failed for volume ${JSON.stringify(shown)} : ${answer.error}`,
    ctx,
    podField(pod, `spec.volumes[${index}]`),
  );
}
