/** The runner's printed account of cases and totals. */

import { kindOf } from './outcomes.ts';
import type { CaseReport, FactReport } from './play.ts';

export interface Totals {
  held: number;
  failed: number;
  inferredFailed: number;
  notModelled: number;
}

export function totalsOf(reports: readonly CaseReport[]): Totals {
  const all = reports.flatMap((r) => r.facts);
  const count = (is: (f: FactReport) => boolean): number => all.filter(is).length;
  return {
    held: count((f) => f.outcome === 'held'),
    failed: count((f) => f.outcome === 'failed' && !f.inferred),
    inferredFailed: count((f) => f.outcome === 'failed' && f.inferred),
    notModelled: count((f) => f.outcome === 'not modelled'),
  };
}

const short = (f: FactReport): string => {
  const text = JSON.stringify(f.fact);
  return `${kindOf(f.fact)} ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
};

export function caseLines(report: CaseReport, verbose: boolean): string {
  const t = totalsOf([report]);
  const bad = t.failed + t.inferredFailed;
  let out = `${bad === 0 ? 'ok  ' : 'FAIL'} ${report.name}: ${t.held} held${bad ? `, ${t.failed} failed` : ''}${t.inferredFailed ? `, ${t.inferredFailed} inferred failed` : ''}${t.notModelled ? `, ${t.notModelled} not modelled` : ''}\n`;
  for (const text of report.trouble) out += `       ! ${text}\n`;
  for (const f of report.facts) {
    if (f.outcome === 'held' && !verbose) continue;
    out += `     ${f.outcome === 'held' ? '+' : f.outcome === 'failed' ? (f.inferred ? '?' : '-') : 'o'} ${short(f)}\n`;
    if (f.outcome !== 'held' || verbose) out += `         seen: ${f.seen.replaceAll('\n', '\n               ')}\n`;
  }
  return out;
}

export function totalLines(reports: readonly CaseReport[]): string {
  const t = totalsOf(reports);
  const reasons = new Map<string, number>();
  for (const f of reports.flatMap((r) => r.facts)) if (f.outcome === 'not modelled') reasons.set(f.seen, (reasons.get(f.seen) ?? 0) + 1);
  let out = `${reports.length} plays: ${t.held} facts held, ${t.failed} failed, ${t.inferredFailed} inferred failed, ${t.notModelled} not modelled\n`;
  for (const [reason, count] of reasons) out += `  not modelled: ${count} × ${reason}\n`;
  return out;
}
