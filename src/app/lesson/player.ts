/** Plays a lesson over the run: goes to where a step rests, lets the run answer predictions, judges exercises by the model. It holds no fact of the world. */

import { load as loads } from 'virtual:scenarios';
import { create } from 'zustand';
import type { Condition, Verdict } from '../../scenario/format.ts';
import type { PageScenario, PageStep } from '../../scenario/page.ts';
import type { OpenRequest, Place } from '../../session/protocol.ts';
import { replaceText, setApplied } from '../editor/text.ts';
import { give } from '../shell/give.ts';
import { reducedMotion } from '../state/motion.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { setUi } from '../state/ui.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { reach } from './progress.ts';
import { useVeil } from './veil.ts';

/** `going`: to the pause. `late`: it did not come about in its time. `running`: the run answers. `trying`: an exercise is open. */
export type Phase = 'going' | 'late' | 'resting' | 'running' | 'answered' | 'trying' | 'solved' | 'finished';

export interface Answer {
  choice: number;
  verdicts: Verdict[];
  atMs: number;
}
/** What a step came to; kept when the learner goes back. */
export interface Course {
  /** Where it rests. */
  rest: Place | null;
  answer: Answer | null;
  hints: number;
  shown: boolean;
  solved: Verdict | null;
}
export interface Player {
  /** Name of what is open or being opened; ''. */
  name: string;
  scenario: PageScenario | null;
  error: string;
  index: number;
  phase: Phase;
  chosen: number | null;
  /** What the wait rests on so far. */
  evidence: string;
  courses: Course[];
  /** The solution is being given. */
  doing: boolean;
}

const fresh: Omit<Player, 'name'> = { scenario: null, error: '', index: 0, phase: 'resting', chosen: null, evidence: '', courses: [], doing: false };
export const usePlayer = create<Player>()(() => ({ name: '', ...fresh }));
const set = (change: Partial<Player>): void => usePlayer.setState(change);

/** Grows with every order: what an older one still waits for is of no interest. */
let turn = 0;
const tellEveryMs = 400;
/** A prediction's run takes about so long on the screen. */
const answerMs = 4000;
const forever = 10 * 365 * 86_400_000;

export const stepNow = (player: Player): PageStep | undefined => player.scenario?.steps[player.index];
export const courseNow = (player: Player): Course | undefined => player.courses[player.index];

/** Opens a scenario by name: `link` brings a moment, or a whole run of its own. False when there is none of that name. */
export async function openScenario(name: string, link: { atMs?: number; request?: OpenRequest } = {}): Promise<boolean> {
  const mine = ++turn;
  const load = Object.hasOwn(loads, name) ? loads[name] : undefined;
  if (!load) return false;
  set({ name, ...fresh });
  let scenario: PageScenario;
  try {
    scenario = (await load()).default;
  } catch {
    if (mine === turn) set({ error: lessonWords.notLoaded });
    return true;
  }
  if (mine !== turn) return true;
  await session.open(link.request ?? { ...requestOf(scenario), atMs: link.atMs ?? 0 });
  if (mine !== turn) return true;
  set({ scenario, courses: scenario.steps.map(() => ({ rest: null, answer: null, hints: 0, shown: false, solved: null })) });
  setUi({ ...(link.request ? {} : { selectedId: '', opened: '' }), upperTab: scenario.steps.length > 0 ? 'lesson' : 'manifest' });
  if (scenario.steps.length === 0) {
    useVeil.setState({ clear: null, rests: false });
    reach(name, 1, true);
    if (link.atMs === undefined && !link.request) session.play(1);
  } else if (link.atMs === undefined && !link.request) await go(0);
  else await settle(0);
  return true;
}

/** Another thing was opened: the lesson is over, whatever it waits for. */
export function closeLesson(): void {
  turn += 1;
  set({ name: '', ...fresh });
  useVeil.setState({ clear: null, pointed: '', rests: false });
}

