/** `npm run scenario:check [NAME…]`: reads, plays and solves scenarios. Exit 1 when one does not come out. */
import { basename, join } from 'node:path';
import { readScenario, scenarioFolder, scenarioNames, scenariosFolder } from '../src/headless/scenarios.ts';
import { traceProblem } from '../src/headless/trace-file.ts';
import { checkScenario } from '../src/scenario/check.ts';

const words = process.argv.slice(2);
const folders = words.length > 0 ? words.map((word) => scenarioFolder(word) ?? word) : scenarioNames().map((name) => join(scenariosFolder, name));
let failed = 0;
for (const folder of folders) {
  const name = basename(folder);
  if (!scenarioFolder(folder)) {
    console.log(`${name}: no scenario.yaml there`);
    failed += 1;
    continue;
  }
  const { scenario, problems } = readScenario(folder);
  const found = scenario
    ? [...checkScenario(scenario), ...traceProblem(folder, scenario)]
    : problems.map(({ line, message }) => `scenario.yaml:${line}: ${message}`);
  if (found.length > 0) failed += 1;
  console.log(found.length === 0 ? `${name}: comes out` : found.map((sentence) => `${name}: ${sentence}`).join('\n'));
}
console.log(`${folders.length - failed} of ${folders.length} scenarios come out`);
process.exitCode = failed > 0 ? 1 : 0;
