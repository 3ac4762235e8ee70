/** Thresholds, usage and order of victims. Models pkg/kubelet/eviction/helpers.go, v1.36.2. */
import { formatQuantity, parseQuantity, quantityValue } from '../../../api/quantity.ts';
import type { Pod, Quantity } from '../../../api/types.ts';
import type { CgroupAnswer } from '../../../contracts/os.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { podCgroup, podRequest } from '../cgroups.ts';
import { criRead } from '../cri.ts';
import { cachedStatus } from '../pod-cache.ts';
import { podLogsDirectory } from '../pod-directories.ts';
import { isStaticPod } from '../qos.ts';
import type { KubeletState } from '../state.ts';
import { fs } from '../system-calls.ts';
import { mountedVolumesForPod } from '../volumemanager/volume-manager.ts';

export type Signal = 'memory.available' | 'nodefs.available' | 'imagefs.available' | 'pid.available';
export const signals: Record<Signal, { condition: string; resource: string }> = {
  'memory.available': { condition: 'MemoryPressure', resource: 'memory' },
  'nodefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage' },
  'imagefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage' },
  'pid.available': { condition: 'PIDPressure', resource: 'pids' },
};

export interface Threshold {
  signal: Signal;
  /** `100Mi` or `10%`. */
  value: string;
}

/** Hard thresholds of the configuration that this model can measure; 0 % and 100 % are off. */
export function parseThresholds(evictionHard: Readonly<Record<string, string>>): Threshold[] {
  const out: Threshold[] = [];
  for (const signal of Object.keys(evictionHard)) {
    const value = evictionHard[signal] as string;
    // Simplified: inodes, containerfs and pids are not counted here.
    if (Object.hasOwn(signals, signal) && value !== '0%' && value !== '100%') out.push({ signal: signal as Signal, value });
  }
  return out;
}

/** Bytes; a percentage is of `capacity`. */
export function thresholdBytes(value: string, capacity: number): number {
  return value.endsWith('%') ? Math.floor((capacity * Number(value.slice(0, -1))) / 100) : quantityValue(value);
}

/** As the threshold is printed: percentages become an amount. */
export const thresholdText = (value: string, capacity: number): string => (value.endsWith('%') ? bytesText(thresholdBytes(value, capacity)) : value);

/** `87200Ki`. */
export const bytesText = (bytes: number): string => formatQuantity({ nano: BigInt(Math.floor(bytes)) * 1_000_000_000n, format: 'BinarySI' });

export const quantityText = (quantity: Quantity): string => {
  const parsed = parseQuantity(quantity);
  return parsed ? formatQuantity(parsed) : String(quantity);
};

const cgroupMemory = (ctx: Ctx, path: string): number => ctx.call<CgroupAnswer>(osOf(ctx.host), { type: 'Cgroup', op: 'get', path } as never)?.memoryBytes ?? 0;

/** Resident memory of everything on the node, bytes. */
export const nodeMemoryUsage = (ctx: Ctx): number => cgroupMemory(ctx, '/');

export const podMemoryUsage = (state: KubeletState, pod: Pod, ctx: Ctx): number => cgroupMemory(ctx, podCgroup(state.config.cgroupDriver, pod));

const runningContainer = (state: KubeletState, pod: Pod, container: string) =>
  cachedStatus(state.podCache, pod.metadata.uid).containers.find((c) => c.metadata.name === container && c.state === 'CONTAINER_RUNNING');

export function containerMemoryUsage(state: KubeletState, pod: Pod, container: string, ctx: Ctx): number {
  const running = runningContainer(state, pod, container);
  if (!running) return 0;
  const parent = podCgroup(state.config.cgroupDriver, pod);
  return cgroupMemory(ctx, state.config.cgroupDriver === 'systemd' ? `${parent}/cri-containerd-${running.id}.scope` : `${parent}/${running.id}`);
}

/** Bytes in emptyDirs on disk, by volume name. */
export function emptyDirUsage(state: KubeletState, pod: Pod, ctx: Ctx): Record<string, number> {
  const usage: Record<string, number> = {};
  const mounted = mountedVolumesForPod(state, pod.metadata.uid);
  for (const volume of pod.spec.volumes ?? []) {
    const mount = mounted[volume.name];
    if (volume.emptyDir && mount && !mount.tmpfs) usage[volume.name] = fs(ctx, { op: 'usage', path: mount.path }).bytes ?? 0;
  }
  return usage;
}

/** Logs and the writable layer. */
export function containerDiskUsage(state: KubeletState, pod: Pod, container: string, ctx: Ctx): number {
  const logs = fs(ctx, { op: 'usage', path: `${podLogsDirectory(state.config, pod)}/${container}` }).bytes ?? 0;
  const running = runningContainer(state, pod, container);
  if (!running) return logs;
  const answer = criRead(ctx, { rpc: 'ContainerStats', containerId: running.id });
  return logs + (answer.error ? 0 : answer.response.writableLayer.usedBytes);
}

export function podDiskUsage(state: KubeletState, pod: Pod, ctx: Ctx): number {
  const logs = fs(ctx, { op: 'usage', path: podLogsDirectory(state.config, pod) }).bytes ?? 0;
  return Object.values(emptyDirUsage(state, pod, ctx)).reduce((sum, bytes) => sum + bytes, logs);
}

/** Pods that hold resources and have not ended. */
export const activePodsOf = (state: KubeletState): Pod[] =>
  Object.values(state.pods).filter(
    (pod) => state.workers[pod.metadata.uid]?.phase === 'sync' && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded',
  );

/** Who goes first: those above their request, then lower priority, then the larger excess. */
export function rank(state: KubeletState, pods: Pod[], resource: string, ctx: Ctx): Pod[] {
  const measured = pods.map((pod) => {
    const usage = resource === 'memory' ? podMemoryUsage(state, pod, ctx) : podDiskUsage(state, pod, ctx);
    const excess = usage - podRequest(pod, resource, quantityValue);
    return { pod, excess, priority: isStaticPod(pod) ? 2_000_001_000 : (pod.spec.priority ?? 0) };
  });
  measured.sort((a, b) => Number(b.excess > 0) - Number(a.excess > 0) || a.priority - b.priority || b.excess - a.excess);
  return measured.map(({ pod }) => pod);
}
