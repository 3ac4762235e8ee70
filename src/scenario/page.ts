/** What the page gets of a scenario: decoded, its commands ready to be given, its picture drawn from its run. Made when the page is built. */
import type { Command, WorldOptions } from '../core/index.ts';
import { bareCommand } from '../session/commands.ts';
import { commandOf, manifestOf, scriptCommands } from './commands.ts';
import type { Deed, Exercise, Scenario, ScenarioCommand, Step } from './format.ts';
import { type Picture, pictureOf } from './picture.ts';

/** A line of the gallery. */
export interface Entry {
  name: string;
  title: string;
  summary: string;
  level: Scenario['level'];
  minutes: number;
  topics: string[];
  /** Steps of its lesson; 0: a scene to play with. */
  steps: number;
  picture: Picture;
}

export interface PageScenario extends Omit<Entry, 'steps' | 'picture'> {
  seed: number;
  options: Partial<WorldOptions>;
  manifest: string;
  /** The script. */
  commands: ScenarioCommand[];
  steps: PageStep[];
}
export type PageStep = Omit<Step, 'exercise'> & { exercise: PageExercise | null };
export type PageExercise = Omit<Exercise, 'solution'> & {
  solution: {
    command: Command;
    /** As a person would write it. */
    text: string;
    /** The manifest that is applied, for the editor. */
    manifest: string;
  }[];
};

export const entryOf = (scenario: Scenario): Entry => {
  const { name, title, summary, level, minutes, topics, steps } = scenario;
  return { name, title, summary, level, minutes, topics, steps: steps.length, picture: pictureOf(scenario) };
};

export function pageScenario(scenario: Scenario): PageScenario {
  const { name, title, summary, level, minutes, topics, seed, options, steps, files } = scenario;
  return {
    ...{ name, title, summary, level, minutes, topics, seed, options },
    manifest: manifestOf(scenario),
    commands: scriptCommands(scenario).map(({ atMs, command }) => ({ atMs, command: bareCommand(command) })),
    steps: steps.map((step) => ({
      ...step,
      exercise: step.exercise && {
        ...step.exercise,
        solution: step.exercise.solution.map((deed) => ({
          command: bareCommand(commandOf(deed, files)),
          text: deedText(deed),
          manifest: 'apply' in deed ? (files[deed.apply] ?? '') : '',
        })),
      },
    })),
  };
}

function deedText(deed: Deed): string {
  if ('apply' in deed) return `kubectl apply -f ${deed.apply}`;
  if ('delete' in deed) return `kubectl delete ${/\.(yaml|yml|json)$/.test(deed.delete) ? '-f ' : ''}${deed.delete}`;
  if ('kubectl' in deed) return `kubectl ${deed.kubectl}`;
  if ('shell' in deed) return `node ${deed.on}: ${deed.shell}`;
  if ('inject' in deed) return `fault: ${deed.inject.kind}`;
  if ('end' in deed) return `end of the fault ${deed.end}`;
  if ('packet' in deed) return `${deed.packet.from} dials ${deed.packet.to}:${deed.packet.port}`;
  return `kube-proxy mode ${deed.proxyMode}`;
}
