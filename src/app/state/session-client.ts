/** The page's side of the session: requests with answers, frames drawn and acknowledged, and what is needed to start anew when the worker is lost. */
import type {
  Command,
  CommandResult,
  KubeObject,
  LensAnswer,
  LensAnswerOf,
  LensQuestion,
  MessageRecord,
  WalkAnswer,
  Watched,
  WorldOptions,
} from '../../core/index.ts';
import type { Condition } from '../../scenario/format.ts';
import type { Moment } from '../../scenario/judge.ts';

import {
  type CheckResult,
  type CleanResult,
  type CompareAnswer,
  type Frame,
  type FromSession,
  type Judged,
  type OpenRequest,
  protocolVersion,
  type Query,
  type StoredLine,
  type SwitchAnswer,
  type ToSession,
  type Waited,
  type WhyStep,
} from '../../session/protocol.ts';
import type { Health } from './run.ts';

/** What a question is answered with. */
export interface Answers {
  object: { object: KubeObject | null; yaml: string };
  messages: MessageRecord[];
  why: WhyStep[];
  logs: { text: string; error: string };
  tool: string;
  walk: WalkAnswer;
  lens: LensAnswer;
  check: CheckResult;
  clean: CleanResult;
  pipe: { out: string; err: string; rc: number };
  stored: { lines: StoredLine[] | null };
  result: CommandResult | null;
  judge: Judged;
  history: { seed: number; options: WorldOptions; commands: OpenRequest['commands'] };
  hash: { nowMs: number; seq: number; traceHash: number };
}
export type AnswerOf<Q extends Query> = Q extends { q: 'lens'; ask: infer A extends LensQuestion } ? LensAnswerOf<A> : Answers[Q['q']];
/** `result`: how it ended, null while it runs on. `forked`: what lay ahead was given up. */
export interface CommandAnswer {
  id: string;
  result: CommandResult | null;
  forked: boolean;
  /** Of a fork: the run that begins there. */
  run: number | null;
}

/** What the client talks to: a worker, or a session on the page's own thread. */
export interface Line {
  send(message: ToSession): void;
  close(): void;
}
export type Connect = (hear: (message: FromSession) => void, lost: (why: string) => void) => Line;

export interface ClientHooks {
  frame(frame: Frame): void;
  health(health: Health): void;
  opened(request: OpenRequest): void;
  /** Runs `draw` when the page draws next. */
  beforePaint(draw: () => void): void;
}

/** Long runs are sought in slices; the session answers other requests meanwhile. */
const timeouts = { seek: 120_000, open: 30_000, other: 15_000, /** A learner may take days. */ until: 2 ** 31 - 1 };

/** While the run plays, a session that is silent for so many beats is gone. Beats, not a span of time: a machine that slept has missed none. */
const beatMs = 500;
const silentBeats = 10;
/** What may keep a session busy for longer than that. */
const slow: readonly string[] = ['open', 'seek', 'step', 'command', 'beside', 'switch', 'compare'];

/** A session lost again so soon after it was started anew would be lost for ever: a person decides. */
const revivalEveryMs = 30_000;

interface Waiting {
  slow: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

type Request = ToSession extends infer M ? (M extends { id: number } ? Omit<M, 'v' | 'id'> : never) : never;

export class SessionClient {
  private readonly connect: Connect;
  private readonly hooks: ClientHooks;
  private line: Line | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private request: OpenRequest | null = null;
  /** Commands given since the start, those of the request included. */
  private log: OpenRequest['commands'] = [];
  private nowMs = 0;
  private pending: Frame[] = [];
  private drawing = false;
  private watched: Watched | null = null;
  private playing = false;
  private speed = 1;
  private beat: ReturnType<typeof setInterval> | undefined;
  /** Beats since anything was heard. */
  private silent = 0;
  private revivedAtMs = Number.NEGATIVE_INFINITY;

