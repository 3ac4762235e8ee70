import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { expect, type Frame, type Page } from '@playwright/test';
import type { KubariumEmbed } from '../src/embed/element.ts';
import { encodeLink } from '../src/session/link.ts';
import { test } from './hosts.ts';

/** An embed of the page, as its scripts see it. */
const embed = <T>(page: Page, id: string, act: (element: KubariumEmbed) => T | Promise<T>): Promise<T> =>
  page.evaluate(`(${act})(document.getElementById('${id}'))`) as Promise<T>;

interface Asked {
  kubarium: { ask(query: { q: 'hash' }): Promise<{ nowMs: number }> };
}

const module = (baseURL: string): string => `<script type="module" src="${baseURL}embed.js"></script>`;
const framesOf = (page: Page): Frame[] => page.frames().filter((frame) => frame.url().includes('/embed.html'));
const loaded = async (page: Page, n = 1): Promise<void> => {
  await expect.poll(() => framesOf(page).length).toBe(n);
  for (const frame of framesOf(page)) await expect(frame.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
};
const nowMs = async (frame: Frame): Promise<number> => Number(await frame.getByRole('slider', { name: 'Time', exact: true }).getAttribute('aria-valuenow'));

test('budget: 2 KB before it is seen, 150 KB of page when it runs, beside the simulator; the poster says what comes', async ({ page }) => {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  const brotli = (path: string): number => brotliCompressSync(readFileSync(dist + path)).length;
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname.replace(/^.*\/deep\/sub\//, '')));
  const sum = (paths: string[]): number => paths.reduce((total, path) => total + brotli(path), 0);
  const worker = /^assets\/worker-[^/]*\.js$/;
  await page.goto('./embed.html');
  const poster = page.getByRole('button', { name: /a simulated node, \d+ KB/ });
  const said = Number(/(\d+) KB/.exec((await poster.textContent()) ?? '')?.[1]);
  await page.waitForLoadState('networkidle');
  const before = loaded.splice(0);
  await poster.click();
  await expect(page.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  // What comes late comes with the dots.
  await expect.poll(() => loaded.some((path) => path.includes('dots-over-map'))).toBe(true);
  await page.waitForLoadState('networkidle');
  expect(loaded.filter((path) => worker.test(path))).toHaveLength(1);
  expect(brotli('embed.js')).toBeLessThanOrEqual(2048);
  expect(sum([...before, ...loaded].filter((path) => path.endsWith('.js') && !worker.test(path)))).toBeLessThanOrEqual(150_000);
  // Rounded to ten.
  expect(Math.abs(sum(loaded) / 1000 - said)).toBeLessThanOrEqual(10);
});

test('row 32: costs nothing before it is asked for, then runs and follows its content', async ({ page, host, baseURL }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(baseURL as string)) asked.push(request.url().slice((baseURL as string).length));
  });
  await page.goto(
    host.put('/', `${module(baseURL as string)}<div style="height:5000px"></div><kubarium-embed id="a" title="Only ready pods"></kubarium-embed>`),
  );
  await page.waitForLoadState('networkidle');
  expect(asked).toEqual(['embed.js']);
  const start = page.getByRole('button', { name: /Only ready pods.*a simulated node, \d+ KB/ });
  await start.scrollIntoViewIfNeeded();
  await expect.poll(() => asked).toEqual(['embed.js', 'previews/figure.svg']);
  await start.click();
  await loaded(page);
  const frame = framesOf(page)[0] as Frame;
  await expect(frame.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect.poll(() => nowMs(frame)).toBeGreaterThan(500);
  // Nothing is cut, nothing is empty: header 32, map, time 76.
  const height = await frame.evaluate(() => innerHeight);
  expect(height).toBeGreaterThan(32 + 240 + 76 - 4);
  expect(await frame.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(height);
  expect(await frame.evaluate(() => localStorage.length)).toBe(0);
  // The map is wide enough for everything.
  await expect(frame.getByRole('contentinfo')).toHaveCount(0);
});

test('row 31: a host on another origin calls and hears; strangers are refused and counted', async ({ page, host, stranger, baseURL }) => {
  const link = await encodeLink({
    title: 'Linked',
    scenario: '',
    manifest: 'apiVersion: v1\nkind: Pod\nmetadata: {name: linked}\nspec: {containers: [{name: c, image: nginx:1.27}]}\n',
    seed: 3,
    options: { workers: 1 },
    commands: [],
    view: { atMs: 4000, selected: '', mode: '' },
  });
  await page.goto(host.put('/', `${module(baseURL as string)}<kubarium-embed id="a" controls="time,editor" height="500"></kubarium-embed>`));
  await page.evaluate(() => {
    const heard: unknown[] = [];
    Object.assign(globalThis, { heard });
    (document.getElementById('a') as unknown as KubariumEmbed).on('event', (event) => heard.push(event));
  });
  expect(await embed(page, 'a', (e) => e.pause())).toEqual({ nowMs: expect.any(Number) });
  expect(await embed(page, 'a', (e) => e.load({ link: 'LINK' }).catch((error: Error) => error.message))).toBe('This is not a link of Kubarium.');
  expect(await page.evaluate((l) => (document.getElementById('a') as unknown as KubariumEmbed).load({ link: `https://x.example/#${l}` }), link)).toEqual({
    nowMs: 4000,
  });
  const frame = framesOf(page)[0] as Frame;
  await expect(frame.getByRole('heading', { name: 'Linked' })).toBeVisible();
  expect(await embed(page, 'a', (e) => e.seek('20s'))).toEqual({ nowMs: 20_000 });
  const applied = await embed(page, 'a', (e) =>
    e.apply('apiVersion: v1\nkind: Pod\nmetadata: {name: second}\nspec: {containers: [{name: c, image: nginx:1.27}]}\n'),
  );
  expect(applied).toMatchObject({ out: 'pod/second created\n', err: '', rc: 0 });
  const refused = await embed(page, 'a', (e) => e.apply('apiVersion: v1\nkind: Pod\nmetadata: {name: UPPER}\nspec: {containers: []}\n'));
  expect(refused.rc).toBe(1);
  expect(refused.err).toContain('Invalid value: "UPPER"');
  await embed(page, 'a', (e) => e.play(10));
  await expect
    .poll(() => page.evaluate(() => (globalThis as unknown as { heard: { reason: string; about: string }[] }).heard))
    .toContainEqual(expect.objectContaining({ reason: 'Scheduled', about: 'Pod/default/second', type: 'Normal' }));
  await embed(page, 'a', (e) => e.pause());
  expect((await embed(page, 'a', (e) => e.select('pod/second'))).selected).toMatch(/^pod\//);
  await expect(frame.getByRole('button', { name: /^Pod second/ })).toHaveAttribute('aria-pressed', 'true');
  const moment = await embed(page, 'a', (e) => e.link());
  expect(moment.link).toContain(`${baseURL}#v1:`);

  // A frame of a third origin in the same page speaks to a bare embed, and the page itself in another version.
  await page.evaluate((src) => {
    const bare = document.createElement('iframe');
    bare.src = src;
    document.body.prepend(bare);
  }, `${baseURL}embed.html?start=now&t=5s`);
  await expect.poll(() => framesOf(page).length).toBe(2);
  const bare = framesOf(page).find((one) => one !== frame) as Frame;
  await expect(bare.getByRole('button', { name: 'Pause' })).toBeVisible();
  const refusals = `<script>for (let i = 0; i < 20; i++) parent.frames[0].postMessage({ kubarium: 1, id: i, call: 'load', give: {} }, '*');</script>`;
  await page.evaluate(
    async (url) => {
      const other = document.createElement('iframe');
      other.src = url;
      document.body.append(other);
      await new Promise((resolve) => other.addEventListener('load', resolve));
      frames[0]?.postMessage({ kubarium: 2, id: 1, call: 'load', give: {} }, '*');
    },
    stranger.put('/', refusals),
  );
  await expect.poll(() => bare.evaluate(() => (globalThis as unknown as { kubariumIgnored: number }).kubariumIgnored)).toBe(21);
  expect(await nowMs(bare)).toBeGreaterThanOrEqual(5000);
  // And the other way: what a stranger says is not taken for the embed's word.
  await page.evaluate(() => {
    const heard: unknown[] = [];
    Object.assign(globalThis, { lies: heard });
    (document.getElementById('a') as unknown as KubariumEmbed).on('answer', (event) => heard.push(event));
  });
  await page
    .frames()
    .at(-1)
    ?.evaluate(() => parent.postMessage({ kubarium: 1, type: 'answer', detail: { correct: true } }, '*'));
  await embed(page, 'a', (e) => e.pause());
  expect(await page.evaluate(() => (globalThis as unknown as { lies: unknown[] }).lies)).toEqual([]);
});

test('row 32: twenty on a page; out of sight only one runs; a removed one ends its worker', async ({ page, host, baseURL }) => {
  const twenty = Array.from({ length: 20 }, (_, i) => `<kubarium-embed id="e${i}" height="420"></kubarium-embed>`).join('');
  await page.goto(host.put('/', `${module(baseURL as string)}${twenty}`));
  for (const id of ['e0', 'e1', 'e10', 'e19']) await embed(page, id, (e) => e.start());
  await expect.poll(() => framesOf(page).length).toBe(4);
  await expect.poll(() => Promise.all(framesOf(page).map((frame) => frame.evaluate(() => 'kubarium' in globalThis)))).toEqual([true, true, true, true]);
  /** Whether each run moves, asked of its simulator: a frame out of sight draws nothing. */
  const moving = async (): Promise<boolean[]> => {
    const times = (): Promise<number[]> =>
      Promise.all(framesOf(page).map((frame) => frame.evaluate(async () => (await (globalThis as unknown as Asked).kubarium.ask({ q: 'hash' })).nowMs)));
    const before = await times();
    await page.waitForTimeout(300);
    return (await times()).map((now, i) => now > (before[i] as number));
  };
  // The two in view run, the two others do not.
  await expect.poll(moving).toEqual([true, true, false, false]);
  await page.evaluate(() => document.getElementById('e19')?.scrollIntoView());
  await expect.poll(moving).toEqual([false, false, false, true]);
  await page.evaluate(() => document.getElementById('e0')?.scrollIntoView());
  await expect.poll(moving).toEqual([true, true, false, false]);
  expect(page.workers()).toHaveLength(4);
  await embed(page, 'e10', (e) => e.remove());
  await expect.poll(() => page.workers().length).toBe(3);
  // Removed while it loads: nothing stays, calls that wait are refused.
  const gone = page.evaluate(() => {
    const e = document.getElementById('e5') as unknown as KubariumEmbed;
    const call = e.pause().catch((error: Error) => error.message);
    e.remove();
    return call;
  });
  expect(await gone).toBe('the embed is gone');
  await expect.poll(() => page.workers().length).toBe(3);
  await page.evaluate(() => document.body.replaceChildren());
  await expect.poll(() => page.workers().length).toBe(0);
});

test('row 32: a host with a strict policy and COEP, and a bare sandboxed frame', async ({ page, host, baseURL }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const { origin } = new URL(baseURL as string);
  const url = host.put(
    '/',
    `${module(baseURL as string)}<kubarium-embed id="a" height="420"></kubarium-embed>
     <iframe id="bare" sandbox="allow-scripts allow-same-origin" width="360" height="480" src="${baseURL}embed.html?start=now&controls=none&theme=dark&t=2s"></iframe>`,
    {
      'content-security-policy': `default-src 'none'; script-src ${origin}; frame-src ${origin}; img-src ${origin}; style-src 'none'; require-trusted-types-for 'script'`,
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
    },
  );
  await page.goto(url);
  await page.getByRole('button', { name: /Run the figure/ }).click();
  await loaded(page, 2);
  const bare = framesOf(page).find((frame) => frame.url().includes('controls=none')) as Frame;
  await expect(bare.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(bare.getByRole('slider', { name: 'Time' })).toHaveCount(0);
  // What has no place in so small a map is named.
  await expect(bare.getByRole('contentinfo')).toHaveText(
    /^Simulated, not drawn here: scheduler, controllers, containerd, .*registry, load balancer, worker-2\.$/,
  );
  expect(complaints).toEqual([]);
});

test('the theme follows the page around', async ({ page, host, baseURL }) => {
  await page.goto(host.put('/', `${module(baseURL as string)}<body style="color:#111"><kubarium-embed id="a" height="420"></kubarium-embed></body>`));
  await embed(page, 'a', (e) => e.start());
  await loaded(page);
  const frame = framesOf(page)[0] as Frame;
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.evaluate(() => document.body.setAttribute('style', 'color:#eee;background:#111'));
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
  await embed(page, 'a', (e) => e.setAttribute('theme', 'light'));
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'light');
});