export const requestOf = (scenario: PageScenario): OpenRequest => ({
  title: scenario.title,
  scenario: scenario.name,
  manifest: scenario.manifest,
  seed: scenario.seed,
  options: scenario.options,
  commands: scenario.commands,
  scriptFrom: 0,
  atMs: 0,
});

/** To a step's pause, as it plays, or at once. */
export async function go(index: number, atOnce = false): Promise<void> {
  const mine = ++turn;
  const { scenario } = usePlayer.getState();
  const step = scenario?.steps[index];
  if (!scenario || !step) return;
  set({ index, phase: 'going', chosen: null, evidence: '' });
  useVeil.setState({ clear: step.highlight.length > 0 ? step.highlight : null, rests: false });
  reach(scenario.name, index + 1, false);
  const { now } = await session.query({ q: 'judge', conditions: [], since: start });
  if (mine !== turn) return;
  if (!step.pause) {
    session.pause();
    await settle(index, now);
    return;
  }
  const waited = session.until(step.pause, now, now.atMs + step.withinMs, atOnce || reducedMotion() ? 'at once' : step.speed);
  tell(mine, step.pause, now);
  const { end, evidence, now: rest } = await waited;
  if (mine !== turn) return;
  // Given up without us: another run was switched to.
  if (end === 'holds') await settle(index, rest);
  else set({ phase: 'late', evidence });
}

const start = { atMs: 0, place: 0 };

/** Says from time to time what the wait rests on. */
function tell(mine: number, condition: Condition, since: Place): void {
  setTimeout(() => {
    if (mine !== turn || !['going', 'trying'].includes(usePlayer.getState().phase)) return;
    session.query({ q: 'judge', conditions: [condition], since }).then(
      ({ verdicts }) => {
        if (mine !== turn) return;
        set({ evidence: verdicts[0]?.evidence ?? '' });
        tell(mine, condition, since);
      },
      () => {},
    );
  }, tellEveryMs);
}

/** The step rests, here or where it rested before. */
async function settle(index: number, rest?: Place): Promise<void> {
  const mine = turn;
  const place = rest ?? (await session.query({ q: 'judge', conditions: [], since: start })).now;
  if (mine !== turn) return;
  const { scenario, courses } = usePlayer.getState();
  const step = scenario?.steps[index];
  if (!step) return;
  useVeil.setState({ clear: step.highlight.length > 0 ? step.highlight : null, rests: true });
  set({ index, evidence: '', chosen: null, courses: courses.map((course, i) => (i === index ? { ...course, rest: place } : course)) });
  const course = courses[index] as Course;
  if (step.prediction && !course.answer) set({ phase: 'resting' });
  else if (step.exercise && !course.solved) await attempt(index);
  else set({ phase: course.solved ? 'solved' : course.answer ? 'answered' : 'resting' });
}

/** Lets the run answer. */
export async function answer(): Promise<void> {
  const { chosen, index, courses } = usePlayer.getState();
  const prediction = stepNow(usePlayer.getState())?.prediction;
  const rest = courses[index]?.rest;
  if (chosen === null || !prediction || !rest) return;
  const mine = ++turn;
  await backTo(rest);
  if (mine !== turn) return;
  set({ phase: 'running' });
  useVeil.setState({ rests: false });
  const limitMs = rest.atMs + prediction.runMs;
  const speed = Math.max(1, Math.ceil(prediction.runMs / answerMs));
  const waited = session.until(prediction.until ?? { time: limitMs }, rest, limitMs, reducedMotion() ? 'at once' : speed);
  const { end, now } = await waited;
  if (mine !== turn || end === 'given up') return;
  const { verdicts } = await session.query({ q: 'judge', conditions: prediction.choices.map((choice) => choice.when), since: rest });
  if (mine !== turn) return;
  change(index, { answer: { choice: chosen, verdicts, atMs: now.atMs } });
  useVeil.setState({ rests: true });
  if (stepNow(usePlayer.getState())?.exercise) await attempt(index);
  else set({ phase: 'answered' });
}

