/** Plays a scenario without a page: for the command line, the check and the golden trace. */
import { type Command, View, World, type WorldOptions } from '../core/index.ts';
import { applyCommand } from '../session/commands.ts';
import { commandOf, manifestOf, scriptCommands } from './commands.ts';
import type { Condition, Deed, Scenario } from './format.ts';
import type { Moment } from './judge.ts';
import { Waiting } from './waiting.ts';

export interface Stage {
  world: World;
  view: View;
  scenario: Scenario;
  /** Names of the script's commands that are still to come. */
  scripted: Set<string>;
}

/** At 0 s, with its manifests and script scheduled. Without `rewinds` the run only goes forward. */
export function stage(scenario: Scenario, options: Partial<WorldOptions> = {}, rewinds = false): Stage {
  const world = new World({ ...scenario.options, seed: scenario.seed, ...options }, { rewinds });
  const view = new View(world);
  const manifest = manifestOf(scenario);
  if (manifest.trim() !== '') world.schedule(0, applyCommand(manifest, 'default'));
  const scripted = new Set(scriptCommands(scenario).map(({ atMs, command }) => world.schedule(atMs, command)));
  world.advance(0);
  return { world, view, scenario, scripted };
}

/** Gives a command now. What the script has still to do is done all the same; other commands ahead are dropped, and counted. */
export function commandNow(world: World, scripted: Set<string>, command: Command): { id: string; dropped: number } {
  const { id, dropped } = world.command(command);
  const again = dropped.filter((one) => scripted.has(one.command.id));
  for (const one of again) scripted.delete(one.command.id);
  for (const { atMs, command: given } of again) scripted.add(world.schedule(atMs, given.command));
  return { id, dropped: dropped.length - again.length };
}

export const momentOf = (world: World): Moment => ({ atMs: world.nowMs, place: world.engine.state.told });

/** Runs on to where the condition first holds, at most to `limitMs`. True when it holds. */
export const runUntil = ({ view }: Stage, condition: Condition, since: Moment, limitMs: number): boolean => new Waiting(view, condition, since).run(limitMs);

/** Gives the commands now, one after another, each when the one before has ended or ten seconds have passed. Their results. */
export function give({ world, scenario, scripted }: Stage, deeds: readonly Deed[]): { deed: Deed; rc: number; err: string }[] {
  return deeds.map((deed) => {
    const { id } = commandNow(world, scripted, commandOf(deed, scenario.files));
    const limitMs = world.nowMs + 10_000;
    const tells = 'apply' in deed || 'delete' in deed || 'kubectl' in deed || 'shell' in deed || 'packet' in deed;
    world.advance(world.nowMs);
    while (tells && !world.resultOf(id) && world.nowMs < limitMs)
      world.advance(Math.min(limitMs, Math.max(world.engine.state.queue[0]?.atMs ?? limitMs, world.nowMs + 1)));
    const result = world.resultOf(id);
    return { deed, rc: result?.rc ?? 0, err: result?.err ?? '' };
  });
}
