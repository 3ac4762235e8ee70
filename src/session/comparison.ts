/** Two runs played side by side, in slices, apart from the run that the page plays. */
import { type LaneRecord, type MarkRecord, View, World } from '../core/index.ts';
import { align, type Pair, type Told } from './align.ts';
import type { FieldChange } from './changes.ts';
import { sharedCommand } from './commands.ts';
import { markOf } from './marks.ts';
import { logDifference, type Run, type RunRecord } from './runs.ts';

/** Of one run; where one has more, both are compared up to there. */
export const maxTold = 40_000;
/** Sent to the page; the counts are of all. */
export const maxRows = 4000;
/** Common ones before the first difference that are shown. */
const shownBefore = 2;
/** So many common ones in a row are told by their number. */
const folded = 4;

/** `fold`: `count` messages are the same, from `atMs` to `untilMs`. */
export type CompareRow = { row: 'pair'; pair: Pair } | { row: 'fold'; atMs: number; untilMs: number; count: number; laterMs: number };

export interface RunCounts {
  messages: number;
  answered: number;
  refused: number;
  exits: number;
  /** From a container's start to its pod being ready, the longest after the fork; null: no pod became ready there. */
  toReadyMs: number | null;
}

export interface CompareResult {
  a: RunRecord;
  b: RunRecord;
  fromMs: number;
  untilMs: number;
  /** Where reading stopped before `untilMs` was reached. */
  capped: boolean;
  common: number;
  rows: CompareRow[];
  rowsLeft: number;
  /** null: none. Index among `rows` of the first that differs. */
  first: { atMs: number; row: number } | null;
  /** Beginnings of what differs, ascending. */
  differences: { atMs: number; row: number }[];
  lanes: { a: LaneRecord[]; b: LaneRecord[] };
  marks: { a: MarkRecord[]; b: MarkRecord[] };
  counts: { a: RunCounts; b: RunCounts };
  cause: { seed: boolean; mode: boolean; command: { atMs: number; run: number; text: string } | null; fields: FieldChange[] };
}

class Player {
  readonly world: World;
  readonly view: View;
  readonly told: Told[] = [];
  private place: number;

  constructor(run: Run) {
    this.world = new World({ ...run.options, seed: run.seed }, { rewinds: false });
    this.view = new View(this.world);
    this.place = this.world.engine.state.told;
    for (const { atMs, command } of run.log) this.world.schedule(atMs, sharedCommand(command));
  }

  /** True when it is at `untilMs`, or has said too much. */
  step(untilMs: number, messages: number): boolean {
    const arrived = this.world.advance(untilMs, messages);
    const { told } = this.world.engine.state;
    for (const one of this.view.told(this.place, told)) this.told.push(one);
    this.place = told;
    return arrived || this.full;
  }

  get full(): boolean {
    return this.told.length >= maxTold;
  }
}

export class Comparison {
  private readonly runs: [Run, Run];
  private players: Player[] = [];
  private untilMs: number;
  private capped = false;

  constructor(a: Run, b: Run) {
    this.runs = [a, b];
    this.untilMs = Math.max(a.untilMs, b.untilMs);
  }

  /** Plays on a little. True when both are there. */
  step(messages: number): boolean {
    const first = this.players[0];
    if (!first) {
      this.players.push(new Player(this.runs[0]));
      return false;
    }
    if (!this.players[1]) {
      if (first.step(this.untilMs, messages)) {
        if (first.full) this.cap(first);
        this.players.push(new Player(this.runs[1]));
      }
      return false;
    }
    const second = this.players[1];
    const done = second.step(this.untilMs, messages);
    if (done && second.full) this.cap(second);
    return done;
  }

  private cap(player: Player): void {
    this.capped = true;
    this.untilMs = Math.min(this.untilMs, player.world.nowMs);
  }

