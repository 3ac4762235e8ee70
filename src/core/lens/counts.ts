/** What of a walk counts: kube-proxy's rules alone; those of the CNI are shown and not counted. */
import type { WalkStep } from '../contracts/netfilter.ts';

/** kube-proxy's own chains, and the jumps to them. kubelet's KUBE-FIREWALL is none of them. */
export const isKubeProxys = (step: WalkStep): boolean => {
  if (step.kind !== 'rule') return false;
  if (/kube-proxy/.test(step.table ?? '')) return true;
  if (/^KUBE-(?!FIREWALL|KUBELET)/.test(step.chain ?? '')) return true;
  return / -[jg] KUBE-(?!FIREWALL|KUBELET)/.test(step.text);
};

/** IPVS' own table, a verdict map of nftables that has the key: one look-up however much is in it. Sets of ipset are conditions of rules. */
export const isLookup = (step: WalkStep): boolean =>
  (step.kind === 'ipvs' && step.detail !== 'known connection') || (step.kind === 'rule' && step.matched === true && / vmap @/.test(step.text));

export const rulesIn = (step: WalkStep): number => step.skipped ?? 1;

/** Cells of the strip; more are a bar. */
export const mostCells = 200;

export function counted(steps: readonly WalkStep[]): { rules: number; lookups: number; strip: boolean[] } {
  let rules = 0;
  let lookups = 0;
  const strip: boolean[] = [];
  for (const step of steps) {
    if (isLookup(step)) lookups += 1;
    if (!isKubeProxys(step)) continue;
    rules += rulesIn(step);
    if (strip.length <= mostCells) strip.push(step.matched === true);
  }
  return { rules, lookups, strip: rules > mostCells ? [] : strip };
}

/** Rows that are told before and after a long run of rules that do not match. */
const kept = 2;

/** Long runs of rules that do not match are told as one: the page draws what it gets. */
export function compact(steps: readonly WalkStep[]): WalkStep[] {
  const out: WalkStep[] = [];
  for (let i = 0; i < steps.length; ) {
    const first = steps[i] as WalkStep;
    let end = i;
    while (end < steps.length && misses(steps[end] as WalkStep, first)) end += 1;
    if (end - i <= 2 * kept + 2) {
      const to = Math.max(end, i + 1);
      for (; i < to; i += 1) out.push(plain(steps[i] as WalkStep));
      continue;
    }
    let skipped = 0;
    for (let k = i + kept; k < end - kept; k += 1) skipped += rulesIn(steps[k] as WalkStep);
    for (let k = i; k < i + kept; k += 1) out.push(plain(steps[k] as WalkStep));
    const { kind, hook, table, chain, depth } = first;
    const summary: WalkStep = { kind, text: '', matched: false, skipped, depth };
    if (hook !== undefined) summary.hook = hook;
    if (table !== undefined) summary.table = table;
    if (chain !== undefined) summary.chain = chain;
    out.push(summary);
    for (let k = end - kept; k < end; k += 1) out.push(plain(steps[k] as WalkStep));
    i = end;
  }
  return out;
}

const misses = (step: WalkStep, first: WalkStep): boolean =>
  step.kind === 'rule' && step.matched === false && step.chain === first.chain && step.depth === first.depth;

/** Addresses are told where they change. */
function plain(step: WalkStep): WalkStep {
  if (step.kind !== 'rule' || !step.before || step.after) return step;
  const { before: _, ...rest } = step;
  return rest;
}
