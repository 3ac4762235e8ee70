/**
 * The past of a run: the command log and checkpoints. Seeking is the nearest checkpoint plus replay; a command in the past forks, dropping the
 * future (which the caller may keep to show as a ghost). Commands take effect at the end of their millisecond.
 */
import type { Engine, EngineState } from './engine.ts';
import { copySharing, copyUnfrozen, looked } from './share.ts';

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
export const messagesPerCheckpoint = 2000;
/** Looking at so many values costs about as much as handling a message, or a tenth of it: large worlds are kept more seldom. */
const valuesPerMessage = 20;
/** And at least this often in virtual time, so that quiet hours seek fast too. */
export const msPerCheckpoint = 30_000;
/** Beyond this, every second old checkpoint is dropped. */
export const maxCheckpoints = 1200;

export class History<C> {
  readonly log: LoggedCommand<C>[] = [];
  private checkpoints: Checkpoint[] = [];
  /** The checkpoint taken or restored last: rooms that did not run since are as they are there. */
  private base: Checkpoint | undefined;
  /** Values that the last checkpoint had to look at. */
  private cost = 0;
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
    const old = this.checkpoints.at(-1)?.state;
    const before = looked.values;
    const { queue, rooms, ...rest } = this.engine.state;
    const kept: EngineState['rooms'] = {};
    for (const address of Object.keys(rooms)) {
      const unchanged = this.engine.touched.has(address) ? undefined : this.base?.state.rooms[address];
      kept[address] = unchanged ?? copySharing(rooms[address], old?.rooms[address]);
    }
    const state = { ...copyUnfrozen(rest), rooms: kept, queue: queue.slice() } as EngineState;
    this.base = { atMs: state.nowMs, handled: state.handled, commands: this.executed, state };
    this.engine.touched.clear();
    this.cost = looked.values - before;
    this.checkpoints.push(this.base);
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
        const messages = Math.max(messagesPerCheckpoint, Math.floor(this.cost / valuesPerMessage));
        const slice = Math.min(left, Math.max(1, last.handled + messages - before));
        const until = Math.min(target, Math.max(this.nowMs, this.nowMs < last.atMs ? last.atMs : this.nextMs(last)));
        const arrived = this.engine.advance(until, slice);
        left -= this.engine.state.handled - before;
        const since = this.engine.state.handled - last.handled;
        const due =
          since >= messages || (this.nowMs - last.atMs >= msPerCheckpoint && since >= Math.min(messagesPerCheckpoint, this.cost / (5 * valuesPerMessage)));
        if (due && this.nowMs > last.atMs) this.checkpoint();
        if (left <= 0 && !(arrived && this.nowMs >= target)) return false;
      }
      if (next === undefined || next.atMs > atMs) return true;
      this.executed += 1;
      this.execute(next.command);
    }
  }

  /** When the next checkpoint after `last` is looked for, by time alone. */
  private nextMs(last: Checkpoint): number {
    return last.atMs + msPerCheckpoint * (1 + Math.floor(Math.max(0, this.nowMs - last.atMs) / msPerCheckpoint));
  }

  private pendingAt(ms: number): boolean {
    const next = this.engine.state.queue[0];
    return next !== undefined && next.atMs <= ms;
  }

  /** Goes to the end of millisecond `atMs`, back or forth. True when it jumped: observers did not hear what lies between. */
  seek(atMs: number): boolean {
    if (atMs < this.nowMs && !this.rewinds) throw new RangeError('this run only goes forward');
    const jumps = this.jumps(atMs);
    if (jumps) this.restore(atMs);
    this.advance(atMs);
    return jumps;
  }

  /** Whether a seek to `atMs` begins at a checkpoint rather than at the present. */
  jumps(atMs: number): boolean {
    if (atMs < this.nowMs) return true;
    const found = this.before(atMs);
    return found.atMs > this.nowMs && found.handled > this.engine.state.handled;
  }

  private before(atMs: number): Checkpoint {
    let [low, high] = [0, this.checkpoints.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.checkpoints[middle] as Checkpoint).atMs > atMs) high = middle - 1;
      else low = middle;
    }
    return this.checkpoints[low] as Checkpoint;
  }

  /** Restores the last checkpoint at or before `atMs` without running on. Returns its time. */
  restore(atMs: number): number {
    const found = this.before(atMs);
    const { queue, ...rest } = found.state;
    this.engine.state = { ...copyUnfrozen(rest), queue: queue.slice() } as EngineState;
    this.executed = found.commands;
    this.base = found;
    this.engine.touched.clear();
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
    // What was played beyond it without it is no longer what will be.
    this.checkpoints = this.checkpoints.filter((c, i) => i === 0 || c.atMs < atMs || (c.atMs === atMs && c.commands <= at));
  }
}
