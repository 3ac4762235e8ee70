/** Node-pressure and local-storage eviction. Models pkg/kubelet/eviction/eviction_manager.go, v1.36.2. */
import { quantityValue } from '../../../api/quantity.ts';
import type { Pod } from '../../../api/types.ts';
import type { Body, Ctx, Message } from '../../../engine/types.ts';
import type { Refusal } from '../admission.ts';
import { criRead } from '../cri.ts';
import { nodeEvent, podEvent, podField } from '../events.ts';
import { deleteUnusedImages } from '../images/image-gc.ts';
import { killPodNow } from '../pod-workers.ts';
import { computePodQOS, isCriticalPod } from '../qos.ts';
import type { KubeletState } from '../state.ts';
import {
  activePodsOf,
  bytesText,
  containerMemoryUsage,
  nodeMemoryUsage,
  parseThresholds,
  quantityText,
  rank,
  type Signal,
  signals,
  type Threshold,
  thresholdBytes,
  thresholdText,
} from './helpers.ts';
import { hasLocalStorageLimit, localStorageEviction, measureVolumes } from './local-storage.ts';

const monitoringIntervalMs = 10_000;
/** How often the volumes of a pod are measured. */
const volumeStatsPeriodMs = 60_000;
/** A condition stays this long after it was last seen. */
const pressureTransitionMs = 300_000;
/** While a victim goes: looked at so often, for so long. */
const cleanupPollMs = 1000;
const cleanupTimeoutMs = 30_000;
/** Of victims of hard thresholds and of local storage limits. */
const hardGraceSeconds = 1;

export interface EvictionManagerState {
  /** Pressure conditions in force, in the order in which they came: type → when last seen, ms. */
  conditions: Record<string, number>;
  /** UID → bytes in each emptyDir as last measured; only pods that have limits. */
  volumes: Record<string, Record<string, number>>;
  /** UIDs of victims that are waited for, since when. */
  victims: string[];
  victimsSinceMs: number;
}
export const initialEviction = (): EvictionManagerState => ({ conditions: {}, volumes: {}, victims: [], victimsSinceMs: 0 });

export function startEviction(_state: KubeletState, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'EvictionMeasure' } as Body, Math.floor(ctx.random() * volumeStatsPeriodMs));
  ctx.send(ctx.self, { type: 'EvictionCheck' } as Body, Math.floor(ctx.random() * monitoringIntervalMs));
}

export function handleEvictionMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  switch (message.body.type) {
    case 'EvictionMeasure':
      ctx.send(ctx.self, { type: 'EvictionMeasure' } as Body, volumeStatsPeriodMs);
      measure(state, ctx);
      return true;
    case 'EvictionCheck': {
      const delayMs = check(state, ctx);
      ctx.send(ctx.self, { type: 'EvictionCheck' } as Body, delayMs);
      return true;
    }
    default:
      return false;
  }
}

/** Why a pod may not start on a node under pressure, or null. Models Admit. */
export function admitUnderPressure(state: KubeletState, pod: Pod): Refusal | null {
  const conditions = Object.keys(state.eviction.conditions);
  if (conditions.length === 0 || isCriticalPod(pod)) return null;
  if (conditions.length === 1 && conditions[0] === 'MemoryPressure') {
    if (computePodQOS(pod) !== 'BestEffort') return null;
    const key = 'node.kubernetes.io/memory-pressure';
    const tolerated = (pod.spec.tolerations ?? []).some((t) => (t.key === undefined || t.key === key) && (!t.effect || t.effect === 'NoSchedule'));
    if (tolerated) return null;
  }
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
}

function measure(state: KubeletState, ctx: Ctx): void {
  state.eviction.volumes = {};
  for (const uid in state.pods) {
    const pod = state.pods[uid] as Pod;
    if (hasLocalStorageLimit(pod) && state.workers[uid]?.phase === 'sync') state.eviction.volumes[uid] = measureVolumes(state, pod, ctx);
  }
}

/** One pass; how long until the next. */
function check(state: KubeletState, ctx: Ctx): number {
  const { eviction } = state;
  if (eviction.victims.length > 0) {
    const left = eviction.victims.filter((uid) => state.workers[uid] !== undefined && state.workers[uid].phase !== 'finished');
    if (left.length > 0 && ctx.nowMs - eviction.victimsSinceMs < cleanupTimeoutMs) return cleanupPollMs;
    eviction.victims = [];
  }
  const victims = synchronize(state, ctx);
  if (victims.length === 0) return monitoringIntervalMs;
  eviction.victims = victims;
  eviction.victimsSinceMs = ctx.nowMs;
  return cleanupPollMs;
}

