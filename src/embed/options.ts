/** The options of an embed, from an address: `embed.html?scenario=…&t=42s&controls=time,shell&theme=dark#v1:…`. Anything may stand there. */

export const panels = ['time', 'editor', 'shell', 'lesson'] as const;
export type Panel = (typeof panels)[number];
export type EmbedTheme = 'auto' | 'light' | 'dark' | 'contrast';

export interface EmbedOptions {
  /** Name of a scenario of the gallery, '' for the first scene or the link's own. */
  scenario: string;
  /** `v1:…`, '' when there is none. */
  link: string;
  /** Where to begin; null: at the link's moment, or at 0 s. */
  atMs: number | null;
  controls: readonly Panel[];
  theme: EmbedTheme;
  /** `click`: the poster's button; `seen`: when it comes into view; `now`: at once. */
  start: 'click' | 'seen' | 'now';
  /** Origin of the page around, which alone may speak to the embed; '' when the address does not tell. */
  host: string;
  /** Words of the poster. */
  title: string;
  /** What was not understood, and what is done instead. */
  problems: readonly string[];
}

/** An embed begins at most this far into a run. */
export const maxStartMs = 86_400_000;
const maxWord = 200;

const known = ['scenario', 't', 'controls', 'theme', 'start', 'host', 'title'] as const;

/** `search` with its `?`, `hash` with its `#`. */
export function readOptions(search: string, hash: string): EmbedOptions {
  const problems: string[] = [];
  const given = new URLSearchParams(search.slice(0, 4096));
  const word = (key: (typeof known)[number]): string => (given.get(key) ?? '').trim().slice(0, maxWord);
  const stranger = [...given.keys()].find((key) => !(known as readonly string[]).includes(key));
  if (stranger !== undefined) problems.push(`${shown(stranger)} is no option of an embed`);

  const scenario = word('scenario');
  const named = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(scenario);
  if (scenario && !named) problems.push(`scenario: ${shown(scenario)} is no name of a scenario; the first scene is shown`);

  const atMs = word('t') === '' ? null : timeMs(word('t'));
  if (atMs === undefined) problems.push(`t: ${shown(word('t'))} is no time such as 42s or 1m20s, at most 24h; it begins at its start`);

  return {
    scenario: named ? scenario : '',
    link: /^#v\d{1,6}:/.test(hash) ? hash.slice(1) : '',
    atMs: atMs ?? null,
    controls: controlsOf(word('controls'), problems),
    theme: choice(word('theme'), ['auto', 'light', 'dark', 'contrast'], 'theme', problems),
    start: choice(word('start'), ['click', 'seen', 'now'], 'start', problems),
    host: originOf(word('host'), problems),
    title: word('title'),
    problems,
  };
}

/** `42s`, `1m20s`, `1.5s`, `500ms`, `2h`, or seconds as a bare number. `undefined` when it is no time, or one beyond a day. */
export function timeMs(text: string): number | undefined {
  if (text.length > 40) return undefined;
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return within(Number(text) * 1000);
  const parts = /^(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9}(?:\.\d{1,3})?)s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [h, m, s, ms] = parts.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return within(h * 3_600_000 + m * 60_000 + s * 1000 + ms);
}

const within = (ms: number): number | undefined => (ms <= maxStartMs ? Math.round(ms) : undefined);

/** What a person wrote, short enough to be said. */
const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

function controlsOf(text: string, problems: string[]): Panel[] {
  if (text === '') return ['time'];
  if (text === 'none') return [];
  const words = text.split(/[\s,]+/).filter(Boolean);
  const strangers = words.filter((name) => !(panels as readonly string[]).includes(name));
  const out = panels.filter((name) => words.includes(name));
  if (strangers.length > 0)
    problems.push(`controls: ${shown(strangers.join(', '))} is none of ${panels.join(', ')}, none${out.length === 0 ? '; time is shown' : ''}`);
  return out.length === 0 ? ['time'] : out;
}

function choice<T extends string>(word: string, allowed: readonly [T, ...T[]], key: string, problems: string[]): T {
  const found = allowed.find((name) => name === word);
  if (word && !found) problems.push(`${key}: ${shown(word)} is none of ${allowed.join(', ')}; ${allowed[0]} is taken`);
  return found ?? allowed[0];
}

function originOf(word: string, problems: string[]): string {
  if (word === '') return '';
  try {
    const { origin } = new URL(word);
    if (/^https?:/.test(origin)) return origin;
  } catch {
    // Said below.
  }
  problems.push(`host: ${shown(word)} is no origin of a page; nobody can speak to this embed`);
  return 'null';
}
