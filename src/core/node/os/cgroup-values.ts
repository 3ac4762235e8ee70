/** What the files of a cgroup say when read: what was written, defaults, usage; v2 names and the v1 names of the same facts. */
import type { Cgroup } from './cgroup.ts';
import { cpuMax } from './cgroup-cpu.ts';

/** A cgroup v1 limit that means none. */
const v1Unlimited = '9223372036854771712';

export function readValues(group: Cgroup): Record<string, string> {
  const { values, cpu, events } = group;
  const max = cpuMax(values);
  const memoryMax = values['memory.max'] ?? values['memory.limit_in_bytes'] ?? 'max';
  const weight = values['cpu.weight'] ?? '100';
  let pids = 0;
  for (const _ in group.processes) pids += 1;
  return {
    'cpu.weight': weight,
    'cpu.max': max ? `${max.quotaUsec} ${max.periodUsec}` : 'max 100000',
    'memory.min': '0',
    'memory.low': '0',
    'memory.high': 'max',
    'memory.swap.max': 'max',
    'memory.oom.group': '0',
    'pids.max': 'max',
    ...values,
    'memory.max': memoryMax === '-1' ? 'max' : memoryMax,
    'memory.current': String(group.memoryBytes),
    'memory.peak': String(group.peakBytes),
    'memory.events': `low 0\nhigh 0\nmax ${events.max}\noom ${events.oom}\noom_kill ${events.oom_kill}\noom_group_kill ${events.oom_group_kill}\n`,
    'pids.current': String(pids),
    'cgroup.procs': Object.values(group.processes)
      .map((process) => `${process.pid}\n`)
      .join(''),
    'cpu.stat': `usage_usec ${cpu.usageUsec}\nuser_usec ${cpu.usageUsec}\nsystem_usec 0\nnr_periods ${cpu.periods}\nnr_throttled ${cpu.throttled}\nthrottled_usec ${cpu.throttledUsec}\n`,
    'memory.limit_in_bytes': memoryMax === 'max' || memoryMax === '-1' ? v1Unlimited : memoryMax,
    'memory.usage_in_bytes': String(group.memoryBytes),
    'cpu.shares': values['cpu.shares'] ?? String(sharesOf(Number(weight))),
    'cpu.cfs_quota_us': max ? String(max.quotaUsec) : '-1',
    'cpu.cfs_period_us': max ? String(max.periodUsec) : '100000',
  };
}

/** The inverse of the kubelet's linear conversion, 1…10000 → 2…262144. */
function sharesOf(weight: number): number {
  return Number.isFinite(weight) ? Math.floor(2 + ((weight - 1) * 262142) / 9999) : 1024;
}
