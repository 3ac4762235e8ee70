/** The engine: takes the next message from the queue, hands it to its room, and lets the room speak. */
import { pop, push } from './queue.ts';
import { fnv1a, nextRandom, type RandomState, randomState } from './random.ts';
import { copyUnfrozen } from './share.ts';
import type { Address, Body, Ctx, FieldRef, Message, Observer, Room, TraceEntry } from './types.ts';

/** Everything that exists, as plain JSON. Cloning it is the snapshot. */
export interface EngineState {
  nowMs: number;
  /** The last `seq` given out. */
  seq: number;
  seed: number;
  /** Milliseconds since 1970 at 0 s. */
  startEpochMs: number;
  queue: Message[];
  /** address → the room's own state. */
  rooms: Record<Address, unknown>;
  random: Record<Address, RandomState>;
  /** Addresses whose process does not run: messages to them are dropped. */
  stopped: Record<Address, true>;
  /** `from to` pairs (hosts or addresses) between which nothing arrives. */
  cut: Record<string, true>;
  /** What is on its way over a cut: it arrives when the cut ends, as TCP sends again until it is heard. */
  held: Message[];
  /** Running FNV-1a over every entry of the trace: equal hashes mean equal runs. */
  traceHash: number;
  /** Messages handled so far. */
  handled: number;
  /** Trace entries told so far: the place of an entry in the run. */
  told: number;
  /** Messages handled at `nowMs` so far. */
  atThisInstant: number;
}

/** address → its code and the arguments of `initial`. Not state: rebuilt by `world.ts` from the options. */
export type Rooms = Record<Address, { room: Room<never>; args: unknown }>;

/** More messages than this at one instant is an endless loop of zero-delay messages. */
export const maxMessagesPerInstant = 200_000;

/** More than this many messages over a cut are lost for good. */
export const maxHeld = 20_000;

/** One of the model's own assertions did not hold: a bug of the simulator, not of what it simulates. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

const hostOf = (address: Address): string => {
  const slash = address.indexOf('/');
  return slash < 0 ? address : address.slice(0, slash);
};

/** FNV-1a of addresses and types: few, and asked for with every entry of the trace. */
const hashes = new Map<string, number>();
function hashOf(text: string): number {
  let hash = hashes.get(text);
  if (hash === undefined) {
    hash = fnv1a(text);
    if (hashes.size < 10_000) hashes.set(text, hash);
  }
  return hash;
}

const nobody: Body = Object.freeze({ type: 'Nothing' });

export class Engine {
  state: EngineState;
  readonly rooms: Rooms;
  readonly observers: Observer[] = [];
  /** Rooms that ran since `history.ts` last emptied this: the others are as they were. */
  readonly touched = new Set<Address>();
  /** Hears the notes alone: what the world itself acts on. */
  onNote: ((body: Body) => void) | undefined;
  private hostFor: Address = '';
  private hostName = '';
  private current: Message = { seq: 0, atMs: 0, sentMs: 0, from: '', to: '', cause: 0, body: nobody };
  private self: Address = '';
  private readonly ctx: Ctx;
  /** A query is under way: nothing of it is told. */
  private muted = false;

  constructor(state: EngineState, rooms: Rooms) {
    this.state = state;
    this.rooms = rooms;
    const engine = this;
    this.ctx = {
      get nowMs() {
        return engine.state.nowMs;
      },
      get epochMs() {
        return engine.state.startEpochMs + engine.state.nowMs;
      },
      get self() {
        return engine.self;
      },
      get host() {
        return engine.host();
      },
      get message() {
        return engine.current;
      },
      send: (to, body, delayMs, why) => engine.send(engine.self, to, body, delayMs ?? 0, engine.current.seq, why),
      call: (to, request) => engine.call(to, request) as never,
      note: (body, why) => engine.note(body, why),
      random: () => nextRandom(engine.streamOf(engine.self)),
      isUp: (address) => engine.rooms[address] !== undefined && !engine.state.stopped[address],
    };
  }

