/** The kubelet's part of the cgroup tree: kubepods, QoS and pod levels. Models pkg/kubelet/cm, v1.36.2, on cgroup v2. */
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Pod, ResourceList } from '../../api/types.ts';
import { type CgroupAnswer, osOf } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { milliCPUToQuota, milliCPUToShares, quotaPeriod } from './kuberuntime-config/resources.ts';
import { computePodQOS, type QOSClass } from './qos.ts';

export type CgroupDriver = 'systemd' | 'cgroupfs';

/** The literal name below /sys/fs/cgroup, beginning with `/`. */
export function qosCgroup(driver: CgroupDriver, qos: QOSClass): string {
  if (driver === 'cgroupfs') return qos === 'Guaranteed' ? '/kubepods' : `/kubepods/${qos.toLowerCase()}`;
  return qos === 'Guaranteed' ? '/kubepods.slice' : `/kubepods.slice/kubepods-${qos.toLowerCase()}.slice`;
}

/** The cgroup parent of a pod's sandbox and containers. */
export function podCgroup(driver: CgroupDriver, pod: Pod): string {
  const qos = pod.status?.qosClass ?? computePodQOS(pod);
  const parent = qosCgroup(driver, qos);
  if (driver === 'cgroupfs') return `${parent}/pod${pod.metadata.uid}`;
  const level = qos === 'Guaranteed' ? 'kubepods' : `kubepods-${qos.toLowerCase()}`;
  return `${parent}/${level}-pod${pod.metadata.uid.replaceAll('-', '_')}.slice`;
}

/** cpu.weight of what the kubelet itself writes: linear. runc converts containers' shares with another formula. */
export const linearWeight = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142);

/** cpu.max; systemd keeps CPU quotas in whole percent, rounded up. */
export function cpuMax(driver: CgroupDriver, milliCPU: number): string {
  if (milliCPU === 0) return `max ${quotaPeriod}`;
  const quota = milliCPUToQuota(milliCPU);
  return `${driver === 'systemd' ? Math.ceil(quota / 1000) * 1000 : quota} ${quotaPeriod}`;
}

/** A pod's limits exist only where every container has one. Models ResourceConfigForPod. */
export function podResourceConfig(pod: Pod): { milliCPURequest: number; milliCPULimit: number; memoryLimit: number } {
  const own = pod.spec.resources;
  const request = own?.requests?.cpu !== undefined ? quantityMilli(own.requests.cpu) : podRequest(pod, 'cpu', quantityMilli);
  const limitOf = (name: 'cpu' | 'memory', amount: typeof quantityMilli): number =>
    own?.limits?.[name] !== undefined ? amount(own.limits[name]) : podLimit(pod, name, amount);
  return { milliCPURequest: request, milliCPULimit: limitOf('cpu', quantityMilli), memoryLimit: limitOf('memory', quantityValue) };
}

/** Regular containers and sidecars together, or the largest moment of initialisation. */
function sumOf(pod: Pod, kind: 'requests' | 'limits', name: string, amount: typeof quantityMilli): number {
  let running = pod.spec.containers.reduce((sum, c) => sum + amount(c.resources?.[kind]?.[name]), 0);
  let [sidecars, peak] = [0, 0];
  for (const init of pod.spec.initContainers ?? []) {
    const own = amount(init.resources?.[kind]?.[name]);
    if (init.restartPolicy === 'Always') sidecars += own;
    peak = Math.max(peak, sidecars + (init.restartPolicy === 'Always' ? 0 : own));
  }
  running += sidecars;
  return Math.max(running, peak) + (kind === 'requests' ? amount(pod.spec.overhead?.[name]) : 0);
}
export const podRequest = (pod: Pod, name: string, amount: typeof quantityMilli): number => sumOf(pod, 'requests', name, amount);

function podLimit(pod: Pod, name: 'cpu' | 'memory', amount: typeof quantityMilli): number {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return all.every((c) => amount(c.resources?.limits?.[name]) > 0) ? sumOf(pod, 'limits', name, amount) : 0;
}

export function podCgroupValues(driver: CgroupDriver, pod: Pod): Record<string, string> {
  const { milliCPURequest, milliCPULimit, memoryLimit } = podResourceConfig(pod);
  return {
    'cpu.weight': String(linearWeight(milliCPUToShares(milliCPURequest))),
    'cpu.max': cpuMax(driver, milliCPULimit),
    'memory.max': memoryLimit === 0 ? 'max' : String(memoryLimit),
    'pids.max': 'max',
  };
}

/** kubepods without the eviction threshold: capacity less what is reserved; and the two QoS levels. */
export function createQOSCgroups(driver: CgroupDriver, capacity: ResourceList, reserved: ResourceList, ctx: Ctx): void {
  const milliCPU = quantityMilli(capacity.cpu) - quantityMilli(reserved.cpu);
  const memory = quantityValue(capacity.memory) - quantityValue(reserved.memory);
  const values = { 'cpu.weight': String(linearWeight(milliCPUToShares(milliCPU))), 'memory.max': String(memory) };
  cgroup(ctx, { op: 'create', path: qosCgroup(driver, 'Guaranteed'), values });
  for (const qos of ['Burstable', 'BestEffort'] as const) cgroup(ctx, { op: 'create', path: qosCgroup(driver, qos), values: { 'cpu.weight': '1' } });
}

/** Each minute, and when a Burstable pod comes or goes. `requests`: Σ of Burstable pods, thousandths of a CPU. */
export function updateQOSCgroups(driver: CgroupDriver, requests: number, ctx: Ctx): void {
  const weight = String(linearWeight(milliCPUToShares(requests)));
  cgroup(ctx, { op: 'set', path: qosCgroup(driver, 'Burstable'), values: { 'cpu.weight': weight } });
}

/** Makes the pod's cgroup unless it exists. An error is the words after `unable to ensure pod container exists: `. */
export function ensurePodCgroup(driver: CgroupDriver, pod: Pod, ctx: Ctx): string | undefined {
  const path = podCgroup(driver, pod);
  const answer = cgroup(ctx, { op: 'create', path, values: podCgroupValues(driver, pod) });
  if (answer.error === undefined || answer.error === 'EEXIST') return undefined;
  const name = path.split('/').filter((part) => part !== '');
  return `failed to create container for [${name.join(' ')}] : ${answer.error}`;
}

/** In-place resize: new values of an existing pod cgroup. */
export function updatePodCgroup(driver: CgroupDriver, pod: Pod, ctx: Ctx): void {
  cgroup(ctx, { op: 'set', path: podCgroup(driver, pod), values: podCgroupValues(driver, pod) });
}

export function removePodCgroup(driver: CgroupDriver, pod: Pod, ctx: Ctx): void {
  cgroup(ctx, { op: 'remove', path: podCgroup(driver, pod) });
}

type Op = { op: 'create' | 'remove' | 'set' | 'get'; path: string; values?: Record<string, string> };
const cgroup = (ctx: Ctx, request: Op): CgroupAnswer => ctx.call<CgroupAnswer>(osOf(ctx.host), { type: 'Cgroup', ...request } as never) ?? {};
