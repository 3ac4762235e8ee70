/** Links of every kind that was ever released: each must be read as what it was made of, and run to its moment. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeLink, encodeLink, maxLinkBytes, type SharedLink } from './link.ts';
import type { FromSession } from './protocol.ts';
import { protocolVersion } from './protocol.ts';
import { Session } from './session.ts';

const folder = new URL('../../fixtures/links/', import.meta.url);
const kept = readdirSync(folder).filter((name) => name.endsWith('.json'));
const defaults: SharedLink = { title: '', scenario: '', manifest: '', seed: 1, options: {}, commands: [], view: { atMs: 0, selected: '', mode: '' } };

/** The moment and the commands of a session that opened the link, once it has come there. */
async function opened(link: SharedLink): Promise<{ nowMs: number; commands: number; failed: string[] }> {
  const heard: FromSession[] = [];
  const session = new Session(
    (message) => {
      heard.push(message);
      if (message.type === 'frame') queueMicrotask(() => session.receive({ v: protocolVersion, type: 'ack', frame: message.frame.frame }));
    },
    { now: () => performance.now(), later: (_, act) => void setImmediate(act) },
  );
  const reply = async (id: number): Promise<unknown> => {
    for (;;) {
      const answer = heard.find((message) => message.type === 'reply' && message.id === id);
      if (answer?.type === 'reply') return answer.ok ? answer.result : { error: answer.error };
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const { manifest, seed, options, commands, title, view } = link;
  session.receive({ v: protocolVersion, type: 'open', id: 1, request: { title, manifest, seed, options, commands, atMs: 0 } });
  await reply(1);
  session.receive({ v: protocolVersion, type: 'seek', id: 2, atMs: view.atMs });
  const { nowMs } = (await reply(2)) as { nowMs: number };
  session.receive({ v: protocolVersion, type: 'query', id: 3, query: { q: 'history' } });
  const history = (await reply(3)) as { commands: unknown[] };
  const failed = heard.flatMap((message) => (message.type === 'failed' ? [message.message] : message.type === 'reply' && !message.ok ? [message.error] : []));
  return { nowMs, commands: history.commands.length, failed };
}

describe('every kept link opens', () => {
  test('there are some', () => expect(kept.length).toBeGreaterThanOrEqual(13));
  test.each(kept)('%s', async (name) => {
    const { link: text, holds } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { link: string; holds: Partial<SharedLink> };
    const { link, error } = await decodeLink(text);
    expect(error).toBeUndefined();
    expect(link).toEqual({ ...defaults, ...holds });
    const run = await opened(link as SharedLink);
    expect(run).toEqual({ nowMs: link?.view.atMs, commands: (link?.commands.length ?? 0) + (link?.manifest === '' ? 0 : 1), failed: [] });
  });
});

test('a typical run with edits fits into 2 000 characters', async () => {
  const { holds } = JSON.parse(readFileSync(new URL('opening.json', folder), 'utf8')) as { holds: SharedLink };
  const edit = (text: string, atMs: number): SharedLink['commands'][number] => ({
    atMs,
    command: { type: 'kubectl', argv: ['apply', '-f', 'manifest.yaml'], namespace: 'default', files: { 'manifest.yaml': { documents: [], text } } },
  });
  const commands: SharedLink['commands'] = [
    edit(holds.manifest.replace('replicas: 3', 'replicas: 5'), 10_000),
    edit(holds.manifest.replace('replicas: 3', 'replicas: 5').replace('nginx:1.27', 'nginx:1.28'), 20_000),
    edit(holds.manifest.replace('initialDelaySeconds: 3', 'initialDelaySeconds: 30'), 30_000),
    { atMs: 35_000, command: { type: 'inject', id: 'f1', fault: { kind: 'stopUnit', node: 'worker-1', unit: 'kubelet' } } },
    { atMs: 36_000, command: { type: 'kubectl', argv: ['scale', 'deployment', 'web', '--replicas=7'], namespace: 'default', files: {} } },
  ];
  const code = await encodeLink({ ...holds, commands, made: { model: '1.36.2-1', seq: 123_456, traceHash: 4_000_000_000 } });
  expect(code.length).toBeLessThanOrEqual(2000);
});

test('row 2: a bomb of the greatest allowed size is stopped at its cap, and memory stays flat', async () => {
  const { deflateRawSync } = await import('node:zlib');
  // As much as 48 KB of deflate can hold: about 50 MB.
  const bomb = `v1:${deflateRawSync(Buffer.alloc(48 * 1024 * 1024)).toString('base64url')}`;
  expect(bomb.length).toBeLessThan(maxLinkBytes + 3);
  const before = process.memoryUsage().arrayBuffers;
  const { error } = await decodeLink(bomb);
  expect(error).toContain('holds more than 2097152 bytes');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});
