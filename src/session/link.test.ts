import { deflateRawSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { decodeLink, encodeLink, type SharedLink } from './link.ts';

const link: SharedLink = {
  title: 'A <b>title</b>',
  scenario: '',
  manifest: 'kind: Pod\n'.repeat(500),
  seed: 7,
  options: { workers: 2, proxyMode: 'ipvs' },
  commands: [
    {
      atMs: 10,
      command: { type: 'kubectl', argv: ['apply', '-f', 'm.yaml'], namespace: 'default', files: { 'm.yaml': { documents: [], text: 'kind: Pod' } } },
    },
    { atMs: 20, command: { type: 'inject', id: 'a', fault: { kind: 'stopUnit', node: 'worker-1', unit: 'kubelet' } } },
  ],
  view: { atMs: 42_000, selected: 'pod/x', mode: '' },
};
const raw = (value: unknown): string => `v1:${deflateRawSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')}`;
const errorOf = async (fragment: string) => (await decodeLink(fragment)).error;

test('there and back', async () => {
  const code = await encodeLink(link);
  expect(code).toMatch(/^v1:[A-Za-z0-9_-]+$/);
  expect(await decodeLink(`#${code}`)).toEqual({ link });
});

test('row 39: a browser without CompressionStream says what is missing', async () => {
  const code = await encodeLink(link);
  vi.stubGlobal('CompressionStream', undefined);
  vi.stubGlobal('DecompressionStream', undefined);
  try {
    expect(await errorOf(code)).toBe('This browser cannot open links: it has no DecompressionStream.');
  } finally {
    vi.unstubAllGlobals();
  }
});

describe('what is no link', () => {
  test.each([
    ['', 'This is not a link of Kubarium.'],
    ['#v1:', 'The link is empty.'],
    ['#v0:abc', 'This link is of version 0; this page reads version 1.'],
    ['#v99:abc', 'This link is of version 99; this page reads version 1.'],
    ['#v1:%%%', 'The link is damaged: it has characters that do not belong in it.'],
    ['#v1:abcd', 'The link is damaged or cut short.'],
    [`#v1:${'A'.repeat(70_000)}`, 'The link has 70000 characters; at most 65536 are read.'],
    [raw('not json'), 'The link is damaged: what it holds cannot be read.'],
  ])('row 1: %.20s', async (fragment, message) => {
    expect(await errorOf(fragment)).toBe(message);
  });
  test('row 1: cut short', async () => {
    const code = await encodeLink(link);
    expect(await errorOf(code.slice(0, -10))).toMatch(/damaged/);
  });
  test('row 2: a bomb is stopped at the cap', async () => {
    expect(await errorOf(raw(`"${'a'.repeat(30_000_000)}"`))).toBe('The link holds more than 2097152 bytes and is not opened.');
  });
});

describe('wrong shapes name the field', () => {
  test.each([
    [[], 'link must be an object'],
    [{ ...link, seed: 'x' }, 'seed must be a whole number'],
    [{ ...link, seed: -1 }, 'seed must be a whole number'],
    [{ ...link, manifest: {} }, 'manifest must be text'],
    [{ ...link, extra: 1 }, 'extra is not known'],
    [{ ...link, options: { workers: 99 } }, 'options.workers must be a whole number from 0 to 12'],
    [{ ...link, options: { proxyMode: 'ebpf' } }, 'options.proxyMode must be one of iptables, ipvs, nftables'],
    [{ ...link, commands: [{ atMs: 1e308, command: link.commands[0]?.command }] }, 'commands[0].atMs must be a whole number'],
    [{ ...link, commands: [{ atMs: -5, command: link.commands[0]?.command }] }, 'commands[0].atMs must be a whole number'],
    [{ ...link, commands: link.commands.slice().reverse() }, 'commands[1].atMs comes before the command ahead of it'],
    [{ ...link, commands: Array.from({ length: 3000 }, () => ({ atMs: 0 })) }, 'commands has 3000 entries; at most 2000 are read'],
    [{ ...link, commands: [{ atMs: 0, command: { type: 'eval' } }] }, 'commands[0].command.type is none of'],
    [{ ...link, view: { atMs: null } }, 'view.atMs must be a whole number'],
  ])('row 3: %#', async (value, message) => {
    expect(await errorOf(raw(value))).toContain(`The link cannot be opened: ${message}`);
  });
  test('row 4: a million commands; times that are none', async () => {
    const one = { atMs: 0, command: { type: 'shell', host: 'client', command: 'true' } };
    expect(await errorOf(raw({ commands: Array.from({ length: 10_000 }, () => one) }))).toContain('commands has 10000 entries; at most 2000 are read');
    expect(await errorOf(raw({ commands: Array.from({ length: 1_000_000 }, () => 1) }))).toContain('commands has 1000000 entries; at most 2000 are read');
    for (const atMs of ['-1', '1e308', '1.5', 'null', '"5"', '1e400'])
      expect(await errorOf(raw(`{"commands":[{"atMs":${atMs},"command":{}}]}`)), atMs).toContain('commands[0].atMs must be a whole number');
    expect(await errorOf(raw('{"commands":[{"atMs":NaN}]}'))).toContain('cannot be read');
  });
  test('row 5: constructor, prototype and __proto__ at any depth', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype'])
      for (const text of [
        `{"${key}":{"polluted":1}}`,
        `{"options":{"${key}":{"polluted":1}}}`,
        `{"view":{"${key}":{"polluted":1}}}`,
        `{"commands":[{"atMs":0,"command":{"type":"shell","host":"a","command":"b","${key}":{"polluted":1}}}]}`,
      ])
        expect(await errorOf(raw(text)), text).toContain(`${key} is not known`);
    const files = await decodeLink(raw('{"commands":[{"atMs":0,"command":{"type":"kubectl","argv":[],"files":{"__proto__":{"polluted":1}}}}]}'));
    expect(files.link?.commands).toHaveLength(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
  test('row 6: markup, scripts and control characters stay text; 100 000 characters of a title are refused', async () => {
    const nasty = '<img onerror=alert(1) src=x> javascript:alert(1) \u001b[31m \u202e\u200b';
    const { link: read } = await decodeLink(raw({ ...link, title: nasty }));
    expect(read?.title).toBe(nasty);
    expect(await errorOf(raw({ ...link, title: 'x'.repeat(100_000) }))).toContain('title has 100000 characters; at most 300 are read');
    expect(await errorOf(raw({ ...link, view: { atMs: 0, selected: 'x'.repeat(100_000), mode: '' } }))).toContain('view.selected has 100000 characters');
  });
  test('row 5: __proto__ is refused and changes nothing', async () => {
    expect(await errorOf(raw(JSON.stringify(link).replace('"title"', '"__proto__":{"polluted":1},"title"')))).toContain('__proto__ is not known');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
