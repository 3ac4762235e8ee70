/**
 * Pod lifecycle event generator: lists the runtime once a second and tells pod workers what changed.
 * Models pkg/kubelet/pleg/generic.go, v1.36.2.
 */
import type { CriContainer, PodSandbox } from '../../contracts/cri.ts';
import { log } from '../../contracts/journal.ts';
import type { Ctx } from '../../engine/types.ts';
import { criRead, failOpenCalls } from './cri.ts';
import { deleteSurplusContainers } from './kuberuntime/gc.ts';
import { cacheRefreshed, updatePod } from './pod-workers.ts';
import { type Found, group, listPod, type Seen, statusFrom } from './runtime-pod-status.ts';
import type { KubeletState } from './state.ts';

export const relistPeriodMs = 1000;

export interface PlegState {
  /** When the last complete relist ended, ms; null: never. */
  lastRelistMs: number | null;
  /** The lists of the last relist: the runtime hands out the same arrays until something changes. */
  sandboxes: readonly PodSandbox[] | null;
  containers: readonly CriContainer[] | null;
  /** podUID → id → state, as of the last relist; shared per pod. */
  pods: Record<string, Readonly<Record<string, Seen>>>;
}
export const initialPleg = (): PlegState => ({ lastRelistMs: null, sandboxes: null, containers: null, pods: {} });

/** The global relist, and the timer of the next. */
export function relist(state: KubeletState, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'Relist' }, relistPeriodMs);
  const sandboxes = criRead(ctx, { rpc: 'ListPodSandbox' });
  const containers = criRead(ctx, { rpc: 'ListContainers' });
  if (sandboxes.error || containers.error) {
    failOpenCalls(state, ctx);
    return;
  }
  const { pleg, podCache } = state;
  const unchanged = pleg.sandboxes === sandboxes.response.items && pleg.containers === containers.response.containers;
  pleg.lastRelistMs = ctx.nowMs;
  podCache.looks += 1;
  podCache.globalLook = podCache.looks;
  const events: [string, boolean][] = [];
  if (!unchanged) {
    pleg.sandboxes = sandboxes.response.items;
    pleg.containers = containers.response.containers;
    const now = group(sandboxes.response.items, containers.response.containers);
    for (const uid in { ...pleg.pods, ...now }) {
      const before = pleg.pods[uid];
      const change = compare(before, now[uid]?.seen);
      if (!change) continue;
      inspect(state, uid, now[uid], ctx);
      tellLog(state, uid, before, now[uid]?.seen, ctx);
      if (change.told) events.push([uid, change.died]);
    }
  }
  // Those who waited for this look have taken up their work before they hear of what it found.
  cacheRefreshed(state, null, ctx);
  tell(state, events, ctx);
}

/** The look at one pod after a sync that did something. Models RequestReinspect with PLEGOnDemandRelist. */
export function relistPod(state: KubeletState, uid: string, ctx: Ctx): void {
  const found = listPod(uid, ctx);
  if (found === null) return;
  state.podCache.looks += 1;
  const before = state.pleg.pods[uid];
  const change = compare(before, found?.seen);
  if (change) tellLog(state, uid, before, found?.seen, ctx);
  inspect(state, uid, found, ctx);
  // A look without a change is told as PodSync.
  cacheRefreshed(state, uid, ctx);
  tell(state, change && !change.told ? [] : [[uid, change?.died ?? false]], ctx);
}

function tell(state: KubeletState, events: [string, boolean][], ctx: Ctx): void {
  for (const [uid, died] of events) {
    if (died) deleteSurplusContainers(state, uid, ctx);
    if (state.workers[uid] && state.pods[uid]) updatePod(state, uid, 'sync', ctx);
  }
}

/** `told`: something that pod workers hear of (started, died; not created, unknown or merely removed). */
function compare(old: Readonly<Record<string, Seen>> | undefined, now: Record<string, Seen> | undefined): { told: boolean; died: boolean } | null {
  let changed = false;
  let told = false;
  let died = false;
  for (const id in now) {
    const seen = now[id];
    if (old?.[id] === seen) continue;
    changed = true;
    if (seen !== 'unknown') told = true;
    if (seen === 'exited') died = true;
  }
  for (const id in old) {
    if (now?.[id] !== undefined) continue;
    changed = true;
    if (old[id] !== 'exited') {
      told = true;
      died = true;
    }
  }
  return changed ? { told, died } : null;
}

function tellLog(state: KubeletState, uid: string, old: Readonly<Record<string, Seen>> | undefined, now: Record<string, Seen> | undefined, ctx: Ctx): void {
  const pod = state.pods[uid] ?? state.workers[uid]?.pod;
  if (!pod) return;
  const name = `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;
  for (const id in now) {
    if (old?.[id] === now[id]) continue;
    if (now[id] === 'running') log(ctx, 'kubelet.service', ['kubelet.pleg', name, uid, 'ContainerStarted', id]);
    else if (now[id] === 'exited') log(ctx, 'kubelet.service', ['kubelet.pleg', name, uid, 'ContainerDied', id]);
  }
  for (const id in old) if (now?.[id] === undefined) log(ctx, 'kubelet.service', ['kubelet.pleg', name, uid, 'ContainerRemoved', id]);
}

/** Reads one pod anew from the runtime into the cache. */
function inspect(state: KubeletState, uid: string, found: Found | undefined, ctx: Ctx): void {
  const { pleg, podCache } = state;
  if (!found) {
    delete pleg.pods[uid];
    delete podCache.pods[uid];
    return;
  }
  pleg.pods[uid] = Object.freeze(found.seen);
  podCache.pods[uid] = { status: statusFrom(state, uid, found, ctx), look: podCache.looks };
}
