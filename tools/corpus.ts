/**
 * Holds simulated runs against the documented outcomes of the documentation's manifests: `npm run corpus`, `npm run corpus -- exec-liveness --verbose`.
 * The manifests lie beside the repository (`../shared/corpus/website`).
 */
import { corpusFolder, readOutcomes } from '../src/headless/corpus/outcomes.ts';
import { type CaseReport, playCase } from '../src/headless/corpus/play.ts';
import { caseLines, totalLines, totalsOf } from '../src/headless/corpus/report.ts';

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const verbose = process.argv.includes('--verbose');
const cases = readOutcomes();
if (!cases) {
  console.log(`no outcomes.yaml below ${corpusFolder}`);
  process.exit(2);
}
const reports: CaseReport[] = [];
for (const one of cases) {
  if (names.length > 0 && !names.some((name) => one.file.includes(name) || one.topic === name)) continue;
  for (const report of playCase(corpusFolder, one)) {
    reports.push(report);
    process.stdout.write(caseLines(report, verbose));
  }
}
process.stdout.write(totalLines(reports));
process.exitCode = totalsOf(reports).failed === 0 ? 0 : 1;
