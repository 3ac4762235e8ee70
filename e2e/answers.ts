/** The right answer of each step's prediction, found by playing the scenario without a page. `node --import tsx e2e/answers.ts` prints them by scenario; null: no prediction. */
import { join } from 'node:path';
import { readScenario, scenarioNames, scenariosFolder } from '../src/headless/scenarios.ts';
import { judge } from '../src/scenario/judge.ts';
import { give, momentOf, runUntil, stage } from '../src/scenario/play.ts';

function answersOf(name: string): (number | null)[] {
  const { scenario } = readScenario(join(scenariosFolder, name));
  if (!scenario) throw new Error(`${name} cannot be read`);
  const played = stage(scenario);
  return scenario.steps.map((step) => {
    if (step.pause) runUntil(played, step.pause, momentOf(played.world), played.world.nowMs + step.withinMs);
    const since = momentOf(played.world);
    let right: number | null = null;
    if (step.prediction) {
      const { until, runMs, choices } = step.prediction;
      runUntil(played, until ?? { time: since.atMs + runMs }, since, since.atMs + runMs);
      right = choices.findIndex((choice) => judge(choice.when, { view: played.view, since }).holds);
    }
    if (step.exercise) {
      give(played, step.exercise.solution);
      runUntil(played, step.exercise.done, since, played.world.nowMs + step.exercise.withinMs);
    }
    return right;
  });
}

process.stdout.write(JSON.stringify(Object.fromEntries(scenarioNames().map((name) => [name, answersOf(name)]))));
