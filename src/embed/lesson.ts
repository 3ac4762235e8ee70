/** Scenarios and lessons in an embed. Loaded with the first scenario. */
import { load as loads } from 'virtual:scenarios';
import { openScenario, usePlayer } from '../app/lesson/player.ts';
import { useRun } from '../app/state/run.ts';
import type { PageScenario } from '../scenario/page.ts';
import type { HostLine } from './host-line.ts';

export { requestOf } from '../app/lesson/player.ts';

export async function scenarioNamed(name: string): Promise<PageScenario | undefined> {
  const load = Object.hasOwn(loads, name) ? loads[name] : undefined;
  return load && (await load()).default;
}

export async function openLesson(name: string, atMs?: number): Promise<{ nowMs: number }> {
  if (!(await openScenario(name, atMs === undefined ? {} : { atMs }))) throw new Error(`no scenario is called ${name.slice(0, 63)}`);
  return { nowMs: useRun.getState().nowMs };
}

/** Tells the page around of steps reached, predictions answered, exercises solved. */
export function tellOfLesson(line: Pick<HostLine, 'tell'>): () => void {
  return usePlayer.subscribe((now, before) => {
    const { scenario, courses, phase } = now;
    if (!scenario) return;
    const of = scenario.steps.length;
    courses.forEach((course, index) => {
      const was = before.scenario === scenario ? before.courses[index] : undefined;
      const step = scenario.steps[index];
      if (!step) return;
      const checkpoint = (kind: 'reached' | 'solved', atMs: number): void =>
        line.tell('checkpoint', { scenario: scenario.name, step: step.title, index, of, atMs, kind });
      if (course.rest && !was?.rest) checkpoint('reached', course.rest.atMs);
      if (course.solved && !was?.solved) checkpoint('solved', useRun.getState().nowMs);
      if (course.answer && course.answer !== was?.answer && step.prediction) {
        const { choice, verdicts, atMs } = course.answer;
        const { question, choices } = step.prediction;
        const correct = verdicts[choice]?.holds ?? null;
        line.tell('answer', { scenario: scenario.name, question, choice: choices[choice]?.text ?? '', correct, atMs });
      }
    });
    if (phase === 'finished' && before.phase !== 'finished')
      line.tell('checkpoint', { scenario: scenario.name, step: '', index: of, of, atMs: useRun.getState().nowMs, kind: 'finished' });
  });
}
