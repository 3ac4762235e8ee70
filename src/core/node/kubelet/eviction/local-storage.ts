/** Limits of ephemeral storage that the kubelet itself enforces. Models pkg/kubelet/eviction/eviction_manager.go localStorageEviction, v1.36.2. */
import { quantityValue } from '../../../api/quantity.ts';
import type { Container, Pod } from '../../../api/types.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { KubeletState } from '../state.ts';
import { bytesText, containerDiskUsage, emptyDirUsage, quantityText } from './helpers.ts';

const storage = 'ephemeral-storage';

export const hasLocalStorageLimit = (pod: Pod): boolean =>
  (pod.spec.volumes ?? []).some((volume) => volume.emptyDir?.sizeLimit !== undefined) ||
  pod.spec.resources?.limits?.[storage] !== undefined ||
  containersOf(pod).some((container) => container.resources?.limits?.[storage] !== undefined);

const containersOf = (pod: Pod): Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];

/** What is kept of a measurement of volumes, once a minute. */
export const measureVolumes = (state: KubeletState, pod: Pod, ctx: Ctx): Record<string, number> => emptyDirUsage(state, pod, ctx);

/** The words of the eviction, or undefined. `volumes`: the last measurement; what containers wrote is measured now. */
export function localStorageEviction(state: KubeletState, pod: Pod, volumes: Readonly<Record<string, number>>, ctx: Ctx): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const limit = volume.emptyDir?.sizeLimit;
    if (limit === undefined || quantityValue(limit) <= 0) continue;
    if ((volumes[volume.name] ?? 0) > quantityValue(limit)) return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${quantityText(limit)}". `;
  }
  const containers = containersOf(pod);
  const limits = containers.map((container) => container.resources?.limits?.[storage]);
  const podLimit = pod.spec.resources?.limits?.[storage];
  if (podLimit === undefined && limits.every((limit) => limit === undefined)) return undefined;
  const usage = containers.map((container) => containerDiskUsage(state, pod, container.name, ctx));
  const total = usage.reduce((sum, bytes) => sum + bytes, 0) + Object.values(volumes).reduce((sum, bytes) => sum + bytes, 0);
  const regular = limits.slice(0, pod.spec.containers.length);
  const totalLimit = podLimit !== undefined ? quantityValue(podLimit) : regular.reduce<number>((sum, limit) => sum + quantityValue(limit), 0);
  if (totalLimit > 0 && total > totalLimit)
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${regular.length === 1 && regular[0] !== undefined ? quantityText(regular[0]) : bytesText(totalLimit)}. `;
  for (const [i, container] of containers.entries()) {
    const limit = limits[i];
    if (limit !== undefined && (usage[i] as number) > quantityValue(limit))
      return `Container ${container.name} exceeded its local ephemeral storage limit "${quantityText(limit)}". `;
  }
  return undefined;
}
