import { expect, test } from 'vitest';
import { withFieldDocs } from './field-docs.ts';

test('messages keep their order while the words are loaded for the first command that wants them', async () => {
  const got: unknown[] = [];
  const receive = withFieldDocs((message) => got.push(message));
  const messages = [
    { type: 'play', speed: 1 },
    { type: 'command', command: { type: 'kubectl', argv: ['explain', 'pod'] } },
    { type: 'pause' },
    { type: 'command', command: { type: 'kubectl', argv: ['get', 'pods'] } },
  ];
  for (const message of messages) receive(message);
  expect(got).toEqual(messages.slice(0, 1));
  await expect.poll(() => got.length).toBe(4);
  expect(got).toEqual(messages);
  receive({ type: 'command', command: { type: 'kubectl', argv: ['explain', 'svc'] } });
  expect(got).toHaveLength(5);
});
