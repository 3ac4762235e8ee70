/** The cgroup files a container gets. Models runc libcontainer/cgroups/fs2. */
import type { LinuxContainerResources } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import type { Args } from './args.ts';
import { versionOf } from './implementations.ts';
import { cgroup } from './kernel.ts';

export function createCgroup(ctx: Ctx, args: Args, path: string, resources: LinuxContainerResources): void {
  cgroup(ctx, { type: 'Cgroup', op: 'create', path, values: cgroupValues(args, resources) });
}
export const setCgroup = (ctx: Ctx, args: Args, path: string, resources: LinuxContainerResources): void =>
  cgroup(ctx, { type: 'Cgroup', op: 'set', path, values: cgroupValues(args, resources) });
export const removeCgroup = (ctx: Ctx, path: string): void => cgroup(ctx, { type: 'Cgroup', op: 'remove', path });

/** cgroup v2 files, whatever the node's version: what counts is the limit. Shares, which weights cannot keep, are written too on v1. */
export function cgroupValues(args: Args, r: LinuxContainerResources): Record<string, string> {
  const values: Record<string, string> = {};
  if (r.cpuShares !== undefined && r.cpuShares > 0) {
    // runc ≥ 1.3.2, which containerd 2 comes with, spreads shares over weights on a curve.
    values['cpu.weight'] = String(versionOf(args)[0] >= 2 || args.implementation !== 'containerd' ? quadraticWeight(r.cpuShares) : linearWeight(r.cpuShares));
    if (args.cgroupVersion === 1) values['cpu.shares'] = String(r.cpuShares);
  }
  if (r.cpuQuota !== undefined && r.cpuQuota !== 0) {
    const period = r.cpuPeriod || 100_000;
    // The systemd driver hands CPUQuotaPerSecUSec over in whole per cent.
    const quota = args.cgroupDriver === 'systemd' && r.cpuQuota > 0 ? Math.ceil((r.cpuQuota * 100) / period) * (period / 100) : r.cpuQuota;
    values['cpu.max'] = r.cpuQuota < 0 ? `max ${period}` : `${quota} ${period}`;
  }
  if (r.memoryLimitInBytes !== undefined && r.memoryLimitInBytes !== 0) values['memory.max'] = r.memoryLimitInBytes < 0 ? 'max' : String(r.memoryLimitInBytes);
  if (r.cpusetCpus) values['cpuset.cpus'] = r.cpusetCpus;
  for (const key in r.unified) values[key] = r.unified[key] as string;
  return values;
}

export const linearWeight = (shares: number): number => 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);

/** ⌈10^((l² + 125 l)/612 − 7/34)⌉, l = log2(shares). */
export function quadraticWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const l = log2(shares);
  return Math.ceil(powerOfTen((l * l + 125 * l) / 612 - 7 / 34) - 1e-9);
}

/** By squaring: the library's logarithms differ in the last digit between browsers. */
function log2(x: number): number {
  let whole = 0;
  let rest = x;
  while (rest >= 2) {
    rest /= 2;
    whole += 1;
  }
  let fraction = 0;
  let bit = 0.5;
  for (let i = 0; i < 50; i += 1) {
    rest *= rest;
    if (rest >= 2) {
      rest /= 2;
      fraction += bit;
    }
    bit /= 2;
  }
  return whole + fraction;
}

function powerOfTen(x: number): number {
  const whole = Math.floor(x);
  let scale = 1;
  for (let i = 0; i < whole; i += 1) scale *= 10;
  for (let i = 0; i > whole; i -= 1) scale /= 10;
  const y = (x - whole) * Math.LN10;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 30; n += 1) {
    term = (term * y) / n;
    sum += term;
  }
  return scale * sum;
}
