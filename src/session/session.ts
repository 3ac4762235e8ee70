/** Owns a world for a page: plays it, seeks, carries out commands, answers questions, sends frames. Knows no Worker: `post` is whoever listens. */
import { AssertionError, type Command, type GivenCommand, type LoggedCommand, View, type Watched, World } from '../core/index.ts';
import { commandNow } from '../scenario/play.ts';
import { besideOf, clampMs, maxSeekMs, watchedOf } from './checked.ts';
import { applyCommand, bareCommand, sharedCommand } from './commands.ts';
import { Comparing } from './comparing.ts';
import { markOf } from './marks.ts';
import type { Frame, FromSession, OpenRequest, SwitchAnswer, ToSession, Waited } from './protocol.ts';
import { protocolVersion } from './protocol.ts';
import { answerQuery } from './queries.ts';
import { appliedText, Runs } from './runs.ts';
import { stepTo } from './stepping.ts';
import { Waits } from './waits.ts';

/** Of one frame; more are told as rates. */
const maxFrameMessages = 300;
/** Messages run in one go, between which newer orders may come in. */
const sliceMessages = 4000;

export interface Clock {
  /** Real milliseconds, any origin. */
  now(): number;
  /** Calls back in about `ms`. */
  later(ms: number, act: () => void): void;
}

export class Session {
  private world: World | undefined;
  private view: View | undefined;
  private opened: OpenRequest | undefined;
  private watched: Watched | null = null;
  private playing = false;
  private speed = 1;
  private frame = 0;
  private acked = 0;
  private reset = true;
  private dirty = true;
  /** Places of the run (`told`) that the last frame ended at. */
  private sentPlace = 0;
  private sentMarks = 0;
  private knownUntilMs = 0;
  private ticking = false;
  private lastTick = 0;
  /** Virtual milliseconds that are due but less than one. */
  private owedMs = 0;
  /** The newest seek; older ones that are still under way give up. */
  private seekGoal: { atMs: number; ids: number[] } | undefined;
  private readonly runs = new Runs();
  private runsChanged = false;
  private readonly comparing: Comparing;
  private readonly waits: Waits;
  /** Names of the script's commands. */
  private scripted = new Set<string>();
  private readonly post: (message: FromSession) => void;
  private readonly clock: Clock;

  constructor(post: (message: FromSession) => void, clock: Clock) {
    this.post = post;
    this.clock = clock;
    this.waits = new Waits(
      (id, result) => this.reply(id, result),
      () => clock.now(),
    );
    this.comparing = new Comparing(this.runs, (id, result) => this.reply(id, result));
  }

  /** Anything may come in: what is no message of this protocol is answered, not obeyed. */
  receive(raw: unknown): void {
    const message = raw as ToSession;
    if (typeof message !== 'object' || message === null || message.v !== protocolVersion || typeof message.type !== 'string') {
      this.post({ v: protocolVersion, type: 'reply', id: 0, ok: false, error: 'not a message of this protocol' });
      return;
    }
    const id = 'id' in message && typeof message.id === 'number' ? message.id : 0;
    try {
      this.obey(message, id);
    } catch (error) {
      this.fail(error, id);
    }
  }

