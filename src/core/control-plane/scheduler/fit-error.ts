/** Why a pod fits nowhere, in the scheduler's words. Models pkg/scheduler/framework/types.go FitError, v1.36.2. */
import type { Refusal } from './filters.ts';

export const noNodesMessage = 'no nodes available to schedule pods';
/** Each pod without resource claims gets this from the plugin of dynamic resources. */
const noClaims = 'no new claims to deallocate';

/** `1 Insufficient cpu, 2 node(s) had untolerated taint(s)`: counted and sorted as text. */
export function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}

/** @param preemption what preemption said; '' when it found victims */
export function fitError(refusals: readonly Refusal[], preemption: string): string {
  const total = refusals.length;
  const reasons = histogram(refusals.flatMap((refusal) => refusal.reasons));
  return `0/${total} nodes are available: ${reasons}.${preemption === '' ? '' : ` ${noClaims}, ${preemption}`}`;
}

/** A failure before any node was looked at has no counts, and no plugin tells anything of preemption. */
export const preFilterError = (nodes: number, reason: string): string => `0/${nodes} nodes are available: ${reason}. not found`;

export const preemptionError = (total: number, reasons: readonly string[]): string => `preemption: 0/${total} nodes are available: ${histogram(reasons)}.`;
export const preemptionNever = 'preemption: not eligible due to preemptionPolicy=Never.';
export const preemptionTerminating = 'preemption: not eligible due to a terminating pod on the nominated node.';