interface Observation {
  available: number;
  capacity: number;
}

/** Returns the UIDs of the evicted. */
function synchronize(state: KubeletState, ctx: Ctx): string[] {
  const observations = observe(state, ctx);
  const met = parseThresholds(state.config.evictionHard).filter((t) => isMet(t, observations));
  updateConditions(state, met, ctx.nowMs);
  const local = evictForLocalStorage(state, ctx);
  if (local.length > 0 || met.length === 0) return local;
  const threshold = met.find((t) => t.signal === 'memory.available') ?? (met[0] as Threshold);
  const { resource } = signals[threshold.signal];
  nodeEvent(state, 'Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`, ctx);
  if (resource === 'ephemeral-storage') {
    const freed = deleteUnusedImages(state, ctx);
    for (const signal of ['nodefs.available', 'imagefs.available'] as const) {
      const observed = observations[signal];
      if (observed) observed.available += freed;
    }
    if (!met.some((t) => isMet(t, observations))) return [];
  }
  for (const pod of rank(state, activePodsOf(state), resource, ctx)) {
    if (isCriticalPod(pod)) continue;
    const observed = observations[threshold.signal] as Observation;
    const message = `The node was low on resource: ${resource}. Threshold quantity: ${thresholdText(threshold.value, observed.capacity)}, available: ${bytesText(observed.available)}. ${containerSentences(state, pod, resource, ctx)}`;
    evictPod(state, pod, message, true, ctx);
    return [pod.metadata.uid];
  }
  return [];
}

function observe(state: KubeletState, ctx: Ctx): Partial<Record<Signal, Observation>> {
  const capacity = quantityValue(state.config.node.status.capacity?.memory);
  const out: Partial<Record<Signal, Observation>> = { 'memory.available': { available: capacity - nodeMemoryUsage(ctx), capacity } };
  const disk = criRead(ctx, { rpc: 'ImageFsInfo' });
  // One disk: the image store and the kubelet's directories share it.
  if (!disk.error && disk.response.capacityBytes > 0) {
    const { availableBytes, capacityBytes } = disk.response;
    out['nodefs.available'] = { available: availableBytes, capacity: capacityBytes };
    out['imagefs.available'] = { available: availableBytes, capacity: capacityBytes };
  }
  return out;
}

function isMet(threshold: Threshold, observations: Partial<Record<Signal, Observation>>): boolean {
  const observed = observations[threshold.signal];
  return observed !== undefined && observed.available < thresholdBytes(threshold.value, observed.capacity);
}

function updateConditions(state: KubeletState, met: Threshold[], nowMs: number): void {
  const { conditions } = state.eviction;
  for (const { signal } of met) conditions[signals[signal].condition] = nowMs;
  for (const type in conditions) if (nowMs - (conditions[type] as number) >= pressureTransitionMs) delete conditions[type];
}

function evictForLocalStorage(state: KubeletState, ctx: Ctx): string[] {
  const evicted: string[] = [];
  for (const uid in state.eviction.volumes) {
    const pod = state.pods[uid];
    if (!pod || state.workers[uid]?.phase !== 'sync') continue;
    const message = localStorageEviction(state, pod, state.eviction.volumes[uid] ?? {}, ctx);
    if (message === undefined || isCriticalPod(pod)) continue;
    delete state.eviction.volumes[uid];
    evictPod(state, pod, message, false, ctx);
    evicted.push(uid);
  }
  return evicted;
}

/** One for each container above its request. */
function containerSentences(state: KubeletState, pod: Pod, resource: string, ctx: Ctx): string {
  if (resource !== 'memory') return '';
  let out = '';
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const usage = containerMemoryUsage(state, pod, container.name, ctx);
    const request = container.resources?.requests?.[resource];
    if (usage <= quantityValue(request)) continue;
    out += `Container ${container.name} was using ${bytesText(usage)}, request is ${request === undefined ? '0' : quantityText(request)}, has larger consumption of ${resource}. `;
  }
  return out;
}

function evictPod(state: KubeletState, pod: Pod, message: string, disruption: boolean, ctx: Ctx): void {
  podEvent(state, pod, 'Warning', 'Evicted', message, ctx, podField(pod, 'spec.containers'));
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'TerminationByKubelet',
    message,
    lastProbeTime: null,
    lastTransitionTime: null,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
  killPodNow(state, pod.metadata.uid, { reason: 'Evicted', message, ...(disruption ? { conditions: [condition] } : {}), graceSeconds: hardGraceSeconds }, ctx);
}
