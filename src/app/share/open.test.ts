// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { encodeLink, type SharedLink } from '../../session/link.ts';
import type { OpenRequest } from '../../session/protocol.ts';
import { useUi } from '../state/ui.ts';
import { markdownOf } from './moment.ts';
import { openLocation, useLinkNotice } from './open.ts';

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
  it('writes Markdown that its title cannot break', () => {
    expect(markdownOf({ title: 'a ](x) [b', atMs: 1000, url: 'http://h/#v1:x' })).toBe('[a \\](x) \\[b, at 1.000 s](http://h/#v1:x)');
  });
});
