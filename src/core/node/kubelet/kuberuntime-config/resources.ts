/** A container's resources as the runtime gets them. Models pkg/kubelet/kuberuntime/kuberuntime_container_linux.go and pkg/kubelet/cm/helpers_linux.go, v1.36.2. */
import { quantityMilli, quantityValue } from '../../../api/quantity.ts';
import type { Container, Pod } from '../../../api/types.ts';
import type { LinuxContainerResources } from '../../../contracts/cri.ts';
import { containerOOMScoreAdjust } from '../qos.ts';

/** CFS period, µs. */
export const quotaPeriod = 100_000;
const minShares = 2;
const maxShares = 262_144;
/** The kernel's least quota, µs. */
const minQuotaPeriod = 1000;

/** 2 … 262 144. */
export function milliCPUToShares(milliCPU: number): number {
  if (milliCPU === 0) return minShares;
  return Math.min(maxShares, Math.max(minShares, Math.floor((milliCPU * 1024) / 1000)));
}

/** µs per period; 0: no limit. */
export function milliCPUToQuota(milliCPU: number, period = quotaPeriod): number {
  if (milliCPU === 0) return 0;
  return Math.max(minQuotaPeriod, Math.floor((milliCPU * period) / 1000));
}

/** `memoryCapacity`: the node's, bytes. */
export function generateLinuxContainerResources(pod: Pod, container: Container, memoryCapacity: number): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  const podLimits = pod.spec.resources?.limits;
  const cpuLimit = limits?.cpu ?? podLimits?.cpu;
  const memoryLimit = quantityValue(limits?.memory ?? podLimits?.memory);
  const cpuRequest = requests?.cpu ?? (limits?.cpu === undefined ? undefined : limits.cpu);
  return {
    cpuPeriod: quotaPeriod,
    cpuQuota: milliCPUToQuota(quantityMilli(cpuLimit)),
    cpuShares: milliCPUToShares(quantityMilli(cpuRequest)),
    memoryLimitInBytes: memoryLimit,
    oomScoreAdj: containerOOMScoreAdjust(pod, container, memoryCapacity),
    unified: { 'memory.oom.group': '1' },
  };
}