  result(records: [RunRecord, RunRecord]): CompareResult {
    const [a, b] = this.players as [Player, Player];
    const { untilMs } = this;
    const within = (told: readonly Told[]): Told[] => told.filter((t) => t.message.atMs <= untilMs);
    const { pairs, common } = align(within(a.told), within(b.told));
    const { rows, differences } = foldRows(pairs, common);
    const first = differences[0] ?? null;
    const fromMs = commonMs(this.runs);
    const lanes = { a: [...a.view.lanes.lanes.values()], b: [...b.view.lanes.lanes.values()] };
    const difference = logDifference(this.runs[0].log, this.runs[1].log);
    const onlyB = difference !== null && this.runs[1].log.length > difference.at;
    const given = difference && this.runs[onlyB ? 1 : 0].log[difference.at];
    return {
      a: records[0],
      b: records[1],
      fromMs,
      untilMs,
      capped: this.capped,
      common,
      rows: rows.slice(0, maxRows),
      rowsLeft: Math.max(0, rows.length - maxRows),
      first,
      differences: differences.filter((d) => d.row < maxRows),
      lanes,
      marks: { a: marksOf(a, this.runs[0]), b: marksOf(b, this.runs[1]) },
      counts: { a: countsOf(lanes.a, a.told.length, fromMs, untilMs), b: countsOf(lanes.b, b.told.length, fromMs, untilMs) },
      cause: {
        seed: this.runs[0].seed !== this.runs[1].seed,
        mode: this.runs[0].mode !== this.runs[1].mode,
        command: given ? { atMs: given.atMs, run: records[onlyB ? 1 : 0].id, text: markOf(given.atMs, given.command, 0).text } : null,
        fields: difference?.fields ?? [],
      },
    };
  }
}

const marksOf = (player: Player, run: Run): MarkRecord[] => [...run.log.map(({ atMs, command }, i) => markOf(atMs, command, i)), ...player.view.lanes.marks];

/** When the two were still one: the later of the forks that lead to both, 0 when nothing does. */
function commonMs([a, b]: [Run, Run]): number {
  if (b.parent === a.id) return b.forkAtMs;
  if (a.parent === b.id) return a.forkAtMs;
  return a.parent !== null && a.parent === b.parent ? Math.min(a.forkAtMs, b.forkAtMs) : 0;
}

/** Long stretches that are the same become one row, the last of the first stretch stay. */
export function foldRows(pairs: readonly Pair[], common: number): { rows: CompareRow[]; differences: { atMs: number; row: number }[] } {
  const rows: CompareRow[] = [];
  const differences: { atMs: number; row: number }[] = [];
  const fold = (from: number, to: number): void => {
    const stretch = pairs.slice(from, to);
    const [one, last] = [stretch[0], stretch[stretch.length - 1]];
    if (!one || !last) return;
    if (stretch.length <= folded) for (const pair of stretch) rows.push({ row: 'pair', pair });
    else {
      const laterMs = stretch.reduce((most, p) => (Math.abs(p.laterMs) > Math.abs(most) ? p.laterMs : most), 0);
      rows.push({ row: 'fold', atMs: one.atMs, untilMs: last.atMs, count: stretch.length, laterMs });
    }
  };
  let from = 0;
  if (common > shownBefore + 1) {
    fold(0, common - shownBefore);
    from = common - shownBefore;
    for (; from < common; from += 1) rows.push({ row: 'pair', pair: pairs[from] as Pair });
  }
  let differs = false;
  for (let i = from; i < pairs.length; i += 1) {
    const pair = pairs[i] as Pair;
    // What only comes at another moment is no difference of its own, but it may be the first one.
    if (pair.what === 'same' && !(pair.laterMs !== 0 && differences.length === 0)) continue;
    const before = i - from;
    fold(from, i);
    if (!differs || before > folded || differences.length === 0) differences.push({ atMs: pair.atMs, row: rows.length });
    rows.push({ row: 'pair', pair });
    from = i + 1;
    differs = true;
  }
  fold(from, pairs.length);
  return { rows, differences };
}

function countsOf(lanes: readonly LaneRecord[], messages: number, fromMs: number, untilMs: number): RunCounts {
  const out: RunCounts = { messages, answered: 0, refused: 0, exits: 0, toReadyMs: null };
  for (const lane of lanes) {
    for (const tick of lane.ticks) {
      if (tick.atMs < fromMs || tick.atMs > untilMs) continue;
      if (tick.kind === 'connection-ok') out.answered += 1;
      else if (tick.kind === 'connection-refused') out.refused += 1;
      else if (tick.kind === 'exit') out.exits += 1;
    }
    if (!lane.id.startsWith('lane/pod/')) continue;
    const ready = lane.intervals.findIndex((i) => i.state === 'ready');
    const at = lane.intervals[ready];
    if (!at || at.fromMs < fromMs || at.fromMs > untilMs) continue;
    const before = lane.intervals[ready - 1];
    const took = before?.state === 'running' ? at.fromMs - before.fromMs : 0;
    out.toReadyMs = Math.max(out.toReadyMs ?? 0, took);
  }
  return out;
}
