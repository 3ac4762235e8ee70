/** The runs of a page: the one that plays and those that it forked from, or was begun beside. A run is seed, options and commands; the world of another is made anew when it is needed. */
import type { Command, GivenCommand, LaneRecord, LoggedCommand, WorldOptions } from '../core/index.ts';
import { type FieldChange, manifestChanges } from './changes.ts';
import { bareCommand, manifestName } from './commands.ts';

/** More forks than these: the oldest that nothing else came from goes. */
export const maxRuns = 24;

/** What made a run, for its name. */
export type RunChange =
  | { what: 'opened' }
  | { what: 'command'; text: string }
  | { what: 'fields'; fields: FieldChange[] }
  | { what: 'mode'; mode: WorldOptions['proxyMode'] }
  | { what: 'seed'; seed: number };

export interface RunRecord {
  id: number;
  parent: number | null;
  /** Until here it is as its parent. */
  forkAtMs: number;
  change: RunChange;
  seed: number;
  mode: WorldOptions['proxyMode'];
  commands: number;
  /** How far it was played. */
  untilMs: number;
}

export interface RunsState {
  list: RunRecord[];
  current: number;
  /** What the parent did after the fork. */
  ghosts: LaneRecord[];
  ghostUntilMs: number;
}

type Log = readonly LoggedCommand<GivenCommand>[];

export interface Run extends Omit<RunRecord, 'commands'> {
  options: Partial<WorldOptions>;
  log: { atMs: number; command: Command }[];
  /** Its lanes when it was left. */
  lanes: LaneRecord[];
}

export class Runs {
  private runs: Run[] = [];
  private last = 0;
  current = 0;

  /** Forgets all and begins run 1. */
  begin(options: WorldOptions): void {
    this.runs = [];
    this.last = 0;
    this.current = this.put({
      parent: null,
      forkAtMs: 0,
      change: { what: 'opened' },
      seed: options.seed,
      mode: options.proxyMode,
      untilMs: 0,
      options,
      log: [],
      lanes: [],
    });
  }

  private put(run: Omit<Run, 'id'>): number {
    this.last += 1;
    this.runs.push({ ...run, id: this.last });
    if (this.runs.length > maxRuns) {
      const at = this.runs.findIndex((r) => r.id !== this.current && r.id !== this.last && !this.runs.some((other) => other.parent === r.id));
      if (at >= 0) this.runs.splice(at, 1);
    }
    return this.last;
  }

  get(id: number): Run {
    const run = this.runs.find((r) => r.id === id);
    if (!run) throw new Error(`there is no run ${String(id).slice(0, 20)}`);
    return run;
  }

  /** Notes how the run that plays is now, before it is left or looked at. */
  keep(log: Log, untilMs: number, lanes?: Iterable<LaneRecord>): void {
    const run = this.get(this.current);
    run.log = log.map(({ atMs, command }) => ({ atMs, command: command.command }));
    run.untilMs = Math.max(run.untilMs, untilMs);
    if (lanes) run.lanes = [...lanes].map((lane) => ({ ...lane, intervals: lane.intervals.slice(), ticks: lane.ticks.slice() }));
  }

  /** A command in the past of the run that plays, which was just kept. */
  fork(atMs: number, command: Command, text: string): number {
    const run = this.get(this.current);
    const before = run.log.filter((given) => given.atMs <= atMs);
    this.current = this.put({
      parent: run.id,
      forkAtMs: atMs,
      change: changeOf(before, command, text),
      seed: run.seed,
      mode: run.mode,
      untilMs: atMs,
      options: run.options,
      log: [...before, { atMs, command }],
      lanes: [],
    });
    return this.current;
  }

  /** The same from the start with another mode or seed. It is not played yet. */
  beside(of: number, change: { mode?: WorldOptions['proxyMode']; seed?: number }): number {
    const run = this.get(of);
    const seed = change.seed ?? run.seed;
    const mode = change.mode ?? run.mode;
    return this.put({
      parent: run.id,
      forkAtMs: 0,
      change: change.mode ? { what: 'mode', mode } : { what: 'seed', seed },
      seed,
      mode,
      untilMs: run.untilMs,
      options: { ...run.options, seed, proxyMode: mode },
      log: run.log.slice(),
      lanes: [],
    });
  }

  /** Forks to mark on the ruler of the run that plays: its own, those it came from, and those that left it. */
  marks(): { atMs: number; run: number; parent: number }[] {
    const out: { atMs: number; run: number; parent: number }[] = [];
    let reachMs = Number.POSITIVE_INFINITY;
    for (let run: Run | undefined = this.get(this.current); run; run = this.runs.find((r) => r.id === run?.parent)) {
      for (const child of this.runs)
        if (child.parent === run.id && child.forkAtMs <= reachMs && child.forkAtMs > 0) out.push({ atMs: child.forkAtMs, run: child.id, parent: run.id });
      reachMs = Math.min(reachMs, run.forkAtMs);
    }
    return out.filter((mark, i) => out.findIndex((m) => m.run === mark.run) === i).sort((a, b) => a.atMs - b.atMs || a.run - b.run);
  }

  state(): RunsState {
    const { parent, forkAtMs } = this.get(this.current);
    const from = parent === null || forkAtMs === 0 ? undefined : this.runs.find((r) => r.id === parent);
    return {
      list: this.runs.map(({ options: _options, log, lanes: _lanes, ...record }) => ({ ...record, commands: log.length })),
      current: this.current,
      ghosts: (from?.lanes ?? []).filter((lane) => lane.intervals.some((i) => i.toMs === null || i.toMs > forkAtMs)),
      ghostUntilMs: from?.untilMs ?? 0,
    };
  }
}

/** What the editor last applied in a log; '' when nothing was. */
export function appliedText(log: readonly { command: Command }[]): string {
  for (let i = log.length - 1; i >= 0; i -= 1) {
    const text = textOf((log[i] as { command: Command }).command);
    if (text !== null) return text;
  }
  return '';
}

const textOf = (command: Command): string | null =>
  command.type === 'kubectl' && command.argv[0] === 'apply' ? (command.files[manifestName]?.text ?? null) : null;

function changeOf(before: readonly { command: Command }[], command: Command, text: string): RunChange {
  const applied = textOf(command);
  if (applied !== null) {
    const fields = manifestChanges(appliedText(before), applied);
    if (fields.length > 0) return { what: 'fields', fields };
  }
  return { what: 'command', text };
}

/** The first command that one of two logs has and the other has not, and what they applied differently. */
export function logDifference(a: Run['log'], b: Run['log']): { at: number; fields: FieldChange[] } | null {
  const text = (given: Run['log'][number] | undefined): string => (given ? JSON.stringify([given.atMs, bareCommand(given.command)]) : '');
  const most = Math.max(a.length, b.length);
  for (let i = 0; i < most; i += 1) if (text(a[i]) !== text(b[i])) return { at: i, fields: manifestChanges(appliedText(a), appliedText(b)) };
  return null;
}
