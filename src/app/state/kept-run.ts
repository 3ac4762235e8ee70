/** The run outlives a reload, and being left for another: what made it is kept, never its state. */
import { create } from 'zustand';
import type { OpenRequest } from '../../session/protocol.ts';
import { useRun } from './run.ts';
import { session } from './session.ts';
import { loadJson, save } from './storage.ts';

const key = 'kubarium.run';
/** A longer run is not kept: browsers give a page some five million characters in all. */
const maxKept = 1_000_000;

/** The run that was left for another one, with commands given in it; null when none was. */
export const useSetAside = create<{ request: OpenRequest | null }>()(() => ({ request: null }));

/** Before another is opened: a run that was only opened and watched is no loss. */
export function setAside(): void {
  const request = session.recovery();
  const given = request ? request.commands.length - (useRun.getState().opened?.commands.length ?? 0) : 0;
  if (request && given > 0) useSetAside.setState({ request });
}

/** Kept when the page goes away. Returns what ends it. */
export function keepRun(): () => void {
  const keep = (): void => {
    const request = session.recovery();
    if (!request) return;
    const { title, scenario = '', manifest, seed, options, commands, atMs } = request;
    const { playing, speed } = useRun.getState();
    // In the shape of a link, so that it is read with a link's care.
    const link = { title, scenario, manifest, seed, options, commands, view: { atMs: Math.round(atMs), selected: '', mode: '' } };
    const text = JSON.stringify({ href: location.href, playing, speed, link });
    if (text.length <= maxKept) save(key, text);
  };
  addEventListener('pagehide', keep);
  return () => removeEventListener('pagehide', keep);
}

/** What this page showed before it was reloaded; null when it was not, or nothing of it can be read. */
export async function keptRun(): Promise<{ request: OpenRequest; speed: number | null } | null> {
  const [visit] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (visit?.type !== 'reload') return null;
  const kept = loadJson(key) as { href?: unknown; playing?: unknown; speed?: unknown; link?: unknown } | null;
  if (!kept || kept.href !== location.href) return null;
  const [{ decodeFile }, { requestOf }] = await Promise.all([import('../../session/link.ts'), import('../share/open-link.ts')]);
  const { link } = decodeFile(JSON.stringify(kept.link ?? null));
  if (!link) return null;
  const speed = kept.playing === true && typeof kept.speed === 'number' && kept.speed > 0 && kept.speed <= 1000 ? kept.speed : null;
  return { request: requestOf(link), speed };
}
