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
