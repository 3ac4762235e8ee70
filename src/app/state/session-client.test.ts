import { describe, expect, it, vi } from 'vitest';
import type { FromSession, OpenRequest, ToSession } from '../../session/protocol.ts';
import { frame } from '../testing/fixture-frame.ts';
import type { Health } from './run.ts';
import { SessionClient } from './session-client.ts';

const request: OpenRequest = { title: 't', manifest: 'kind: Pod', seed: 7, options: {}, commands: [], atMs: 0 };
const shell = { type: 'shell', host: 'client', command: 'true' } as const;

/** A session that answers at once; the test plays its part. */
function setUp() {
  const sent: ToSession[] = [];
  const health: Health[] = [];
  const lines: { hear(m: FromSession): void; lost(why: string): void; closed: boolean; mute: boolean }[] = [];
  let paint: (() => void) | undefined;
  const client = new SessionClient(
    (hear, lost) => {
      const line = { hear, lost, closed: false, mute: false };
      lines.push(line);
      return {
        send: (m) => {
          sent.push(m);
          if (!('id' in m) || line.mute) return;
          const result =
            m.type === 'query'
              ? {
                  commands: [
                    { atMs: 0, command: shell },
                    { atMs: 4321, command: shell },
                  ],
                }
              : { id: 'command-1', result: null, forked: false };
          queueMicrotask(() => hear({ v: 1, type: 'reply', id: m.id, ok: true, result }));
        },
        close: () => {
          line.closed = true;
        },
      };
    },
    { frame: () => {}, health: (h) => health.push(h), opened: () => {}, beforePaint: (draw) => (paint = draw) },
  );
  return { client, sent, health, lines, draw: () => paint?.() };
}

describe('session client', () => {
  it('acknowledges frames when they are drawn, not before', async () => {
    const { client, sent, lines, draw } = setUp();
    await client.open(request);
    lines[0]?.hear({ v: 1, type: 'frame', frame: frame({ frame: 5 }) });
    expect(sent.some((m) => m.type === 'ack')).toBe(false);
    draw();
    expect(sent.at(-1)).toEqual({ v: 1, type: 'ack', frame: 5 });
  });

  it('row 30: rejects what waits when the worker is lost; when the next is lost too, says so and waits for a person', async () => {
    const { client, health, lines } = setUp();
    await client.open(request);
    const waiting = client.seek(1000);
    lines[0]?.lost('out of memory');
    await expect(waiting).rejects.toThrow('out of memory');
    expect(lines[0]?.closed).toBe(true);
    await new Promise((resolve) => setTimeout(resolve));
    expect(health.at(-1)).toMatchObject({ state: 'open', revived: { message: 'out of memory', seed: 7 } });
    lines[1]?.lost('out of memory');
    await new Promise((resolve) => setTimeout(resolve));
    expect(health.at(-1)).toMatchObject({ state: 'stopped', message: 'out of memory', seed: 7 });
    expect(lines).toHaveLength(2);
  });

  it('row 30: starts anew by itself with the commands given, at the time where it was, and plays on', async () => {
    const { client, sent, lines, health } = setUp();
    await client.open(request);
    client.play(10);
    lines[0]?.hear({ v: 1, type: 'frame', frame: frame({ nowMs: 9000, playing: true }) });
    await client.command(shell);
    await new Promise((resolve) => setTimeout(resolve));
    lines[0]?.lost('gone');
    await new Promise((resolve) => setTimeout(resolve));
    expect(lines).toHaveLength(2);
    // The first command of the history is the manifest's own.
    expect(sent.findLast((m) => m.type === 'open')).toMatchObject({
      request: { atMs: 9000, manifest: 'kind: Pod', commands: [{ atMs: 4321, command: shell }] },
    });
    expect(health.at(-1)).toEqual({ state: 'open', revived: { message: 'gone', atMs: 9000, seed: 7 } });
    expect(sent.at(-1)).toMatchObject({ type: 'play', speed: 10 });
  });

  it('tells of the model’s own failures', async () => {
    const { client, health, lines } = setUp();
    await client.open(request);
    lines[0]?.hear({ v: 1, type: 'failed', message: 'two pods at one address', atMs: 12, seed: 7 });
    expect(health.at(-1)).toEqual({ state: 'failed', message: 'two pods at one address', atMs: 12, seed: 7 });
  });

  it('row 30: a worker that was killed while it plays is missed after ten silent beats, and one that answers is not', async () => {
    vi.useFakeTimers();
    try {
      const { client, health, lines } = setUp();
      await client.open(request);
      client.play(1);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(health.at(-1)).toEqual({ state: 'open' });
      lines[0]!.mute = true;
      await vi.advanceTimersByTimeAsync(5000);
      expect(health.at(-1)).toEqual({ state: 'open' });
      await vi.advanceTimersByTimeAsync(1000);
      expect(lines[0]?.closed).toBe(true);
      expect(health.at(-1)).toMatchObject({ state: 'open', revived: { message: 'The simulator does not answer.', atMs: 0, seed: 7 } });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(lines).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('row 30: a silent worker is not missed while the run rests, or while it works on what takes long', async () => {
    vi.useFakeTimers();
    try {
      const { client, health, lines } = setUp();
      await client.open(request);
      lines[0]!.mute = true;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(health.at(-1)).toEqual({ state: 'open' });
      client.play(1);
      client.seek(1000).catch(() => {});
      await vi.advanceTimersByTimeAsync(60_000);
      expect(health.at(-1)).toEqual({ state: 'open' });
      await vi.advanceTimersByTimeAsync(61_000);
      expect(health.at(-1)).toMatchObject({ state: 'open', revived: { message: 'The simulator does not answer.' } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('row 30: answers out of order go to their questions; what is of another version, type or id is ignored', async () => {
    const { client, lines, health } = setUp();
    await client.open(request);
    const line = lines[0]!;
    line.mute = true;
    const [one, two] = [client.seek(1000), client.seek(2000)];
    const answer = (id: number, nowMs: number, v = 1): void => line.hear({ v, type: 'reply', id, ok: true, result: { nowMs } } as FromSession);
    answer(3, 99, 2);
    answer(77, 99);
    line.hear({ v: 1, type: 'strange', id: 2 } as unknown as FromSession);
    line.hear(null as unknown as FromSession);
    line.hear('text' as unknown as FromSession);
    answer(3, 2000);
    answer(3, 98);
    answer(2, 1000);
    expect([await one, await two]).toEqual([{ nowMs: 1000 }, { nowMs: 2000 }]);
    expect(health.at(-1)).toEqual({ state: 'open' });
  });
});
