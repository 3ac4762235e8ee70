/** What the run waits for on behalf of the page: it rests in the moment in which it holds, or at its limit, and the page is answered then. */
import type { View, World } from '../core/index.ts';
import { Waiting } from '../scenario/waiting.ts';
import { clampMs } from './checked.ts';
import type { ToSession, Waited } from './protocol.ts';
import { placeNow } from './queries.ts';

/** Real milliseconds of one go. */
const sliceMs = 12;

export class Waits {
  private open: { id: number; waiting: Waiting; limitMs: number; atOnce: boolean; speedBefore: number } | undefined;
  private readonly answer: (id: number, result: Waited | null) => void;
  private readonly now: () => number;

  constructor(answer: (id: number, result: Waited | null) => void, now: () => number) {
    this.answer = answer;
    this.now = now;
  }

  /** True when something is waited for. */
  get some(): boolean {
    return this.open !== undefined;
  }
  /** It is to be reached at once. */
  get atOnce(): boolean {
    return this.open?.atOnce ?? false;
  }

  begin({ condition, since, limitMs, go }: Extract<ToSession, { type: 'until' }>, id: number, view: View, speed: number): void {
    if (condition === null) {
      this.answer(id, null);
      return;
    }
    if (typeof limitMs !== 'number' || Number.isNaN(limitMs)) throw new Error('until needs a limit in milliseconds');
    this.open = { id, waiting: new Waiting(view, condition, since), limitMs: clampMs(limitMs), atOnce: go === 'at once', speedBefore: speed };
  }

  /** Ends the wait; the speed to go back to, if there was one. */
  end(world: World | undefined, end: Waited['end']): number | null {
    const { open } = this;
    this.open = undefined;
    if (open && world) this.answer(open.id, { ...open.waiting.now(), end, now: placeNow(world) });
    return open?.speedBefore ?? null;
  }

  /** Runs on to `targetMs`, the limit or to where it holds, as far as one go reaches. */
  run(targetMs: number): void {
    const began = this.now();
    this.open?.waiting.run(Math.min(targetMs, this.open.limitMs), () => this.now() - began > sliceMs);
  }

  /** How the wait ended by now; null while it goes on. */
  over(world: World): 'holds' | 'limit' | null {
    if (!this.open) return null;
    if (this.open.waiting.now().holds) return 'holds';
    return world.nowMs >= this.open.limitMs ? 'limit' : null;
  }
}
