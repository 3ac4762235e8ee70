// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { encodeLink, linkText, type SharedLink } from '../../session/link.ts';
import { modelVersion } from '../../session/model-version.ts';
import type { OpenRequest } from '../../session/protocol.ts';
import { useUi } from '../state/ui.ts';
import { embedCode, markdownOf, rootOf } from './moment.ts';
import { openLocation } from './open.ts';
import { openFile } from './open-link.ts';
import { useLinkNotice } from './opener.ts';

const link: SharedLink = {
  title: 'T',
  scenario: '',
  manifest: 'kind: Pod',
  seed: 7,
  options: { workers: 2 },
  commands: [{ atMs: 5, command: { type: 'endFault', id: 'x' } }],
  view: { atMs: 42_180, selected: 'pod/1', mode: '' },
};

function opener(refuse = false) {
  const opened: (OpenRequest | 'default')[] = [];
  return {
    opened,
    async open(request: OpenRequest) {
      if (refuse) throw new Error('no');
      opened.push(request);
    },
    async openDefault() {
      opened.push('default');
    },
    async arrive(atMs: number) {
      return { nowMs: atMs, seq: 10, traceHash: 77 };
    },
    async openNamed(name: string) {
      return name === 'known';
    },
  };
}

describe('what the page begins with', () => {
  it('opens the link at its moment, with its selection', async () => {
    const o = opener();
    await openLocation(`#${await encodeLink(link)}`, o);
    expect(o.opened).toEqual([{ title: 'T', manifest: 'kind: Pod', seed: 7, options: { workers: 2 }, commands: link.commands, atMs: 42_180 }]);
    expect(useUi.getState().selectedId).toBe('pod/1');
    expect(useLinkNotice.getState().message).toBe('');
  });
  it('opens the first scene without a link', async () => {
    const o = opener();
    await openLocation('', o);
    expect(o.opened).toEqual(['default']);
    expect(useLinkNotice.getState().message).toBe('');
  });
  it.each(['#v1:', '#v1:%%%', '#v1:AAAA', '#v9:abc'])('says what is wrong with %s and opens the first scene', async (hash) => {
    const o = opener();
    await openLocation(hash, o);
    expect(o.opened).toEqual(['default']);
    expect(useLinkNotice.getState().message).not.toBe('');
  });
  it('says so when the session refuses', async () => {
    const o = opener(true);
    await openLocation(`#${await encodeLink(link)}`, o);
    expect(o.opened).toEqual(['default']);
    expect(useLinkNotice.getState().message).toBe('no');
  });
  it('says where the run is another than the one that was shared, and by which model it was made', async () => {
    const o = opener();
    const open = async (made: SharedLink['made']) => {
      await openLocation(`#${await encodeLink({ ...link, ...(made ? { made } : {}) })}`, o);
      return useLinkNotice.getState().differs;
    };
    expect(await open(undefined)).toBe('');
    expect(await open({ model: modelVersion, seq: 10, traceHash: 77 })).toBe('');
    expect(await open({ model: '1.34.0-9', seq: 10, traceHash: 77 })).toBe('');
    expect(await open({ model: '1.34.0-9', seq: 10, traceHash: 78 })).toMatch(/made with model 1\.34\.0-9; this page has model .*42\.180 s/);
    expect(await open({ model: modelVersion, seq: 11, traceHash: 77 })).toMatch(/although the model is the same/);
    expect(useLinkNotice.getState().message).toBe('');
  });
  it('opens a file that it saved, and refuses what is none', async () => {
    const o = opener();
    await openFile(new Blob([linkText(link)]), o);
    expect(o.opened).toEqual([expect.objectContaining({ title: 'T', manifest: 'kind: Pod', atMs: 42_180 })]);
    for (const [text, words] of [
      ['not json', 'The file is none that this page saved.'],
      ['['.repeat(50_000), 'The file is nested more than 20 deep'],
      ['{"title": 5}', 'The file cannot be opened: title must be text.'],
      [`"${'x'.repeat(2_100_000)}"`, 'at most 2097152 are read'],
    ] as const) {
      await openFile(new Blob([text]), o);
      expect(useLinkNotice.getState().message).toContain(words);
    }
    await openFile({ size: 100_000_000, text: () => Promise.reject(new Error('must not be read')) } as unknown as Blob, o);
    expect(useLinkNotice.getState().message).toBe('The file has 100000000 bytes; at most 8388608 are read.');
  });
  it('writes embed code that no title breaks out of', () => {
    const code = embedCode({ title: '"><script>alert(1)</script>', url: 'https://k.example/app/#v1:abc' }, 'https://k.example/app/');
    document.body.innerHTML = code.replace(/<script type="module"[^>]*><\/script>/, '');
    expect(code.startsWith('<script type="module" src="https://k.example/app/embed.js"></script>\n<kubarium-embed ')).toBe(true);
    const element = document.querySelector('kubarium-embed');
    expect(element?.getAttribute('title')).toBe('"><script>alert(1)</script>');
    expect(element?.getAttribute('src-link')).toBe('https://k.example/app/#v1:abc');
    expect(document.querySelectorAll('script')).toHaveLength(0);
  });
  it('knows the root of the page from a scenario’s own address', () => {
    expect(rootOf('https://k.example/a/scenarios/probes/?t=42s#v1:x')).toBe('https://k.example/a/');
    expect(rootOf('https://k.example/a/scenarios/probes/index.html')).toBe('https://k.example/a/');
    expect(rootOf('https://k.example/a/index.html#v1:x')).toBe('https://k.example/a/');
  });
  it('writes Markdown that its title cannot break', () => {
    expect(markdownOf({ title: 'a ](x) [b', atMs: 1000, url: 'http://h/#v1:x' })).toBe('[a \\](x) \\[b, at 1.000 s](http://h/#v1:x)');
  });
});
