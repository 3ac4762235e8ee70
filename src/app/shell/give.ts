/** Gives a command and waits for its end. While the clock rests it is moved on as far as the command needs. */
import type { Command, CommandResult } from '../../core/index.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';

/** Virtual time that a command may take before the rest is left to the clock. */
export const patienceMs = 5_000;
const steps = [5, 10, 20, 50, 100, 200, 400, 800, 1600, 1815];
const pollMs = 40;

export interface Given {
  id: string;
  atMs: number;
  /** null: it runs on. */
  result: CommandResult | null;
  /** Of a fork: the run that begins there. */
  run: number | null;
}

export async function give(command: Command): Promise<Given> {
  const atMs = useRun.getState().nowMs;
  const { id, result, run } = await session.command(command);
  let known = result;
  for (const step of steps) {
    if (known || useRun.getState().playing) break;
    await session.seek(useRun.getState().nowMs + step);
    known = await session.query({ q: 'result', id });
  }
  const until = useRun.getState().nowMs + patienceMs * Math.max(1, useRun.getState().speed);
  while (!known && useRun.getState().playing && useRun.getState().nowMs < until) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    known = await session.query({ q: 'result', id });
  }
  return { id, atMs, result: known, run };
}
