/** The present moment as a link. */
import { encodeLink, longLink, maxLinkBytes, type SharedLink } from '../../session/link.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { useUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';

export interface Moment {
  title: string;
  atMs: number;
  url: string;
  length: number;
  long: boolean;
  tooLong: boolean;
}

export async function momentLink(base = location.href): Promise<Moment> {
  const { opened, nowMs } = useRun.getState();
  const { seed, options, commands } = await session.query({ q: 'history' });
  const manifest = opened?.manifest ?? '';
  const { seed: _, ...rest } = options;
  const link: SharedLink = {
    title: opened?.title ?? '',
    scenario: '',
    manifest,
    seed,
    options: rest,
    // The first is the manifest itself.
    commands: manifest.trim() === '' ? commands : commands.slice(1),
    view: { atMs: Math.floor(nowMs), selected: useUi.getState().selectedId, mode: '' },
  };
  const code = await encodeLink(link);
  const url = `${base.replace(/#.*$/, '')}#${code}`;
  return { title: link.title, atMs: link.view.atMs, url, length: url.length, long: url.length > longLink, tooLong: code.length > maxLinkBytes };
}

/** Brackets in titles would end the link's words. */
export const markdownOf = ({ title, atMs, url }: Pick<Moment, 'title' | 'atMs' | 'url'>): string =>
  `[${panelWords.share.at(title || 'Kubarium', timeText(atMs)).replace(/[[\]\\]/g, '\\$&')}](${url})`;
