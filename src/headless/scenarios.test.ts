/** Every scenario of the repository reads, plays, is answered and solved, and runs as its golden trace says. */
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkScenario } from '../scenario/check.ts';
import { readScenario, scenarioNames, scenariosFolder } from './scenarios.ts';
import { traceProblem } from './trace-file.ts';

test('there are scenarios', () => expect(scenarioNames().length).toBeGreaterThan(0));

test.each(scenarioNames())('%s comes out', (name) => {
  const folder = join(scenariosFolder, name);
  const { scenario, problems } = readScenario(folder);
  expect(problems ?? [], basename(folder)).toEqual([]);
  if (scenario) expect([...checkScenario(scenario), ...traceProblem(folder, scenario)]).toEqual([]);
});
