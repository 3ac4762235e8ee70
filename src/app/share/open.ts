/** What the page begins with: the link in its address, or the first scene. */
import { scenarioAsked } from '../lesson/open.ts';
import { keptRun } from '../state/kept-run.ts';
import { session } from '../state/session.ts';
import { type Opener, own, useLinkNotice } from './opener.ts';

/** What the address asks for; a scenario's own address names it in the page. */
function searchOf(): string {
  const own = document.querySelector('meta[name="kubarium-scenario"]')?.getAttribute('content');
  return own && !new URLSearchParams(location.search).has('scenario') ? `?scenario=${own}&${location.search.slice(1)}` : location.search;
}

/** `hash`: with its `#`. A link that cannot be read is told of and the first scene opened. */
export async function openLocation(hash: string = location.hash, opener: Opener = own, search: string = searchOf()): Promise<void> {
  useLinkNotice.setState({ message: '', differs: '' });
  if (!/^#v\d/.test(hash)) {
    // Some write it behind the # as well.
    const asked = scenarioAsked(search) ?? scenarioAsked(hash.slice(1));
    if (asked) {
      if (await opener.openNamed(asked.name, asked.atMs === undefined ? {} : { atMs: asked.atMs })) return;
      const { lessonWords } = await import('../words/lessons.en.ts');
      useLinkNotice.setState({ message: lessonWords.unknown(asked.name) });
    }
    await opener.openDefault();
    return;
  }
  // What reads links comes with the first of them.
  const { openLink } = await import('./open-link.ts');
  await openLink(hash, opener);
}

/** The page begins: with the run that a reload interrupted, else with what its address asks for. */
export async function openPage(): Promise<void> {
  const kept = await keptRun().catch(() => null);
  if (!kept) return openLocation();
  const { request, speed } = kept;
  try {
    if (!(request.scenario && (await own.openNamed(request.scenario, { request })))) await own.open(request);
    if (speed !== null) session.play(speed);
  } catch {
    await openLocation();
  }
}

/** Another link in the same page opens too. */
export function listenToLocation(): () => void {
  const onHash = (): void => {
    if (/^#(v\d|scenario=)/.test(location.hash)) openLocation().catch(() => {});
  };
  addEventListener('hashchange', onHash);
  return () => removeEventListener('hashchange', onHash);
}
