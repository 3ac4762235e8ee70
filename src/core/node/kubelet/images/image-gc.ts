/** Which images are used, and the removal of those that are not. Models pkg/kubelet/images/image_gc_manager.go, v1.36.2. */
import { runtimeOf } from '../../../contracts/cri.ts';
import type { Ctx } from '../../../engine/types.ts';
import { criRead } from '../cri.ts';
import { nodeEvent } from '../events.ts';
import type { KubeletState } from '../state.ts';

export interface ImageRecord {
  firstDetectedMs: number;
  /** 0 or less: never seen in use. */
  lastUsedMs: number;
  size: number;
  pinned: boolean;
}

/** Percent of the disk in use: above the first images go, until the second is reached. */
const highThresholdPercent = 85;
const lowThresholdPercent = 80;
const minAgeMs = 120_000;
const neverUsed = Number.MIN_SAFE_INTEGER;

/** Each 5 min. `atStart`: only look. */
export function collectImages(state: KubeletState, ctx: Ctx, atStart: boolean): void {
  detectImages(state, ctx, atStart);
  if (atStart) return;
  const info = criRead(ctx, { rpc: 'ImageFsInfo' });
  if (info.error) return;
  const { capacityBytes, availableBytes } = info.response;
  if (capacityBytes === 0) {
    nodeEvent(state, 'Warning', 'InvalidDiskCapacity', 'invalid capacity 0 on image filesystem', ctx);
    return;
  }
  const usagePercent = 100 - Math.floor((availableBytes * 100) / capacityBytes);
  if (usagePercent < highThresholdPercent) {
    state.images.failedCollections = 0;
    return;
  }
  const wanted = Math.floor((capacityBytes * (100 - lowThresholdPercent)) / 100) - availableBytes;
  const freed = freeSpace(state, wanted, ctx);
  if (freed >= wanted) {
    state.images.failedCollections = 0;
    return;
  }
  const message = `Insufficient free disk space on the node's image filesystem (${usagePercent}% of ${gibibytes(capacityBytes)} used). Failed to free sufficient space by deleting unused images (freed ${freed} bytes). Investigate disk usage, as it could be used by active images, logs, volumes, or other data.`;
  nodeEvent(state, 'Warning', 'FreeDiskSpaceFailed', message, ctx);
  state.images.failedCollections += 1;
  if (state.images.failedCollections > 1) nodeEvent(state, 'Warning', 'ImageGCFailed', message, ctx);
}

/** `20.0 GiB`. */
function gibibytes(bytes: number): string {
  const tenths = Math.round((bytes * 10) / 1_073_741_824);
  return `${Math.floor(tenths / 10)}.${tenths % 10} GiB`;
}

/** Eviction's way: all that is unused, whatever the disk says. Returns bytes freed. */
export function deleteUnusedImages(state: KubeletState, ctx: Ctx): number {
  detectImages(state, ctx, false);
  return freeSpace(state, Number.MAX_SAFE_INTEGER, ctx);
}

function detectImages(state: KubeletState, ctx: Ctx, atStart: boolean): void {
  const { records } = state.images;
  const list = criRead(ctx, { rpc: 'ListImages' });
  const containers = criRead(ctx, { rpc: 'ListContainers' });
  if (list.error || containers.error) return;
  const used = new Set(containers.response.containers.map((container) => container.imageRef));
  const present = new Set<string>();
  for (const image of list.response.images) {
    present.add(image.id);
    const known = records[image.id];
    const record = known ?? { firstDetectedMs: atStart ? neverUsed : ctx.nowMs, lastUsedMs: neverUsed, size: 0, pinned: false };
    if (used.has(image.id) || image.repoDigests.some((digest) => used.has(digest)) || image.repoTags.some((tag) => used.has(tag)))
      record.lastUsedMs = ctx.nowMs;
    record.size = image.size;
    record.pinned = image.pinned;
    records[image.id] = record;
  }
  for (const id in records) if (!present.has(id)) delete records[id];
}

/** Least recently used first, then earliest detected. */
function freeSpace(state: KubeletState, wanted: number, ctx: Ctx): number {
  const { records } = state.images;
  const candidates = Object.keys(records)
    .map((id) => ({ id, record: records[id] as ImageRecord }))
    .filter(({ record }) => !record.pinned && record.lastUsedMs < ctx.nowMs && ctx.nowMs - record.firstDetectedMs >= minAgeMs)
    .sort((a, b) => a.record.lastUsedMs - b.record.lastUsedMs || a.record.firstDetectedMs - b.record.firstDetectedMs);
  let freed = 0;
  for (const { id, record } of candidates) {
    if (freed >= wanted) break;
    ctx.send(runtimeOf(ctx.host), { type: 'Cri', id: `image-remove-${id}`, request: { rpc: 'RemoveImage', image: id } } as never);
    delete records[id];
    freed += record.size;
  }
  return freed;
}
