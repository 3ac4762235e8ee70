/** Waits for a condition while a run goes on: stops in the very millisecond in which it first holds. */
import { storedVersion, type View, type World } from '../core/index.ts';
import type { Condition, Verdict } from './format.ts';
import { judge, type Moment } from './judge.ts';

export class Waiting {
  readonly condition: Condition;
  readonly since: Moment;
  private readonly view: View;
  private readonly times: readonly number[];
  private readonly stored: boolean;
  private seen = '';
  private verdict: Verdict = { holds: false, evidence: '' };

  constructor(view: View, condition: Condition, since: Moment) {
    this.view = view;
    this.condition = condition;
    this.since = since;
    this.times = timesOf(condition);
    this.stored = onlyStored(condition);
  }

  /** Judged anew only when something was told that it could rest on. */
  now(): Verdict {
    const { world } = this.view;
    const { told, nowMs } = world.engine.state;
    const version = this.stored ? `${storedVersion(this.view)} ${this.times.filter((t) => t <= nowMs).length}` : `${told} ${nowMs}`;
    if (version !== this.seen) {
      this.seen = version;
      this.verdict = judge(this.condition, { view: this.view, since: this.since });
    }
    return this.verdict;
  }

  /** Runs on to `targetMs` or to where it holds, whichever is first, or until `enough` says so. True when it holds. */
  run(targetMs: number, enough: () => boolean = () => false): boolean {
    const { world } = this.view;
    for (let i = 1; !this.now().holds; i += 1) {
      if (world.nowMs >= targetMs || (i % 64 === 0 && enough())) return false;
      world.advance(nextInstant(world, targetMs, this.times));
    }
    return true;
  }
}

/** When something can have changed: the next message, the next command, or a time that the condition asks for. */
function nextInstant(world: World, limitMs: number, times: readonly number[]): number {
  const { log, executedCount } = world.history;
  let next = limitMs;
  const consider = (t: number | undefined): void => {
    if (t !== undefined && t > world.nowMs && t < next) next = t;
  };
  consider(world.engine.state.queue[0]?.atMs);
  consider(log[executedCount]?.atMs);
  for (const time of times) consider(time);
  return next;
}

function timesOf(condition: Condition): number[] {
  if ('all' in condition) return condition.all.flatMap(timesOf);
  if ('any' in condition) return condition.any.flatMap(timesOf);
  if ('not' in condition) return timesOf(condition.not);
  return 'time' in condition ? [condition.time] : [];
}

/** Whether it rests on what the API server stores alone: then only a write can change it. */
function onlyStored(condition: Condition): boolean {
  if ('all' in condition) return condition.all.every(onlyStored);
  if ('any' in condition) return condition.any.every(onlyStored);
  if ('not' in condition) return onlyStored(condition.not);
  if ('time' in condition || 'object' in condition || 'service' in condition || 'event' in condition) return true;
  // What the kubelet holds in its memory is in the pod's record, but not in the API server.
  if ('pod' in condition) return !/probes|backoff|memory/i.test(condition.path ?? '');
  return 'node' in condition && condition.path === undefined;
}
