/**
 * What the service worker does, without the worker: one cache for each version, filled as a whole or not at all.
 * A page of a version asks for files of that version only: its files carry their contents' hash in their names, and its documents come from one cache.
 */

export interface Kept {
  /** Of the built site: a hash over `files`. */
  version: string;
  /** Path below the scope → SHA-256, base64, of what is fetched at once. */
  files: Readonly<Record<string, string>>;
}

export interface Site {
  /** Absolute address of the folder. */
  scope: string;
  caches: Pick<CacheStorage, 'open' | 'keys' | 'delete' | 'match'>;
  fetch(request: Request | string, init?: RequestInit): Promise<Response>;
  digest(bytes: ArrayBuffer): Promise<ArrayBuffer>;
}

const prefix = 'kubarium ';
/** Marks a cache that holds every file of its version. */
const whole = 'whole';
/** Older versions that open pages may still need. */
const keptVersions = 3;

export const cacheName = (site: Site, version: string): string => `${prefix}${new URL(site.scope).pathname} ${version}`;

/** Fetches every file and compares it with what the build wrote. A file of another version, from a deploy in between, refuses the whole. */
export async function install(site: Site, { version, files }: Kept): Promise<void> {
  const name = cacheName(site, version);
  const cache = await site.caches.open(name);
  try {
    await Promise.all(
      Object.entries(files).map(async ([path, hash]) => {
        const url = new URL(path, site.scope).href;
        if (await cache.match(url)) return;
        const response = await site.fetch(url, { cache: 'no-cache' });
        if (!response.ok) throw new Error(`${path}: ${response.status}`);
        const bytes = await response.arrayBuffer();
        if (base64(await site.digest(bytes)) !== hash) throw new Error(`${path} is of another version`);
        // Made anew: a document that was redirected may not answer a navigation.
        await cache.put(url, new Response(bytes, { headers: response.headers }));
      }),
    );
    await cache.put(new URL(whole, site.scope).href, new Response(`${Date.now()}`));
  } catch (error) {
    await site.caches.delete(name);
    throw error;
  }
}

/** Deletes what older versions left, but for the newest few while other pages are open. */
export async function tidy(site: Site, { version }: Kept, openPages: number): Promise<void> {
  const own = cacheName(site, version);
  const scope = `${prefix}${new URL(site.scope).pathname} `;
  const old = (await site.caches.keys()).filter((name) => name.startsWith(scope) && name !== own);
  const kept = openPages > 1 ? old.slice(-keptVersions) : [];
  for (const name of old) if (!kept.includes(name)) await site.caches.delete(name);
}

/** Undefined: not ours, the browser asks the net. */
export async function answer(site: Site, { version }: Kept, request: Request): Promise<Response | undefined> {
  const url = new URL(request.url);
  if (request.method !== 'GET' || !url.href.startsWith(site.scope)) return undefined;
  const path = url.href.slice(site.scope.length).replace(/[?#].*$/, '');
  const cache = await site.caches.open(cacheName(site, version));
  if (request.mode === 'navigate') return cache.match(new URL(documentOf(path), site.scope).href);
  const own = await cache.match(url.href, { ignoreSearch: true });
  if (own) return own;
  if (!hashed(path)) return undefined;
  // A page that is still open may be of an older version: the name says which contents it means.
  const older = await site.caches.match(url.href);
  if (older) return older;
  // The editor and what else is not fetched at once: kept when first used.
  const fetched = await site.fetch(request);
  if (fetched.ok && fetched.type === 'basic') await cache.put(url.href, fetched.clone());
  return fetched;
}

const documentOf = (path: string): string => (path === '' || path.endsWith('/') ? `${path}index.html` : path);
const hashed = (path: string): boolean => /^assets\/.+-[\w-]{8}\.\w+$/.test(path);

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