  constructor(connect: Connect, hooks: ClientHooks) {
    this.connect = connect;
    this.hooks = hooks;
  }

  async open(request: OpenRequest): Promise<void> {
    if (!this.line) this.start();
    this.request = request;
    this.log = request.commands;
    this.nowMs = request.atMs;
    this.hooks.health({ state: 'starting' });
    this.hooks.opened(request);
    await this.ask({ type: 'open', request }, timeouts.open);
    this.hooks.health({ state: 'open' });
  }

  play(speed: number): void {
    this.playing = true;
    this.speed = speed;
    this.post({ v: protocolVersion, type: 'play', speed });
  }

  /** Looks into a component, or into none. */
  watch(watched: Watched | null): void {
    this.watched = watched;
    this.post({ v: protocolVersion, type: 'watch', watched });
  }

  pause(): void {
    this.playing = false;
    this.post({ v: protocolVersion, type: 'pause' });
  }

  seek(atMs: number): Promise<{ nowMs: number }> {
    return this.ask({ type: 'seek', atMs }, timeouts.seek) as Promise<{ nowMs: number }>;
  }

  step(by: 'message' | 'second' | 'event', count: 1 | -1, about?: string): Promise<{ nowMs: number }> {
    return this.ask({ type: 'step', by, count, ...(about ? { about } : {}) }, timeouts.seek) as Promise<{ nowMs: number }>;
  }

  /** Gives a command now. In the past this forks. */
  async command(command: Command): Promise<CommandAnswer> {
    const atMs = this.nowMs;
    const answer = (await this.ask({ type: 'command', command }, timeouts.other)) as CommandAnswer;
    this.log = [...this.log.filter((given) => given.atMs <= atMs), { atMs, command }];
    // The session knows the exact times.
    this.query({ q: 'history' }).then(
      ({ commands }) => {
        this.log = commands.slice(this.request?.manifest.trim() ? 1 : 0);
      },
      () => {},
    );
    return answer;
  }

  /** Resolves when the condition holds, at `limitMs`, or when it is given up. `go`: a speed to play at, at once, or as it is played. */
  until(condition: Condition, since: Moment, limitMs: number, go: number | 'at once' | null): Promise<Waited> {
    return this.ask({ type: 'until', condition, since, limitMs, go }, timeouts.until) as Promise<Waited>;
  }

  /** Waits for nothing any more. */
  async giveUp(): Promise<void> {
    await this.ask({ type: 'until', condition: null, since: { atMs: 0, place: 0 }, limitMs: 0, go: null }, timeouts.other);
  }

  query<Q extends Query>(query: Q): Promise<AnswerOf<Q>> {
    // Twenty thousand Services are written before their rules can be told.
    return this.ask({ type: 'query', query }, query.q === 'lens' ? timeouts.seek : timeouts.other) as Promise<AnswerOf<Q>>;
  }

  /** The run `of` anew with another mode or seed. Its number. */
  async beside(of: number, change: { mode?: WorldOptions['proxyMode']; seed?: number }): Promise<number> {
    return ((await this.ask({ type: 'beside', of, change }, timeouts.other)) as { run: number }).run;
  }

  /** Plays another run on, at the moment that is shown. The manifest that it applied last. */
  async switchRun(run: number): Promise<string> {
    const { request, applied } = (await this.ask({ type: 'switch', run }, timeouts.open)) as SwitchAnswer;
    this.request = { ...request, commands: [] };
    this.log = request.commands;
    return applied;
  }

  compare(a: number, b: number): Promise<CompareAnswer> {
    return this.ask({ type: 'compare', runs: [a, b] }, timeouts.seek) as Promise<CompareAnswer>;
  }

  /** What a new session needs to come to the same point. */
  recovery(): OpenRequest | null {
    return this.request && { ...this.request, commands: this.log, atMs: this.nowMs };
  }

