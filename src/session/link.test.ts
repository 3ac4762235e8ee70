import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
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
  ])('%.20s', async (fragment, message) => {
    expect(await errorOf(fragment)).toBe(message);
  });
  test('cut short', async () => {
    const code = await encodeLink(link);
    expect(await errorOf(code.slice(0, -10))).toMatch(/damaged/);
  });
  test('a bomb is stopped at the cap', async () => {
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
  ])('%#', async (value, message) => {
    expect(await errorOf(raw(value))).toContain(`The link cannot be opened: ${message}`);
  });
  test('__proto__ is refused and changes nothing', async () => {
    expect(await errorOf(raw(JSON.stringify(link).replace('"title"', '"__proto__":{"polluted":1},"title"')))).toContain('__proto__ is not known');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
