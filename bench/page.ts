/** The built page in Chromium: what it loads, how soon it is there, how long it blocks. Needs a browser; every figure is of the machine that it runs on. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { type Browser, chromium, type Page } from '@playwright/test';
import config from '../playwright.config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, '.cache/bench-dist');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export interface PageFigures {
  /** Brotli KB of scripts that the first picture needs: those that the page itself names. */
  firstKB: number;
  /** Brotli KB of all scripts that come without anybody asking, the simulator's worker and the editor apart. */
  unaskedKB: number;
  lcpMs: number;
  tbtMs: number;
  cls: number;
  /** The longest task of the main thread while 500 pods start and run, ms; tasks below 50 ms are not told by browsers and count as 50. */
  longestTaskMs: number;
}

let measured: Promise<PageFigures> | undefined;
export const page = (): Promise<PageFigures> => {
  measured ??= measure();
  return measured;
};

async function measure(): Promise<PageFigures> {
  const built = spawnSync('npx', ['vite', 'build', '--outDir', dist, '--emptyOutDir', '--logLevel', 'error'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  const server = serve();
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const browser = await chromium.launch(config.use?.launchOptions);
  try {
    return { ...(await load(browser, url)), ...(await slowLoad(browser, url)), longestTaskMs: await longestTask(browser, url) };
  } finally {
    await browser.close();
    server.close();
  }
}

/** Serves brotli, as hosts of static files do. */
function serve(): Server {
  const packed = new Map<string, Buffer>();
  return createServer((request, response) => {
    let file = join(dist, normalize(new URL(request.url ?? '/', 'http://localhost').pathname));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    let body = packed.get(file);
    if (!body) {
      body = brotliCompressSync(readFileSync(file));
      packed.set(file, body);
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-encoding': 'br' }).end(body);
  }).listen(0, '127.0.0.1');
}

const opened = (page: Page): Promise<void> => page.getByRole('button', { name: /^API server, rev \d+/ }).waitFor({ timeout: 120_000 });

async function load(browser: Browser, url: string): Promise<{ firstKB: number; unaskedKB: number }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const sizes = new Map<string, number>();
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    // What a worker loads is not the page's.
    if (response.request().resourceType() === 'script' && pathname.endsWith('.js') && !/worker/.test(pathname))
      sizes.set(pathname, statSync(join(dist, pathname)).size && brotliCompressSync(readFileSync(join(dist, pathname))).length);
  });
  await page.goto(url);
  await opened(page);
  await page.waitForTimeout(8000);
  const named = await page.evaluate(() =>
    [...document.querySelectorAll('script[src], link[rel="modulepreload"]')].map(
      (e) => new URL(e.getAttribute('src') ?? e.getAttribute('href') ?? '', location.href).pathname,
    ),
  );
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const sum = (names: Iterable<string>): number => [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0) / 1000;
  await context.close();
  return { firstKB: sum(named.filter((name) => html.includes(name.slice(1)))), unaskedKB: sum(sizes.keys()) };
}

/** CPU ×4 slower, 1.6 Mbit/s, 150 ms. */
async function slowLoad(browser: Browser, url: string): Promise<{ lcpMs: number; tbtMs: number; cls: number }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 100_000 });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.addInitScript(watchLoad);
  await page.goto(url);
  await opened(page);
  await page.waitForTimeout(5000);
  const seen = await page.evaluate(() => (globalThis as unknown as { benchSeen: { lcp: number; blocked: number; cls: number } }).benchSeen);
  await context.close();
  return { lcpMs: seen.lcp, tbtMs: seen.blocked, cls: seen.cls };
}

/** Runs in the page. */
function watchLoad(): void {
  const seen = { lcp: 0, blocked: 0, cls: 0, longest: 0 };
  Object.assign(globalThis, { benchSeen: seen });
  const watch = (type: string, see: (entry: PerformanceEntry & { value?: number }) => void): void =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) see(entry);
    }).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => {
    seen.lcp = entry.startTime;
  });
  watch('longtask', (entry) => {
    seen.blocked += entry.duration - 50;
    seen.longest = Math.max(seen.longest, entry.duration);
  });
  watch('layout-shift', (entry) => {
    seen.cls += entry.value ?? 0;
  });
}

async function longestTask(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.addInitScript(watchLoad);
  await page.goto(url);
  await opened(page);
  await page.waitForTimeout(6000);
  await page.evaluate(() => {
    (globalThis as unknown as { benchSeen: { longest: number } }).benchSeen.longest = 0;
  });
  await page.getByRole('tab', { name: 'Shell' }).click();
  const line = page.getByRole('textbox', { name: 'Command' });
  await line.fill('kubectl scale deployment web --replicas=500');
  await line.press('Enter');
  await page.waitForTimeout(30_000);
  const longest = await page.evaluate(() => (globalThis as unknown as { benchSeen: { longest: number } }).benchSeen.longest);
  await context.close();
  return Math.max(50, longest);
}
