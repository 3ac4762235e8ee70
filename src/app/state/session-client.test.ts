import { describe, expect, it } from 'vitest';
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
  const lines: { hear(m: FromSession): void; lost(why: string): void; closed: boolean }[] = [];
  let paint: (() => void) | undefined;
  const client = new SessionClient(
    (hear, lost) => {
      const line = { hear, lost, closed: false };
      lines.push(line);
      return {
        send: (m) => {
          sent.push(m);
          if (!('id' in m)) return;
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

  it('rejects what waits when the worker is lost, and says so', async () => {
    const { client, health, lines } = setUp();
    await client.open(request);
    const waiting = client.seek(1000);
    lines[0]?.lost('out of memory');
    await expect(waiting).rejects.toThrow('out of memory');
    expect(health.at(-1)).toMatchObject({ state: 'stopped', message: 'out of memory', seed: 7 });
    expect(lines[0]?.closed).toBe(true);
  });

  it('starts anew with the commands given, at the time where it was', async () => {
    const { client, sent, lines, health } = setUp();
    await client.open(request);
    lines[0]?.hear({ v: 1, type: 'frame', frame: frame({ nowMs: 9000 }) });
    await client.command(shell);
    await new Promise((resolve) => setTimeout(resolve));
    lines[0]?.lost('gone');
    await client.restart();
    expect(lines).toHaveLength(2);
    // The first command of the history is the manifest's own.
    expect(sent.findLast((m) => m.type === 'open')).toMatchObject({
      request: { atMs: 9000, manifest: 'kind: Pod', commands: [{ atMs: 4321, command: shell }] },
    });
    expect(health.at(-1)).toEqual({ state: 'open' });
  });

  it('tells of the model’s own failures', async () => {
    const { client, health, lines } = setUp();
    await client.open(request);
    lines[0]?.hear({ v: 1, type: 'failed', message: 'two pods at one address', atMs: 12, seed: 7 });
    expect(health.at(-1)).toEqual({ state: 'failed', message: 'two pods at one address', atMs: 12, seed: 7 });
  });
});