  /** A new worker, opened anew and brought to `atMs` (default: where it was). */
  async restart(atMs?: number): Promise<void> {
    const request = this.recovery();
    this.close();
    if (!request) return;
    const goal = Math.max(0, atMs ?? request.atMs);
    const first = this.request as OpenRequest;
    await this.open({ ...request, atMs: goal });
    this.request = first;
  }

  close(): void {
    this.hangUp();
    this.pending = [];
    this.rejectAll('the session was closed');
  }

  private start(): void {
    const line = this.connect(
      (message) => {
        if (this.line === line) this.hear(message);
      },
      (why) => {
        if (this.line === line) this.lost(why);
      },
    );
    this.line = line;
    this.silent = 0;
    clearInterval(this.beat);
    this.beat = setInterval(() => this.listen(), beatMs);
    if (this.watched) this.post({ v: protocolVersion, type: 'watch', watched: this.watched });
  }

  private post(message: ToSession): void {
    this.line?.send(message);
  }

  private ask(request: Request, timeoutMs: number): Promise<unknown> {
    if (!this.line) return Promise.reject(new Error('the session is not running'));
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error('no answer in time'));
        this.lost('The simulator does not answer.');
      }, timeoutMs);
      this.waiting.set(id, { resolve, reject, timer, slow: slow.includes(request.type) });
      this.post({ v: protocolVersion, id, ...request } as ToSession);
    });
  }

  private hear(message: FromSession): void {
    if (message?.v !== protocolVersion) return;
    this.silent = 0;
    if (message.type === 'frame') this.take(message.frame);
    else if (message.type === 'failed') {
      const { message: text, atMs, seed } = message;
      this.hooks.health({ state: 'failed', message: text, atMs, seed });
    } else if (message.type === 'reply') {
      const waiting = this.waiting.get(message.id);
      if (!waiting) return;
      this.waiting.delete(message.id);
      clearTimeout(waiting.timer);
      if (message.ok) waiting.resolve(message.result);
      else waiting.reject(new Error(message.error));
    }
  }

  /** Frames are drawn when the page draws, and acknowledged then: a page out of sight gets no more. */
  private take(frame: Frame): void {
    this.pending.push(frame);
    this.nowMs = frame.nowMs;
    this.playing = frame.playing;
    if (this.drawing) return;
    this.drawing = true;
    this.hooks.beforePaint(() => {
      this.drawing = false;
      const frames = this.pending;
      this.pending = [];
      for (const next of frames) {
        this.hooks.frame(next);
        this.post({ v: protocolVersion, type: 'ack', frame: next.frame });
      }
    });
  }

  private hangUp(): void {
    this.line?.close();
    this.line = null;
    this.playing = false;
    clearInterval(this.beat);
  }

  /** A worker that was killed says nothing: somebody has to ask. */
  private listen(): void {
    if (!this.playing || [...this.waiting.values()].some((waiting) => waiting.slow)) {
      this.silent = 0;
      return;
    }
    this.silent += 1;
    if (this.silent > silentBeats) this.lost('The simulator does not answer.');
    else if (this.silent > 1) this.post({ v: protocolVersion, type: 'ping', id: 0 });
  }

  /** Starts anew from the log of commands, once; when that one is lost too, says so. */
  private lost(why: string): void {
    const { playing, nowMs: atMs } = this;
    const seed = this.request?.seed ?? 0;
    this.hangUp();
    this.rejectAll(why);
    const stopped = (message: string): void => this.hooks.health({ state: 'stopped', message, atMs, seed });
    const now = performance.now();
    if (!this.request || now - this.revivedAtMs < revivalEveryMs) {
      stopped(why);
      return;
    }
    this.revivedAtMs = now;
    this.restart(atMs).then(
      () => {
        this.hooks.health({ state: 'open', revived: { message: why, atMs, seed } });
        if (playing) this.play(this.speed);
      },
      () => {
        // The new one was lost on its way, and has said so.
      },
    );
  }

  private rejectAll(why: string): void {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new Error(why));
    }
    this.waiting.clear();
  }
}
