/** What an embed shows: a share link, a scenario, manifests or the first scene. */
import { opening } from '../app/opening.ts';
import { useLinkNotice } from '../app/share/opener.ts';
import { session } from '../app/state/session.ts';
import { setUi } from '../app/state/ui.ts';
import type { SharedLink } from '../session/link.ts';
import type { OpenRequest } from '../session/protocol.ts';
import { timeMs } from './options.ts';
import type { Loaded } from './protocol.ts';

/** Whether the lesson is one of the panels: then a scenario is opened with it, and it says where the run rests. */
let lessons = false;
export const withLessons = (): void => {
  lessons = true;
};

/** Opens it and goes to its moment. Rejects with a sentence; what was open stays. */
export async function open(what: Loaded, lesson = lessons): Promise<{ nowMs: number }> {
  const given = [what.scenario, what.link, what.manifest].filter((one) => one !== undefined && one !== '');
  if (given.length > 1) throw new Error('load takes one of scenario, link and manifest');
  if (what.scenario && lesson) {
    const { openLesson } = await import('./lesson.ts');
    return openLesson(what.scenario, what.t === undefined ? undefined : momentMs(what.t));
  }
  const { request, selected, link } = await requestFor(what);
  const atMs = what.t === undefined ? request.atMs : momentMs(what.t);
  setUi({ selectedId: selected });
  useLinkNotice.setState({ message: '', differs: '' });
  await session.open({ ...request, atMs: 0 });
  const arrived = atMs > 0 ? await session.seek(atMs) : { nowMs: 0 };
  if (link?.made && atMs === link.view.atMs) await (await links()).compare(link.made, atMs);
  return arrived;
}

/** Comes with the first link. */
const links = () => import('../app/share/open-link.ts');

async function requestFor(what: Loaded): Promise<{ request: OpenRequest; selected: string; link?: SharedLink }> {
  if (what.link) {
    const { decodeLink, requestOf } = await links();
    const { link, error } = await decodeLink(what.link.replace(/^[^#]*#/, ''));
    if (!link) throw new Error(error);
    return { request: requestOf(link), selected: link.view.selected, link };
  }
  if (what.manifest)
    return {
      request: { title: what.title ?? '', manifest: what.manifest, seed: what.seed ?? 1, options: {}, commands: [], atMs: 0 },
      selected: '',
    };
  return { request: what.scenario ? await scenarioRequest(what.scenario) : opening, selected: '' };
}

async function scenarioRequest(name: string): Promise<OpenRequest> {
  const { requestOf: ofScenario, scenarioNamed } = await import('./lesson.ts');
  const scenario = await scenarioNamed(name);
  if (!scenario) throw new Error(`no scenario is called ${name.slice(0, 63)}`);
  return ofScenario(scenario);
}

/** Milliseconds of `42s` or a number. */
export function momentMs(t: string | number): number {
  const ms = typeof t === 'number' ? t : timeMs(t);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) throw new Error(`${JSON.stringify(t)} is no time such as 42s or 1m20s, at most 24h`);
  return Math.floor(Math.min(ms, 10 * 365 * 86_400_000));
}
