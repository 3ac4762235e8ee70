import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { answer, cacheName, install, type Kept, type Site, tidy } from './keep.ts';

const scope = 'https://k.example/deep/sub/';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');

/** What the server has. */
let server: Record<string, string>;
let asked: string[];
let stored: Map<string, Map<string, Response>>;
let site: Site;

const kept = (version: string, paths: string[], contents = server): Kept => ({
  version,
  files: Object.fromEntries(paths.map((path) => [path, hashOf(contents[path] as string)])),
});

beforeEach(() => {
  server = { 'index.html': 'page 1', 'embed.html': 'embed 1', 'assets/index-AAAAAAAA.js': 'js 1', 'assets/monaco-BBBBBBBB.js': 'editor 1' };
  asked = [];
  stored = new Map();
  const cacheOf = (entries: Map<string, Response>) => ({
    match: async (url: string, options?: { ignoreSearch?: boolean }) => entries.get(options?.ignoreSearch ? url.replace(/\?.*/, '') : url)?.clone(),
    put: async (url: string, response: Response) => void entries.set(url, response),
  });
  site = {
    scope,
    caches: {
      open: async (name: string) => {
        if (!stored.has(name)) stored.set(name, new Map());
        return cacheOf(stored.get(name) as Map<string, Response>);
      },
      keys: async () => [...stored.keys()],
      delete: async (name: string) => stored.delete(name),
      match: async (url: string) =>
        [...stored.values()]
          .map((entries) => entries.get(url))
          .find(Boolean)
          ?.clone(),
    } as unknown as Site['caches'],
    async fetch(request) {
      const url = typeof request === 'string' ? request : request.url;
      asked.push(url.slice(scope.length));
      const text = server[url.slice(scope.length).replace(/\?.*/, '')];
      const response = text === undefined ? new Response('', { status: 404 }) : new Response(text);
      Object.defineProperty(response, 'type', { value: 'basic' });
      return response;
    },
    digest: (bytes) => crypto.subtle.digest('SHA-256', bytes),
  };
});

const get = (path: string, mode = 'same-origin'): Request => ({ method: 'GET', url: `${scope}${path}`, mode }) as Request;
const textOf = async (version: Kept, path: string, mode?: string) => (await answer(site, version, get(path, mode)))?.text();
const first = ['index.html', 'embed.html', 'assets/index-AAAAAAAA.js'];

test('all of a version is there without a net, whatever the address asks beside', async () => {
  const one = kept('one', first);
  await install(site, one);
  server = {};
  expect(await textOf(one, '', 'navigate')).toBe('page 1');
  expect(await textOf(one, '?scenario=x&t=42s', 'navigate')).toBe('page 1');
  expect(await textOf(one, 'embed.html?theme=dark', 'navigate')).toBe('embed 1');
  expect(await textOf(one, 'assets/index-AAAAAAAA.js')).toBe('js 1');
  expect(await textOf(one, 'elsewhere', 'navigate')).toBeUndefined();
});

test('a deploy in between refuses the whole version, and leaves the one before', async () => {
  const one = kept('one', first);
  await install(site, one);
  const two = kept('two', first, { ...server, 'index.html': 'page 2' });
  // The server has moved on again: its embed.html is of a third version.
  server = { ...server, 'index.html': 'page 2', 'embed.html': 'embed 3' };
  await expect(install(site, two)).rejects.toThrow('embed.html is of another version');
  expect(await site.caches.keys()).toEqual([cacheName(site, 'one')]);
  expect(await textOf(one, '', 'navigate')).toBe('page 1');
});

test('row 37: a file that is missing after a deploy refuses the version', async () => {
  const one = kept('one', first);
  delete server['assets/index-AAAAAAAA.js'];
  await expect(install(site, one)).rejects.toThrow('assets/index-AAAAAAAA.js: 404');
  expect(await site.caches.keys()).toEqual([]);
});

test('the editor is kept when it is first used', async () => {
  const one = kept('one', first);
  await install(site, one);
  expect(await textOf(one, 'assets/monaco-BBBBBBBB.js')).toBe('editor 1');
  server = {};
  expect(await textOf(one, 'assets/monaco-BBBBBBBB.js')).toBe('editor 1');
  expect(asked.filter((path) => path.includes('monaco'))).toHaveLength(1);
});

test('never mixed: documents come from the new version only, files of an open page from the version of their name', async () => {
  const one = kept('one', first);
  await install(site, one);
  server = { 'index.html': 'page 2', 'embed.html': 'embed 2', 'assets/index-CCCCCCCC.js': 'js 2' };
  const two = kept('two', ['index.html', 'embed.html', 'assets/index-CCCCCCCC.js']);
  await install(site, two);
  await tidy(site, two, 2);
  expect(await textOf(two, '', 'navigate')).toBe('page 2');
  // A page of the old version is still open and loads something.
  expect(await textOf(two, 'assets/index-AAAAAAAA.js')).toBe('js 1');
  await tidy(site, two, 1);
  expect(await site.caches.keys()).toEqual([cacheName(site, 'two')]);
  expect((await answer(site, two, get('assets/index-AAAAAAAA.js')))?.status).toBe(404);
});

test('other folders of the server and other methods are left alone', async () => {
  const one = kept('one', first);
  await install(site, one);
  stored.set('kubarium /other/ one', new Map());
  await tidy(site, kept('two', first), 1);
  expect(await site.caches.keys()).toEqual(['kubarium /other/ one']);
  expect(await answer(site, one, { ...get(''), method: 'POST' } as Request)).toBeUndefined();
  expect(await answer(site, one, { method: 'GET', url: 'https://k.example/other/', mode: 'navigate' } as Request)).toBeUndefined();
});
