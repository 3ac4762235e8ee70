/**
 * The past of a run: the command log and checkpoints. Seeking is the nearest checkpoint plus replay; a command in the past forks, dropping the
 * future (which the caller may keep to show as a ghost). Commands take effect at the end of their millisecond.
 */
import type { Engine, EngineState } from './engine.ts';
import { copySharing, copyUnfrozen } from './share.ts';
import type { Message } from './types.ts';

export interface LoggedCommand<C> {
  atMs: number;
  command: C;
}
interface Checkpoint {
  atMs: number;
  handled: number /** commands executed before it */;
  commands: number;
  state: EngineState;
}

/** A checkpoint after this many messages: replaying so many must stay well under a tenth of a second. */
export const messagesPerCheckpoint = 4000;
/** And at least this often in virtual time, so that quiet hours seek fast too. */
export const msPerCheckpoint = 60_000;
/** Beyond this, every second old checkpoint is dropped. */
export const maxCheckpoints = 1200;

export class History<C> {
  readonly log: LoggedCommand<C>[] = [];
  private checkpoints: Checkpoint[] = [];
  /** Commands of `log` that the engine's present state has executed. */
  private executed = 0;
  private readonly engine: Engine;
  private readonly execute: (command: C) => void;

  private readonly rewinds: boolean;

  /** `execute` puts a command into effect at the engine's present moment. Without `rewinds` no checkpoints are taken: a run that only goes forward is faster. */
  constructor(engine: Engine, execute: (command: C) => void, rewinds = true) {
    this.engine = engine;
    this.execute = execute;
    this.rewinds = rewinds;
    this.checkpoint();
  }

  get nowMs(): number {
    return this.engine.state.nowMs;
  }

  /** Commands that the present has behind it; those of `log` beyond lie ahead. */
  get executedCount(): number {
    return this.executed;
  }

  /** Takes a checkpoint of the present, sharing what did not change since the last. */
  checkpoint(): void {
    const previous = this.checkpoints.at(-1);
    const { queue, ...rest } = this.engine.state;
    const { queue: _, ...old } = previous?.state ?? { queue: [] as Message[] };
    const state = { ...copySharing(rest, old), queue: queue.slice() } as EngineState;
    this.checkpoints.push({ atMs: state.nowMs, handled: state.handled, commands: this.executed, state });
    if (this.checkpoints.length > maxCheckpoints) this.checkpoints = this.checkpoints.filter((_c, i) => i === 0 || i % 2 === 1 || i > maxCheckpoints / 2);
  }

  /** Runs on to `atMs`, executing logged commands on the way, at most `maxMessages`. True when it got there. */
  advance(atMs: number, maxMessages = Number.MAX_SAFE_INTEGER): boolean {
    let left = maxMessages;
    for (;;) {
      const next = this.log[this.executed];
      const target = next !== undefined && next.atMs < atMs ? Math.max(next.atMs, this.nowMs) : atMs;
      while (this.nowMs < target || this.pendingAt(target)) {
        const before = this.engine.state.handled;
        const last = this.checkpoints.at(-1) as Checkpoint;
        if (!this.rewinds) {
          const arrived = this.engine.advance(target, left);
          left -= this.engine.state.handled - before;
          if (left <= 0 && !arrived) return false;
          continue;
        }
        const slice = Math.min(left, Math.max(1, last.handled + messagesPerCheckpoint - before));
        const until = Math.min(target, Math.max(this.nowMs, last.atMs + msPerCheckpoint));
        const arrived = this.engine.advance(until, slice);
        left -= this.engine.state.handled - before;
        if (this.engine.state.handled - last.handled >= messagesPerCheckpoint || this.nowMs - last.atMs >= msPerCheckpoint)
          if (this.nowMs > last.atMs) this.checkpoint();
        if (left <= 0 && !(arrived && this.nowMs >= target)) return false;
      }
      if (next === undefined || next.atMs > atMs) return true;
      this.executed += 1;
      this.execute(next.command);
    }
  }

  private pendingAt(ms: number): boolean {
    const next = this.engine.state.queue[0];
    return next !== undefined && next.atMs <= ms;
  }

  /** Goes to the end of millisecond `atMs`, back or forth. */
  seek(atMs: number): void {
    if (atMs < this.nowMs && !this.rewinds) throw new RangeError('this run only goes forward');
    if (atMs < this.nowMs) this.restore(atMs);
    this.advance(atMs);
  }

  /** Restores the last checkpoint at or before `atMs` without running on. Returns its time. */
  restore(atMs: number): number {
    let at = this.checkpoints.length - 1;
    while (at > 0 && (this.checkpoints[at] as Checkpoint).atMs > atMs) at -= 1;
    const found = this.checkpoints[at] as Checkpoint;
    const { queue, ...rest } = found.state;
    this.engine.state = { ...copyUnfrozen(rest), queue: queue.slice() } as EngineState;
    this.executed = found.commands;
    return found.atMs;
  }

  /**
   * Gives a command now. In the past (commands or checkpoints lie ahead) this forks: they are dropped and returned.
   */
  command(command: C): { dropped: LoggedCommand<C>[] } {
    this.engine.advance(this.nowMs);
    const dropped = this.log.splice(this.executed);
    this.checkpoints = this.checkpoints.filter((c) => c.atMs < this.nowMs || (c.atMs === this.nowMs && c.commands <= this.executed));
    this.log.push({ atMs: this.nowMs, command });
    this.executed += 1;
    this.execute(command);
    return { dropped };
  }

  /** Puts a command into the future of the log (of a script or a link), in order of time. */
  schedule(atMs: number, command: C): void {
    let at = this.log.length;
    while (at > this.executed && (this.log[at - 1] as LoggedCommand<C>).atMs > atMs) at -= 1;
    this.log.splice(at, 0, { atMs, command });
  }
}
