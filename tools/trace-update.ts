/** `npm run trace:update NAME…`: writes the golden traces anew, of all scenarios without a name. Commit a changed one only when the change is understood. */
import { join } from 'node:path';
import { readScenario, scenarioFolder, scenarioNames, scenariosFolder } from '../src/headless/scenarios.ts';
import { writeTrace } from '../src/headless/trace-file.ts';

const words = process.argv.slice(2);
const folders = words.length > 0 ? words.map((word) => scenarioFolder(word) ?? word) : scenarioNames().map((name) => join(scenariosFolder, name));
for (const folder of folders) {
  const { scenario, problems } = readScenario(folder);
  if (scenario) writeTrace(folder, scenario);
  else {
    console.log(problems.map(({ line, message }) => `${folder}/scenario.yaml:${line}: ${message}`).join('\n'));
    process.exitCode = 1;
  }
}
