/** The page offline: sw.js. `__KEPT__` is written by the build. */
import { answer, install, type Kept, type Site, tidy } from './keep.ts';

declare const __KEPT__: Kept;
const kept = __KEPT__;
const worker = self as unknown as ServiceWorkerGlobalScope;
const site: Site = {
  scope: worker.registration.scope,
  caches: worker.caches,
  fetch: (request, init) => worker.fetch(request, init),
  digest: (bytes) => worker.crypto.subtle.digest('SHA-256', bytes),
};

const openPages = async (): Promise<number> => (await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })).length;

worker.addEventListener('install', (event) => {
  // The new version is whole: pages opened from now on have it. Those that are open keep theirs until they are loaded again.
  event.waitUntil(install(site, kept).then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (event) => {
  event.waitUntil(openPages().then((n) => tidy(site, kept, n)));
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(site.scope)) return;
  event.respondWith(answer(site, kept, request).then((found) => found ?? worker.fetch(request)));
});
