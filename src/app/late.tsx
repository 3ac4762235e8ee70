/** Parts of the page that are not in its first picture. Each stands in a place that is reserved for it, so nothing moves when it comes. */
import { type ComponentType, createElement, useEffect, useState } from 'react';

/**
 * A component that `load` brings. Draws nothing until then, and at once where it is loaded already. Where it could not be loaded (the line is
 * gone), the place stays empty and the next one who comes tries again.
 */
export function late<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | null = null;
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each part, where modules are set up.
  return function Late(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => known);
    useEffect(() => {
      if (Part) return;
      let gone = false;
      load().then(
        (loaded) => {
          known = loaded;
          if (!gone) setPart(() => loaded);
        },
        () => {},
      );
      return () => {
        gone = true;
      };
    }, [Part]);
    return Part && createElement(Part, props);
  };
}

/** What every visitor sees a moment later: manifest, messages, time bar, dots. */
export const panels = () => import('./panels.ts');
/** What opens by a click or a key. Fetched while nothing else happens, so that it is there by then, and without a line too. */
export const details = () => import('./details.ts');

/** Fetches the details once the simulator runs and the page has time. */
export function fetchDetails(): void {
  const fetch = (): void => {
    details().catch(() => {});
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(fetch, { timeout: 5000 });
  else setTimeout(fetch, 500);
}
