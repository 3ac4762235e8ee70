/** Plays a scenario without a page: for the command line, the check and the golden trace. */
import { View, World, type WorldOptions } from '../core/index.ts';
import { applyCommand } from '../session/commands.ts';
import { commandOf, manifestOf, scriptCommands } from './commands.ts';
import type { Condition, Deed, Scenario } from './format.ts';
import { judge, type Moment } from './judge.ts';

export interface Stage {
  world: World;
  view: View;
  scenario: Scenario;
}

/** At 0 s, with its manifests and script scheduled. Without `rewinds` the run only goes forward. */
export function stage(scenario: Scenario, options: Partial<WorldOptions> = {}, rewinds = false): Stage {
  const world = new World({ ...scenario.options, seed: scenario.seed, ...options }, { rewinds });
  const view = new View(world);
  const manifest = manifestOf(scenario);
  if (manifest.trim() !== '') world.schedule(0, applyCommand(manifest, 'default'));
  for (const { atMs, command } of scriptCommands(scenario)) world.schedule(atMs, command);
  world.advance(0);
  return { world, view, scenario };
}

export const momentOf = (world: World): Moment => ({ atMs: world.nowMs, place: world.engine.state.told });

/** Runs on, instant by instant, to where the condition first holds, at most to `limitMs`. True when it holds. */
export function runUntil({ world, view }: Stage, condition: Condition, since: Moment, limitMs: number): boolean {
  for (;;) {
    if (judge(condition, { view, since }).holds) return true;
    if (world.nowMs >= limitMs) return false;
    world.advance(nextInstant(world, limitMs, condition));
  }
}

/** When something can have changed: the next message, the next command, or the time that the condition asks for. */
export function nextInstant(world: World, limitMs: number, condition: Condition): number {
  const { log, executedCount } = world.history;
  const times = [world.engine.state.queue[0]?.atMs, log[executedCount]?.atMs, ...timesOf(condition)].filter(
    (t): t is number => t !== undefined && t > world.nowMs,
  );
  return Math.min(limitMs, ...times);
}

function timesOf(condition: Condition): number[] {
  if ('all' in condition) return condition.all.flatMap(timesOf);
  if ('any' in condition) return condition.any.flatMap(timesOf);
  if ('not' in condition) return timesOf(condition.not);
  return 'time' in condition ? [condition.time] : [];
}

/** Gives the commands now, one after another, each when the one before has ended or ten seconds have passed. Their results. */
export function give({ world, scenario }: Stage, deeds: readonly Deed[]): { deed: Deed; rc: number; err: string }[] {
  return deeds.map((deed) => {
    const { id } = world.command(commandOf(deed, scenario.files));
    const limitMs = world.nowMs + 10_000;
    const tells = 'apply' in deed || 'delete' in deed || 'kubectl' in deed || 'shell' in deed || 'packet' in deed;
    world.advance(world.nowMs);
    while (tells && !world.results[id] && world.nowMs < limitMs)
      world.advance(Math.min(limitMs, Math.max(world.engine.state.queue[0]?.atMs ?? limitMs, world.nowMs + 1)));
    const result = world.results[id];
    return { deed, rc: result?.rc ?? 0, err: result?.err ?? '' };
  });
}
