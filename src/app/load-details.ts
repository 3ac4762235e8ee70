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
