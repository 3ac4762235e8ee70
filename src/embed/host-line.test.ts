import { describe, expect, test, vi } from 'vitest';
import { type Handlers, HostLine, hostOrigin, maxCallsPerSecond } from './host-line.ts';
import type { FromEmbed } from './protocol.ts';

const origin = 'https://docs.example';

function setUp(from: { origin?: string } = {}) {
  const window = {};
  const sent: FromEmbed[] = [];
  let now = 5000;
  const handlers = Object.fromEntries(
    ['load', 'play', 'pause', 'seek', 'apply', 'select', 'theme', 'link'].map((name) => [name, vi.fn(async (give: unknown) => ({ name, give }))]),
  ) as unknown as { [C in keyof Handlers]: ReturnType<typeof vi.fn> };
  const line = new HostLine({ window, origin: from.origin ?? origin, post: (message) => sent.push(message), now: () => now }, handlers as unknown as Handlers);
  const hear = async (data: unknown, event: { source?: unknown; origin?: string } = {}) => {
    line.hear({ source: window, origin, data, ...event });
    await Promise.resolve();
    await Promise.resolve();
  };
  return { line, hear, sent, handlers, later: (ms: number) => (now += ms) };
}

const seek = (give: unknown, id = 1) => ({ kubarium: 1, id, call: 'seek', give });

test('a call of the page around is carried out and answered', async () => {
  const { hear, sent, handlers } = setUp();
  await hear(seek('42s'));
  expect(handlers.seek).toHaveBeenCalledWith('42s');
  expect(sent).toEqual([{ kubarium: 1, id: 1, ok: true, answer: { name: 'seek', give: '42s' } }]);
});

test('a handler that refuses is told of in its words', async () => {
  const { hear, sent, handlers } = setUp();
  handlers.seek.mockRejectedValueOnce(new Error('no such time'));
  await hear(seek('42s'));
  expect(sent).toEqual([{ kubarium: 1, id: 1, ok: false, error: 'no such time' }]);
});

describe('row 31: what is ignored, and counted', () => {
  test.each([
    ['another origin', seek('1s'), { origin: 'https://evil.example' }],
    ['an origin that begins alike', seek('1s'), { origin: `${origin}.evil.example` }],
    ['another window', seek('1s'), { source: {} }],
    ['no window', seek('1s'), { source: null }],
    ['another version', { ...seek('1s'), kubarium: 2 }, {}],
    ['no version', { id: 1, call: 'seek', give: '1s' }, {}],
    ['an unknown call', { ...seek('1s'), call: 'eval' }, {}],
    ['a call by an inherited name', { ...seek('1s'), call: 'constructor' }, {}],
    ['something beside the call', { ...seek('1s'), also: 1 }, {}],
    ['an id that is no number', { ...seek('1s'), id: '1' }, {}],
    ['a text', 'kubarium', {}],
    ['nothing', null, {}],
    ['a list', [1, 2], {}],
  ])('%s', async (_, data, event) => {
    const { line, hear, sent, handlers } = setUp();
    await hear(data, event);
    expect(sent).toEqual([]);
    expect(line.ignored).toBe(1);
    for (const handler of Object.values(handlers)) expect(handler).not.toHaveBeenCalled();
  });

  test('everybody, where the origin of the page around is not known', async () => {
    for (const unknown of ['', 'null']) {
      const { line, hear, sent } = setUp({ origin: unknown });
      await hear(seek('1s'), { origin: unknown });
      line.tell('state', { atMs: 0, playing: true });
      expect(sent).toEqual([]);
      expect(line.ignored).toBe(1);
    }
  });

  test('a flood beyond its bound, until the next second', async () => {
    const { line, hear, sent, later } = setUp();
    for (let i = 0; i < maxCallsPerSecond + 50; i += 1) await hear(seek('1s', i));
    expect(sent).toHaveLength(maxCallsPerSecond);
    expect(line.ignored).toBe(50);
    later(1000);
    await hear(seek('1s', 9999));
    expect(sent).toHaveLength(maxCallsPerSecond + 1);
  });
});

describe('what a call is given is bounded and checked', () => {
  test.each([
    ['seek', { atMs: 1 }, 'seek takes a time'],
    ['seek', 'x'.repeat(41), 'seek takes a time'],
    ['play', -1, 'play takes a speed'],
    ['play', Number.NaN, 'play takes a speed'],
    ['play', 1e9, 'play takes a speed'],
    ['apply', 5, 'apply must be text'],
    ['apply', 'x'.repeat(1_500_001), 'apply has 1500001 characters; at most 1500000 are read'],
    ['select', ['pod/x'], 'select must be text'],
    ['theme', 'url(x)', 'theme takes'],
    ['load', 'v1:x', 'load takes an object'],
    ['load', { link: 'x'.repeat(70_001) }, 'link has 70001 characters'],
    ['load', { scenario: {} }, 'scenario must be text'],
    ['load', { url: 'https://evil.example' }, 'load does not know "url"'],
    ['load', JSON.parse('{"__proto__": {"x": 1}}'), 'load does not know "__proto__"'],
    ['load', { seed: 1.5 }, 'seed must be a whole number'],
  ])('%s %#', async (call, give, words) => {
    const { hear, sent, handlers } = setUp();
    await hear({ kubarium: 1, id: 1, call, give });
    expect(sent).toEqual([{ kubarium: 1, id: 1, ok: false, error: expect.stringContaining(words) }]);
    expect(handlers[call as keyof Handlers]).not.toHaveBeenCalled();
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('who the page around is', () => {
  test.each([
    ['the browser’s word', '', ['https://a.example'], '', 'https://a.example'],
    ['the browser’s word, said alike', 'https://a.example', ['https://a.example'], '', 'https://a.example'],
    ['the address says another', 'https://b.example', ['https://a.example'], '', ''],
    ['the address, where the browser does not tell', 'https://a.example', undefined, '', 'https://a.example'],
    ['the referrer', '', undefined, 'https://a.example/page?x', 'https://a.example'],
    ['nothing', '', undefined, '', ''],
    ['a sandboxed page', '', ['null'], '', ''],
  ])('%s', (_, said, ancestors, referrer, expected) => expect(hostOrigin(said, ancestors, referrer)).toBe(expected));
});