  /** `startMs` may be negative: what runs before 0 s is the cluster's past. */
  static initialState(seed: number, startEpochMs: number, startMs = 0): EngineState {
    return {
      nowMs: startMs,
      handled: 0,
      told: 0,
      seq: 0,
      seed,
      startEpochMs,
      queue: [],
      rooms: {},
      random: {},
      stopped: {},
      cut: {},
      held: [],
      traceHash: fnv1a(''),
      atThisInstant: 0,
    };
  }

  /** Makes the state of every room, in the order of `rooms`. */
  startAll(): void {
    for (const address of Object.keys(this.rooms)) this.start(address);
  }

  /** Starts (again) the process at `address`. */
  start(address: Address): void {
    const entry = this.rooms[address];
    if (!entry) return;
    const old = this.state.rooms[address];
    delete this.state.stopped[address];
    this.touched.add(address);
    this.as(address, this.current, () => {
      const make =
        old !== undefined && entry.room.restart
          ? () => entry.room.restart?.(old as never, entry.args as never, this.ctx)
          : () => entry.room.initial(entry.args as never, this.ctx);
      this.state.rooms[address] = make();
    });
  }

  /** Kills the process at `address`: its state stays for `restart`, its timers and mail are dropped. */
  stop(address: Address): void {
    this.state.stopped[address] = true;
    this.state.queue = this.state.queue.filter((m) => m.to !== address);
    this.state.queue.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq);
  }

  send(from: Address, to: Address, body: Body, delayMs: number, cause: number, why?: FieldRef): number {
    const s = this.state;
    s.seq += 1;
    const atMs = s.nowMs + (delayMs > 0 ? Math.floor(delayMs) : 0);
    push(s.queue, why ? { seq: s.seq, atMs, sentMs: s.nowMs, from, to, cause, body, why } : { seq: s.seq, atMs, sentMs: s.nowMs, from, to, cause, body });
    return s.seq;
  }

  /** Runs until `untilMs` inclusive, or until `maxMessages` were handled. True when `untilMs` was reached. */
  advance(untilMs: number, maxMessages = Number.MAX_SAFE_INTEGER): boolean {
    const s = this.state;
    let left = maxMessages;
    for (let next = s.queue[0]; next !== undefined && next.atMs <= untilMs; next = s.queue[0]) {
      if (left === 0) return false;
      left -= 1;
      pop(s.queue);
      this.deliver(next);
    }
    if (untilMs > s.nowMs) {
      s.nowMs = untilMs;
      s.atThisInstant = 0;
    }
    return true;
  }

  private deliver(message: Message): void {
    const s = this.state;
    if (message.atMs > s.nowMs) {
      s.nowMs = message.atMs;
      s.atThisInstant = 0;
    }
    s.atThisInstant += 1;
    s.handled += 1;
    if (s.atThisInstant > maxMessagesPerInstant)
      throw new AssertionError(
        `more than ${maxMessagesPerInstant} messages at ${s.nowMs} ms; the last came from ${message.from} (${message.body.type} to ${message.to})`,
      );
    const entry = this.rooms[message.to];
    const cut = entry !== undefined && this.isCut(message.from, message.to);
    if (!entry || cut || s.stopped[message.to]) {
      this.tell(message, 'dropped');
      if (cut && s.held.length < maxHeld) s.held.push(message);
      return;
    }
    this.tell(message, 'message');
    const [self, current] = [this.self, this.current];
    this.self = message.to;
    this.touched.add(message.to);
    this.current = message;
    try {
      entry.room.handle(s.rooms[message.to] as never, message, this.ctx);
    } catch (error) {
      throw this.failure(message.to, message, error);
    } finally {
      this.self = self;
      this.current = current;
    }
  }

  private host(): string {
    if (this.hostFor !== this.self) {
      this.hostFor = this.self;
      this.hostName = hostOf(this.self);
    }
    return this.hostName;
  }

  /** Begins or ends a cut between two hosts or addresses, in one direction. */
  setCut(from: string, to: string, on: boolean): void {
    const s = this.state;
    if (on) s.cut[`${from} ${to}`] = true;
    else delete s.cut[`${from} ${to}`];
    const held = s.held;
    s.held = [];
    for (const message of held) {
      if (this.isCut(message.from, message.to)) s.held.push(message);
      else push(s.queue, { ...message, atMs: s.nowMs });
    }
  }

  private isCut(from: Address, to: Address): boolean {
    for (const _ in this.state.cut) return this.state.cut[`${hostOf(from)} ${hostOf(to)}`] === true || this.state.cut[`${from} ${to}`] === true;
    return false;
  }

  private call(to: Address, request: Body): unknown {
    const s = this.state;
    const entry = this.rooms[to];
    if (!entry?.room.serve || s.stopped[to]) return { error: 'unavailable' };
    s.seq += 1;
    const message: Message = { seq: s.seq, atMs: s.nowMs, sentMs: s.nowMs, from: this.self, to, cause: this.current.seq, body: request };
    this.tell(message, 'call');
    const [self, current] = [this.self, this.current];
    this.self = to;
    this.touched.add(to);
    this.current = message;
    try {
      return entry.room.serve(s.rooms[to] as never, request, this.ctx);
    } catch (error) {
      throw this.failure(to, message, error);
    } finally {
      this.self = self;
      this.current = current;
    }
  }

  /** A call from outside the model, made for its effect (a fault): part of the run like any other. */
  ask(from: Address, to: Address, request: Body): unknown {
    let answer: unknown;
    this.as(from, { ...this.current, seq: 0 }, () => {
      answer = this.call(to, request);
    });
    return answer;
  }

  /** A question from outside the model (the page, a tool): whatever is asked, the run is as if it had not been. `request` must be one that changes nothing. */
  query(to: Address, request: Body): unknown {
    const { seq, told, traceHash } = this.state;
    const random = copyUnfrozen(this.state.random);
    this.muted = true;
    try {
      return this.ask('', to, request);
    } finally {
      this.muted = false;
      Object.assign(this.state, { seq, told, traceHash, random });
    }
  }

  private note(body: Body, why?: FieldRef): void {
    const s = this.state;
    s.seq += 1;
    this.hear(this.self, body.type, s.seq, s.nowMs);
    if (this.muted) return;
    this.onNote?.(body);
    if (this.observers.length === 0) return;
    const [self, cause] = [this.self, this.current.seq];
    this.show({ seq: s.seq, atMs: s.nowMs, sentMs: s.nowMs, from: self, to: self, cause, body, ...(why ? { why } : {}), kind: 'note' });
  }

  private tell(message: Message, kind: TraceEntry['kind']): void {
    this.hear(message.to, message.body.type, message.seq, message.atMs);
    if (!this.muted && this.observers.length > 0) this.show({ ...message, kind });
  }

  /** Takes an entry into the hash of the trace, and counts it. */
  private hear(to: Address, type: string, seq: number, atMs: number): void {
    const s = this.state;
    const place = Math.imul(Math.imul(s.traceHash ^ hashOf(to), 0x01000193) ^ seq, 0x01000193);
    s.traceHash = Math.imul(Math.imul(place ^ atMs, 0x01000193) ^ hashOf(type), 0x01000193) >>> 0;
    if (!this.muted) s.told += 1;
  }

  private show(entry: TraceEntry): void {
    for (const observe of this.observers) observe(entry);
  }

  private as(address: Address, message: Message, act: () => void): void {
    const [self, current] = [this.self, this.current];
    this.self = address;
    this.current = message;
    try {
      act();
    } catch (error) {
      throw this.failure(address, message, error);
    } finally {
      this.self = self;
      this.current = current;
    }
  }

  private failure(address: Address, message: Message, error: unknown): AssertionError {
    if (error instanceof AssertionError) return error;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return new AssertionError(`${address} at ${this.state.nowMs} ms, message ${message.seq} ${message.body.type} from ${message.from}: ${reason}`);
  }

  private streamOf(address: Address): RandomState {
    let stream = this.state.random[address];
    if (!stream) {
      stream = randomState(this.state.seed, address);
      this.state.random[address] = stream;
    }
    return stream;
  }
}
