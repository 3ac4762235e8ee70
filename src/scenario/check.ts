/** Plays a scenario from start to end as a learner would who answers and solves everything, and says what does not come out. */
import { AssertionError } from '../core/index.ts';
import type { Exercise, Prediction, Scenario } from './format.ts';
import { judge } from './judge.ts';
import { give, momentOf, runUntil, type Stage, stage } from './play.ts';

/** Sentences that say what is wrong; empty when everything comes out. */
export function checkScenario(scenario: Scenario): string[] {
  const problems: string[] = [];
  try {
    const played = stage(scenario);
    for (const [i, step] of scenario.steps.entries()) {
      const at = `step ${i + 1} (${step.title})`;
      const reached = !step.pause || runUntil(played, step.pause, momentOf(played.world), played.world.nowMs + step.withinMs);
      if (!reached) {
        const { evidence } = judge(step.pause as never, { view: played.view, since: momentOf(played.world) });
        problems.push(`${at}: the pause does not come about within ${step.withinMs / 1000} s: ${evidence}`);
        return problems;
      }
      if (step.prediction) problems.push(...checkPrediction(played, step.prediction, at));
      if (step.exercise) problems.push(...checkExercise(played, step.exercise, at));
    }
    if (played.world.nowMs < scenario.untilMs) played.world.advance(scenario.untilMs);
    problems.push(...failedCommands(played));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    problems.push(`an assertion of the model fails: ${error.message.split('\n')[0]}`);
  }
  return problems;
}

/** Runs to the answer. Exactly one choice must be right. */
function checkPrediction(played: Stage, prediction: Prediction, at: string): string[] {
  const since = momentOf(played.world);
  const limitMs = played.world.nowMs + prediction.runMs;
  if (prediction.until) {
    if (!runUntil(played, prediction.until, since, limitMs)) return [`${at}: the run does not answer within ${prediction.runMs / 1000} s`];
  } else played.world.advance(limitMs);
  const right = prediction.choices.filter((choice) => judge(choice.when, { view: played.view, since }).holds);
  if (right.length === 1) return [];
  const told = prediction.choices.map((c) => `${JSON.stringify(c.text)}: ${judge(c.when, { view: played.view, since }).evidence}`).join('; ');
  return [`${at}: ${right.length === 0 ? 'no answer is right' : `${right.length} answers are right`} at ${played.world.nowMs / 1000} s (${told})`];
}

function checkExercise(played: Stage, exercise: Exercise, at: string): string[] {
  const since = momentOf(played.world);
  if (judge(exercise.done, { view: played.view, since }).holds) return [`${at}: the exercise is solved before anything is done`];
  const out = give(played, exercise.solution)
    .filter(({ rc }) => rc !== 0)
    .map(({ deed, rc, err }) => `${at}: ${JSON.stringify(deed)} exits with ${rc}: ${err.trim().split('\n')[0]}`);
  if (!runUntil(played, exercise.done, since, played.world.nowMs + exercise.withinMs))
    out.push(`${at}: its own solution does not solve it within ${exercise.withinMs / 1000} s: ${judge(exercise.done, { view: played.view, since }).evidence}`);
  return out;
}

/** Commands of manifests and script that did not succeed: a scenario that wants a refusal leaves it to the learner. */
function failedCommands({ world, scenario }: Stage): string[] {
  const scripted = (scenario.manifests.length > 0 ? 1 : 0) + scenario.script.length;
  return world.history.log.slice(0, Math.min(scripted, world.history.executedCount)).flatMap(({ atMs, command: { id, command } }) => {
    const result = world.results[id];
    if (!result || result.rc === 0 || command.type !== 'kubectl') return [];
    return [`kubectl ${command.argv.join(' ')} at ${atMs / 1000} s exits with ${result.rc}: ${result.err.trim().split('\n')[0]}`];
  });
}
