/** The steps of a walk as the lens groups them: by hook, routing between. */
import type { WalkStep } from '../../core/index.ts';

export interface LensSection {
  key: string;
  title: string;
  /** `nat`, `filter`: the tables that were asked. */
  tables: string[];
  steps: WalkStep[];
}

export const isRule = (step: WalkStep): boolean => step.kind === 'rule';

/** kube-proxy's own, or a jump to them; the CNI's are shown and not counted. */
export const isKubeProxys = (step: WalkStep): boolean =>
  isRule(step) && (/^KUBE-/.test(step.chain ?? '') || /-j KUBE-/.test(step.text) || /kube-proxy/.test(step.table ?? ''));

/** `words`: for what is outside the hooks. */
export function sectionsOf(steps: readonly WalkStep[], words: { start: string; routing: string; end: string }): LensSection[] {
  const out: LensSection[] = [];
  const begin = (title: string): LensSection => {
    const section = { key: `${out.length}`, title, tables: [], steps: [] };
    out.push(section);
    return section;
  };
  let current: LensSection | undefined;
  for (const step of steps) {
    if (step.kind === 'hook') current = begin(step.text);
    else if (step.depth === 0 && (step.kind === 'route' || step.kind === 'device' || step.kind === 'conntrack' || step.kind === 'socket')) {
      const title = out.length === 0 || current?.title === words.start ? words.start : step.kind === 'route' ? words.routing : words.end;
      if (current?.title !== title) current = begin(title);
    }
    current ??= begin(words.start);
    // A chain that is called is named by its rules; only its policy says more.
    if (step.kind === 'hook' || (step.kind === 'chain' && !step.text.startsWith('policy'))) continue;
    current.steps.push(step);
    if (step.table && !current.tables.includes(step.table)) current.tables.push(step.table);
  }
  return out;
}

/** A rule without its chain's name and its comment: both stand elsewhere. */
export const ruleText = (text: string): string =>
  text
    .replace(/^-A (\S+) /, (whole, chain: string) => (/^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(chain) ? whole : ''))
    .replace(/-m comment --comment ("(?:[^"\\]|\\.)*"|\S+) ?/g, '')
    .trim();
