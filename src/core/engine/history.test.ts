import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError, Engine, maxMessagesPerInstant, type Rooms } from './engine.ts';
import { History } from './history.ts';
import type { Body, Room, TraceEntry } from './types.ts';

interface Toy {
  seen: number[];
  total: number;
}
interface Ping extends Body {
  readonly type: 'Ping';
  readonly value: number;
}
/** Passes a number on to its neighbour after a time of chance; every message changes its state. */
const toy = (to: string): Room<Toy> => ({
  initial: () => ({ seen: [], total: 0 }),
  handle(state, message, ctx) {
    const { value } = message.body as Ping;
    state.total += value;
    state.seen.push(ctx.nowMs);
    if (state.seen.length > 20) state.seen.shift();
    if (value > 0) ctx.send(to, { type: 'Ping', value: value - 1 } as Ping, Math.floor(ctx.random() * 200));
  },
});

const rooms = (): Rooms => ({ a: { room: toy('b') as Room<never>, args: {} }, b: { room: toy('a') as Room<never>, args: {} } });

function start(seed: number): { engine: Engine; history: History<number>; entries: TraceEntry[] } {
  const engine = new Engine(Engine.initialState(seed, 0), rooms());
  const entries: TraceEntry[] = [];
  engine.observers.push((e) => entries.push(e));
  engine.startAll();
  const history = new History<number>(engine, (value) => engine.send('', 'a', { type: 'Ping', value } as Ping, 0, 0));
  return { engine, history, entries };
}

describe('the past of a run', () => {
  test('same seed and commands, same run; another seed, another run', () => {
    const play = (seed: number): number => {
      const { engine, history } = start(seed);
      history.command(500);
      history.advance(60_000);
      return engine.state.traceHash;
    };
    expect(play(3)).toBe(play(3));
    expect(play(3)).not.toBe(play(4));
  });

  test('resuming from checkpoints at any times equals the run without them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 1000 }), (times, seed) => {
        const straight = start(seed);
        straight.history.schedule(10, 4000);
        straight.history.schedule(5000, 300);
        straight.history.advance(400_000);
        const jumping = start(seed);
        jumping.history.schedule(10, 4000);
        jumping.history.schedule(5000, 300);
        for (const atMs of times) jumping.history.seek(atMs);
        jumping.history.seek(400_000);
        expect(jumping.engine.state.traceHash).toBe(straight.engine.state.traceHash);
        expect(jumping.engine.state).toEqual(straight.engine.state);
      }),
      { numRuns: 25 },
    );
  });

  test('a command in the past forks: what lay ahead is dropped, what lay behind stays', () => {
    const { engine, history } = start(1);
    history.command(50);
    history.advance(2000);
    history.command(70);
    history.advance(5000);
    const { traceHash } = engine.state;
    history.seek(1000);
    expect(history.command(9).dropped).toEqual([{ atMs: 2000, command: 70 }]);
    history.advance(5000);
    expect(engine.state.traceHash).not.toBe(traceHash);
    history.seek(0);
    history.seek(5000);
    expect(history.log.map((c) => [c.atMs, c.command])).toEqual([
      [0, 50],
      [1000, 9],
    ]);
  });

  test('a command at the very moment to which one has gone back is executed once', () => {
    const { engine, history } = start(1);
    history.advance(1000);
    history.command(0);
    history.advance(2000);
    history.seek(1000);
    history.command(0);
    history.advance(3000);
    history.seek(500);
    history.seek(3000);
    expect((engine.state.rooms.a as Toy).seen).toEqual([1000, 1000]);
  });

  test('a seek forth over what was played before begins at a checkpoint, and ends as the run did', () => {
    const { engine, history } = start(1);
    history.command(4000);
    history.advance(400_000);
    const { traceHash } = engine.state;
    expect(history.seek(1000)).toBe(true);
    expect(history.seek(1100)).toBe(false);
    expect(history.seek(400_000)).toBe(true);
    expect(engine.state.traceHash).toBe(traceHash);
  });

  test('a command put into the log before what was played already takes effect there', () => {
    const { engine, history } = start(1);
    history.advance(400_000);
    history.seek(1000);
    history.schedule(2000, 0);
    history.seek(400_000);
    expect((engine.state.rooms.a as Toy).seen).toEqual([2000]);
  });

  test('checkpoints hold what did not change once', () => {
    const { engine, history } = start(1);
    (engine.state.rooms.b as Toy & { big?: number[] }).big = Array.from({ length: 50 }, (_, i) => i);
    history.checkpoint();
    history.advance(10);
    history.checkpoint();
    const taken = (history as unknown as { checkpoints: { state: { rooms: Record<string, { big: number[] }> } }[] }).checkpoints;
    expect(taken.at(-1)?.state.rooms.b).toBe(taken.at(-2)?.state.rooms.b);
  });
});

test('row 27: an endless loop of messages at one instant is an assertion that names the last sender', () => {
  const spin: Room<null> = { initial: () => null, handle: (_s, _m, ctx) => void ctx.send(ctx.self, { type: 'Again' }) };
  const engine = new Engine(Engine.initialState(1, 0), { 'n/spinner': { room: spin as Room<never>, args: {} } });
  engine.startAll();
  engine.send('', 'n/spinner', { type: 'Go' }, 5, 0);
  expect(() => engine.advance(10)).toThrow(AssertionError);
  expect(engine.state.atThisInstant).toBe(maxMessagesPerInstant + 1);
  try {
    engine.advance(10);
  } catch (error) {
    expect((error as Error).message).toBe('more than 200000 messages at 5 ms; the last came from n/spinner (Again to n/spinner)');
  }
});

test('a query leaves no trace', () => {
  const asked: Room<null> = { initial: () => null, handle() {}, serve: (_s, _r, ctx) => ctx.random() };
  const engine = new Engine(Engine.initialState(1, 0), { x: { room: asked as Room<never>, args: {} } });
  engine.startAll();
  const before = JSON.stringify(engine.state);
  const told: TraceEntry[] = [];
  engine.observers.push((e) => told.push(e));
  engine.query('x', { type: 'Q' });
  const drawn = engine.query('x', { type: 'Q' });
  expect(engine.ask('', 'x', { type: 'Q' })).toBe(drawn);
  expect(told).toHaveLength(1);
  expect(JSON.parse(before).seq).toBe(0);
});
