/** The comparison under way: one at a time, the newest. */
import { Comparison } from './comparison.ts';
import type { RunRecord, Runs } from './runs.ts';

export class Comparing {
  private under: { id: number; ids: [number, number]; comparison: Comparison } | undefined;
  private readonly runs: Runs;
  private readonly reply: (id: number, result: unknown) => void;

  constructor(runs: Runs, reply: (id: number, result: unknown) => void) {
    this.runs = runs;
    this.reply = reply;
  }

  begin(id: number, ids: [number, number]): void {
    if (!Array.isArray(ids) || ids.length !== 2 || ids[0] === ids[1]) throw new Error('two runs can be compared');
    this.end();
    this.under = { id, ids, comparison: new Comparison(this.runs.get(ids[0]), this.runs.get(ids[1])) };
  }

  /** Whoever waits is told that nothing comes. */
  end(): void {
    if (this.under) this.reply(this.under.id, { ended: true });
    this.under = undefined;
  }

  /** Plays on by about so many messages. True when there is more to do. */
  step(messages: number, fail: (error: unknown, id: number) => void): boolean {
    const { under } = this;
    if (!under) return false;
    try {
      if (!under.comparison.step(messages)) return true;
      const { list } = this.runs.state();
      const records = under.ids.map((run) => list.find((r) => r.id === run)) as [RunRecord, RunRecord];
      this.under = undefined;
      this.reply(under.id, under.comparison.result(records));
    } catch (error) {
      this.under = undefined;
      fail(error, under.id);
    }
    return false;
  }
}
