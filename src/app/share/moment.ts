/** The present moment as a link. */
import { encodeLink, linkText, longLink, maxLinkBytes, type SharedLink } from '../../session/link.ts';
import { modelVersion } from '../../session/model-version.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { useUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';

export interface Moment {
  title: string;
  atMs: number;
  url: string;
  /** What the link holds, for a file. */
  text: string;
  length: number;
  long: boolean;
  tooLong: boolean;
}

export async function momentLink(base = location.href): Promise<Moment> {
  const { opened } = useRun.getState();
  const { nowMs, seq, traceHash } = await session.query({ q: 'hash' });
  const { seed, options, commands } = await session.query({ q: 'history' });
  const { selectedId, overlay, opened: component } = useUi.getState();
  const manifest = opened?.manifest ?? '';
  const { seed: _, ...rest } = options;
  const link: SharedLink = {
    title: opened?.title ?? '',
    scenario: opened?.scenario ?? '',
    manifest,
    seed,
    options: rest,
    // The first is the manifest itself.
    commands: manifest.trim() === '' ? commands : commands.slice(1),
    view: { atMs: nowMs, selected: selectedId, mode: component ? `scene ${component}` : overlay === 'lens' ? overlay : '' },
    made: { model: modelVersion, seq, traceHash },
  };
  const code = await encodeLink(link);
  const url = `${base.replace(/#.*$/, '')}#${code}`;
  const { length } = url;
  return { title: link.title, atMs: nowMs, url, text: linkText(link), length, long: length > longLink, tooLong: code.length > maxLinkBytes };
}

/** Brackets in titles would end the link's words. */
export const markdownOf = ({ title, atMs, url }: Pick<Moment, 'title' | 'atMs' | 'url'>): string =>
  `[${panelWords.share.at(title || 'Kubarium', timeText(atMs)).replace(/[[\]\\]/g, '\\$&')}](${url})`;

/** The figure of this moment for another page. */
export function embedCode({ title, url }: Pick<Moment, 'title' | 'url'>, base = location.href): string {
  const module = new URL('./embed.js', rootOf(base)).href;
  return `<script type="module" src="${quoted(module)}"></script>
<kubarium-embed src-link="${quoted(url)}" title="${quoted(title)}" controls="time"></kubarium-embed>
`;
}

/** The folder of the page; a scenario's own address lies two below it. */
export const rootOf = (address: string): string => new URL(/\/scenarios\/[^/]+\/(index\.html)?([?#]|$)/.test(address) ? '../../' : './', address).href;

const quoted = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