/** The exercise is open: the run stops in the moment in which it is solved. */
async function attempt(index: number): Promise<void> {
  const mine = turn;
  const exercise = usePlayer.getState().scenario?.steps[index]?.exercise;
  if (!exercise) return;
  const { now } = await session.query({ q: 'judge', conditions: [], since: start });
  if (mine !== turn) return;
  set({ phase: 'trying' });
  const waited = session.until(exercise.done, now, forever, null);
  tell(mine, exercise.done, now);
  const verdict = await waited;
  if (mine !== turn) return;
  if (verdict.end !== 'holds') {
    await attempt(index);
    return;
  }
  change(index, { solved: { holds: true, evidence: verdict.evidence } });
  useVeil.setState({ rests: true });
  set({ phase: 'solved', doing: false });
}

export const showHint = (): void => {
  const { index, courses } = usePlayer.getState();
  change(index, { hints: (courses[index]?.hints ?? 0) + 1 });
};
export const showSolution = (): void => change(usePlayer.getState().index, { shown: true });

/** Gives what solves it, as a person would, and lets the run go on. */
export async function doSolution(): Promise<void> {
  const mine = turn;
  const exercise = stepNow(usePlayer.getState())?.exercise;
  if (!exercise) return;
  set({ doing: true });
  session.pause();
  for (const { command, manifest } of exercise.solution) {
    if (manifest) replaceText(manifest);
    await give(command);
    if (manifest) setApplied(manifest);
    if (mine !== turn) return;
  }
  if (usePlayer.getState().phase === 'trying') session.play(reducedMotion() ? 1000 : 10);
}

export function next(): void {
  const { scenario, index } = usePlayer.getState();
  if (!scenario) return;
  if (index + 1 < scenario.steps.length) void go(index + 1).catch(failed);
  else {
    turn += 1;
    set({ phase: 'finished' });
    useVeil.setState({ clear: null, rests: false });
    reach(scenario.name, scenario.steps.length, true);
  }
}

/** To a step that was reached before, with what it came to. */
export async function back(): Promise<void> {
  const { index, phase } = usePlayer.getState();
  await returnTo(phase === 'finished' ? index : index - 1);
}

/** Back from free play: what was done since the step came to rest is undone. */
export async function returnTo(index: number): Promise<void> {
  const rest = usePlayer.getState().courses[index]?.rest;
  if (!rest) return;
  turn += 1;
  const mine = turn;
  await backTo(rest);
  if (mine === turn) await settle(index, rest);
}

/** Commands given since are left out, those of the script that are still to come are kept. */
async function backTo(rest: Place): Promise<void> {
  const { scenario } = usePlayer.getState();
  if (!scenario) return;
  const { commands } = await session.query({ q: 'history' });
  // The first is the manifest itself.
  const first = scenario.manifest.trim() === '' ? 0 : 1;
  const kept = commands.slice(first, rest.executed);
  const coming = scenario.commands.filter((one) => one.atMs > rest.atMs);
  if (commands.length - first !== kept.length + coming.length)
    await session.open({ ...requestOf(scenario), commands: [...kept, ...coming], scriptFrom: kept.length, atMs: rest.atMs });
  session.pause();
  if (useRun.getState().nowMs !== rest.atMs) await session.seek(rest.atMs);
}

function change(index: number, course: Partial<Course>): void {
  set({ courses: usePlayer.getState().courses.map((one, i) => (i === index ? { ...one, ...course } : one)) });
}

export const choose = (chosen: number): void => set({ chosen });
export const failed = (error: unknown): void => set({ error: error instanceof Error ? error.message : String(error) });
/** What goes wrong is said in the lesson. */
export const run = (promise: Promise<unknown>): void => void promise.catch(failed);

// What is opened from elsewhere (a link, a restart) ends the lesson; a restart of the same run does not.
useRun.subscribe((now, before) => {
  const { name, scenario } = usePlayer.getState();
  if (now.opened !== before.opened && name !== '' && scenario && now.opened?.scenario !== name) closeLesson();
});
