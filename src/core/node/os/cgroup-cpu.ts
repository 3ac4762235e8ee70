/** CPU time of cgroups: what `cpu.max` lets through, and the counters of `cpu.stat`. */
import type { CgroupTree } from './cgroup.ts';

export interface CpuUse {
  /** Wanted by the processes here, in thousandths of a CPU. */
  demand: number;
  /** What they get, and everything below with them. */
  rate: number;
  /** Of `demand`, what they get themselves. */
  own: number;
  sinceMs: number;
  usageUsec: number;
  periods: number;
  throttled: number;
  throttledUsec: number;
  /** Length of a period and share of it that a throttled group waits, while throttled. */
  periodUsec: number;
  waitUsec: number;
}

export const newCpuUse = (): CpuUse => ({
  demand: 0,
  rate: 0,
  own: 0,
  sinceMs: 0,
  usageUsec: 0,
  periods: 0,
  throttled: 0,
  throttledUsec: 0,
  periodUsec: 0,
  waitUsec: 0,
});

/** `cpu.max` as microseconds of quota per period; null: no limit. The v1 pair is read too. */
export function cpuMax(values: Record<string, string>): { quotaUsec: number; periodUsec: number } | null {
  const [quota, period] = (values['cpu.max'] ?? `${values['cpu.cfs_quota_us'] ?? 'max'} ${values['cpu.cfs_period_us'] ?? '100000'}`).split(' ');
  const quotaUsec = Number(quota);
  const periodUsec = Number(period ?? '100000');
  if (quota === 'max' || quota === '-1' || !(quotaUsec > 0) || !(periodUsec > 0)) return null;
  return { quotaUsec, periodUsec };
}

/**
 * How long `workMs` of one thread's work takes under a quota: it runs `quota` of each period and waits for the rest.
 * 200 ms of work at `20000 100000` take 920 ms.
 */
export function throttledMs(workMs: number, max: { quotaUsec: number; periodUsec: number } | null): number {
  if (!max || max.quotaUsec >= max.periodUsec || workMs <= 0) return workMs;
  const workUsec = workMs * 1000;
  const waits = Math.ceil(workUsec / max.quotaUsec) - 1;
  return Math.round((waits * max.periodUsec + (workUsec - waits * max.quotaUsec)) / 1000);
}

/**
 * Thousandths of a CPU that a demand gets under the quotas of its cgroup and those above.
 * Simplified: siblings do not take from one another; only quotas and the number of CPUs bound.
 */
export function effectiveMillicores(tree: CgroupTree, paths: string[], millicores: number): number {
  let effective = Math.min(Math.max(0, Math.floor(millicores) || 0), tree.cpus * 1000);
  for (const path of paths) {
    const values = tree.groups[path]?.values;
    const max = values ? cpuMax(values) : null;
    if (max) effective = Math.min(effective, Math.floor((max.quotaUsec * 1000) / max.periodUsec));
  }
  return effective;
}

/** A group's processes want `millicores` from now on and get `effective`. `paths` = the group and those above it. */
export function setDemand(tree: CgroupTree, paths: string[], millicores: number, effective: number, nowMs: number): void {
  const cpu = tree.groups[paths[0] as string]?.cpu;
  if (!cpu) return;
  const delta = effective - cpu.own;
  for (const path of paths) {
    const above = tree.groups[path]?.cpu;
    if (!above) continue;
    accountCpu(above, nowMs);
    above.rate += delta;
  }
  cpu.demand = Math.max(0, Math.floor(millicores) || 0);
  cpu.own = effective;
  const max = cpuMax(tree.groups[paths[0] as string]?.values ?? {});
  cpu.periodUsec = max ? max.periodUsec : 0;
  // A group that wants more than its quota runs the quota and waits out the period.
  cpu.waitUsec = max && cpu.demand > effective ? Math.max(0, max.periodUsec - Math.floor((max.quotaUsec * 1000) / Math.max(1000, cpu.demand))) : 0;
}

/** Brings the counters to `nowMs`. */
export function accountCpu(cpu: CpuUse | undefined, nowMs: number): void {
  if (!cpu) return;
  const elapsedMs = nowMs - cpu.sinceMs;
  cpu.sinceMs = nowMs;
  if (elapsedMs <= 0) return;
  cpu.usageUsec += elapsedMs * cpu.rate;
  if (cpu.periodUsec > 0 && cpu.own > 0) {
    const periods = Math.floor((elapsedMs * 1000) / cpu.periodUsec);
    cpu.periods += periods;
    if (cpu.waitUsec > 0) {
      cpu.throttled += periods;
      cpu.throttledUsec += periods * cpu.waitUsec;
    }
  }
}