  private fail(error: unknown, id: number): void {
    this.playing = false;
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof AssertionError)
      this.post({
        v: protocolVersion,
        type: 'failed',
        message: text.split('\n')[0] as string,
        atMs: this.world?.nowMs ?? 0,
        seed: this.world?.options.seed ?? 0,
      });
    this.post({ v: protocolVersion, type: 'reply', id, ok: false, error: text.split('\n')[0] as string });
  }

  private reply(id: number, result: unknown): void {
    this.post({ v: protocolVersion, type: 'reply', id, ok: true, result });
  }

  private obey(message: ToSession, id: number): void {
    switch (message.type) {
      case 'open':
        this.open(message.request);
        this.reply(id, {});
        break;
      case 'play':
        this.play(message.speed);
        break;
      case 'pause':
        this.playing = false;
        this.dirty = true;
        break;
      case 'seek':
        this.seek(message.atMs, id);
        break;
      case 'step':
        this.step(message.by, message.count, message.about);
        this.reply(id, { nowMs: this.must().nowMs });
        break;
      case 'command':
        this.reply(id, this.command(message.command));
        break;
      case 'until':
        this.waitUntil(message, id);
        break;
      case 'query':
        this.reply(id, answerQuery(this.must(), this.view as View, message.query, this.opened as OpenRequest));
        break;
      case 'beside':
        this.keepRun();
        this.reply(id, { run: this.runs.beside(message.of, besideOf(message.change)) });
        this.runsChanged = true;
        this.dirty = true;
        break;
      case 'switch':
        this.reply(id, this.switchTo(message.run));
        break;
      case 'compare':
        this.keepRun();
        this.comparing.begin(id, message.runs);
        break;
      case 'ping':
        this.reply(id, {});
        return;
      case 'watch':
        this.watched = watchedOf(message.watched);
        this.view?.watch(this.watched);
        this.dirty = true;
        break;
      case 'ack':
        this.acked = message.frame;
        break;
      default:
        throw new Error(`unknown message ${JSON.stringify((message as { type: string }).type).slice(0, 60)}`);
    }
    this.wake();
  }

  private play(speed: number): void {
    if (!(speed > 0 && speed <= 10_000)) throw new Error('speed must be a number above 0, at most 10 000');
    this.speed = speed;
    this.owedMs = 0;
    this.lastTick = this.clock.now();
    this.playing = true;
    this.dirty = true;
  }

  private must(): World {
    if (!this.world) throw new Error('nothing is open');
    return this.world;
  }

  private open(request: OpenRequest): void {
    const world = new World({ ...request.options, seed: request.seed });
    if (request.manifest.trim() !== '') world.schedule(0, applyCommand(request.manifest, 'default'));
    const names = request.commands.map(({ atMs, command }) => world.schedule(atMs, sharedCommand(command)));
    this.comparing.end();
    this.runs.begin(world.options);
    this.opened = request;
    this.show(world, clampMs(request.atMs), 0);
    this.scripted = new Set(names.slice(request.scriptFrom ?? names.length));
  }

  /** Begins to play a world from its start, and goes to `atMs`. */
  private show(world: World, atMs: number, knownUntilMs: number): void {
    this.endWait('given up');
    this.scripted = new Set();
    const view = new View(world);
    view.watch(this.watched);
    this.world = world;
    this.view = view;
    this.playing = false;
    this.reset = true;
    this.dirty = true;
    this.runsChanged = true;
    this.sentPlace = world.engine.state.told;
    this.sentMarks = 0;
    this.knownUntilMs = knownUntilMs;
    world.advance(0);
    this.markCommands(world.history.log);
    if (atMs > 0) this.seekGoal = { atMs, ids: [] };
  }

  private keepRun(): void {
    this.runs.keep(this.must().history.log, Math.max(this.knownUntilMs, this.must().nowMs), this.view?.lanes.lanes.values());
  }

  private switchTo(run: number): SwitchAnswer {
    const { nowMs } = this.must();
    this.keepRun();
    const { options, seed, log, untilMs } = this.runs.get(run);
    this.runs.current = run;
    const world = new World({ ...options, seed });
    for (const { atMs, command } of log) world.schedule(atMs, sharedCommand(command));
    this.show(world, nowMs, untilMs);
    this.markForks();
    const opened = this.opened as OpenRequest;
    this.opened = { ...opened, seed, options };
    const commands = log.slice(opened.manifest.trim() === '' ? 0 : 1).map(({ atMs, command }) => ({ atMs, command: bareCommand(command) }));
    return { request: { ...this.opened, commands, atMs: nowMs }, applied: appliedText(log) };
  }

  private markForks(): void {
    const { marks } = this.view?.lanes ?? { marks: [] };
    for (let i = marks.length - 1; i >= 0; i -= 1) if (marks[i]?.kind === 'fork') marks.splice(i, 1);
    for (const { atMs, run, parent } of this.runs.marks())
      this.view?.lanes.mark({ atMs, kind: 'fork', text: `run ${run} forked from run ${parent}`, about: '', seq: 0, run });
    this.sentMarks = -1;
  }

  private markCommands(log: readonly LoggedCommand<GivenCommand>[]): void {
    for (const [i, { atMs, command }] of log.entries()) this.view?.lanes.mark(markOf(atMs, command.command, i));
  }

  private seek(atMs: number, id: number): void {
    this.must();
    if (typeof atMs !== 'number' || Number.isNaN(atMs)) throw new Error('seek needs a time in milliseconds');
    const ids = this.seekGoal?.ids ?? [];
    this.seekGoal = { atMs: clampMs(atMs), ids: [...ids, id] };
  }

  private step(by: 'message' | 'second' | 'event', count: number, about?: string): void {
    this.playing = false;
    this.dirty = true;
    const back = stepTo(this.must(), this.view as View, by, count, about);
    if (back !== null) this.jump(back);
  }

  /** At once, back or forth. */
  private jump(atMs: number): void {
    if (this.must().seek(atMs)) this.seeAnew();
    this.dirty = true;
  }

  private seeAnew(): void {
    this.view?.rebuild();
    this.reset = true;
    this.sentPlace = this.must().engine.state.told;
  }

  private command(raw: Command): unknown {
    const world = this.must();
    const command = sharedCommand(raw);
    const at = world.nowMs;
    // What a script has still to do is no future that is given up.
    const coming = world.history.log.slice(world.history.executedCount).filter((given) => !this.scripted.has(given.command.id));
    const ahead = coming.length > 0 || this.knownUntilMs > at;
    let run: number | null = null;
    if (ahead) {
      this.keepRun();
      run = this.runs.fork(at, command, markOf(at, command, 0).text);
      this.runsChanged = true;
    }
    this.view?.fork();
    const { id } = commandNow(world, this.scripted, command);
    world.advance(world.nowMs);
    this.knownUntilMs = world.nowMs;
    if (ahead) this.markForks();
    this.view?.lanes.mark(markOf(at, command, world.history.executedCount - 1));
    this.dirty = true;
    this.sentMarks = -1;
    return { id, result: world.resultOf(id), forked: ahead, run };
  }

  private waitUntil(message: Extract<ToSession, { type: 'until' }>, id: number): void {
    this.must();
    this.endWait('given up');
    this.waits.begin(message, id, this.view as View, this.speed);
    if (typeof message.go === 'number') this.play(message.go);
  }

  private endWait(end: Waited['end']): void {
    this.speed = this.waits.end(this.world, end) ?? this.speed;
  }

  /** Rests when what is waited for holds, or cannot any more. */
  private attendWait(world: World): void {
    const end = this.waits.over(world);
    if (!end) return;
    this.playing = false;
    this.dirty = true;
    this.endWait(end);
  }

  private wake(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.clock.later(0, () => this.tick());
  }

  private tick(): void {
    this.ticking = false;
    if (!this.world || !this.view) return;
    let busy = false;
    try {
      busy = this.run(this.world);
      if (this.comparing.step(sliceMessages, (error, id) => this.fail(error, id))) busy = true;
    } catch (error) {
      for (const id of this.seekGoal?.ids ?? [0]) this.fail(error, id);
      this.seekGoal = undefined;
    }
    this.send();
    if (!busy && !this.playing && !this.dirty) return;
    this.ticking = true;
    this.clock.later(busy ? 0 : 16, () => this.tick());
  }

  /** Moves on. True when there is more to do at once. */
  private run(world: World): boolean {
    const goal = this.seekGoal;
    if (goal) {
      const approached = world.approach(goal.atMs);
      const arrived = world.advance(goal.atMs, approached ? sliceMessages * 4 : sliceMessages);
      if (approached) this.seeAnew();
      this.dirty = true;
      if (!arrived) return true;
      this.lastTick = this.clock.now();
      this.seekGoal = undefined;
      for (const id of goal.ids) this.reply(id, { nowMs: world.nowMs });
      this.attendWait(world);
      return false;
    }
    const now = this.clock.now();
    if (this.waits.atOnce) {
      this.waits.run(maxSeekMs);
      this.dirty = true;
      this.attendWait(world);
      return this.waits.some;
    }
    this.attendWait(world);
    if (!this.playing) return false;
    // A tab that slept does not rush to catch up.
    this.owedMs += Math.min(100, now - this.lastTick) * this.speed;
    this.lastTick = now;
    const whole = Math.floor(this.owedMs);
    if (whole < 1) return false;
    const target = Math.min(maxSeekMs, world.nowMs + whole);
    if (this.waits.some) this.waits.run(target);
    const arrived = this.waits.some ? world.nowMs >= target : world.advance(target, sliceMessages * 4);
    this.owedMs = arrived ? this.owedMs - whole : 0;
    this.attendWait(world);
    if (world.nowMs >= maxSeekMs) this.playing = false;
    this.dirty = true;
    return false;
  }

  private send(): void {
    const { world, view } = this;
    // One frame may be on its way: a slow page slows the frames, not the model.
    if (!world || !view || !this.dirty || this.frame - this.acked > 1) return;
    this.dirty = false;
    this.frame += 1;
    this.knownUntilMs = Math.max(this.knownUntilMs, world.nowMs);
    const place = world.engine.state.told;
    const { messages, rates } = this.reset
      ? { messages: view.messagesBefore(null, 60, (m) => m.kind !== 'internal'), rates: [] }
      : view.messagesBetween(Math.min(this.sentPlace, place), place, maxFrameMessages);
    const marks = view.lanes.marks;
    if (this.runsChanged) this.keepRun();
    const frame: Frame = {
      frame: this.frame,
      nowMs: world.nowMs,
      playing: this.playing,
      speed: this.speed,
      reset: this.reset,
      diff: view.diff(this.reset),
      messages,
      rates,
      lanes: this.reset ? [...view.lanes.lanes.values()] : view.lanes.take(),
      marks: this.reset || this.sentMarks < 0 || this.sentMarks > marks.length ? marks.slice() : marks.slice(this.sentMarks),
      marksReset: this.reset || this.sentMarks < 0 || this.sentMarks > marks.length,
      knownUntilMs: this.knownUntilMs,
      ...(this.runsChanged ? { runs: this.runs.state() } : {}),
    };
    this.runsChanged = false;
    this.sentMarks = marks.length;
    this.sentPlace = place;
    this.reset = false;
    this.post({ v: protocolVersion, type: 'frame', frame });
  }
}
