/** The examples of embedding, each built by its tool where that can be had, served, and opened. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '@mdx-js/mdx';
import { expect, type Page } from '@playwright/test';
import { build } from 'esbuild';
import type { KubariumEmbed } from '../src/embed/element.ts';
import { type Host, test } from './hosts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = (name: string): string => join(root, 'examples', name);
let made = '';
test.beforeEach(() => {
  made = mkdtempSync(join(tmpdir(), 'kubarium-example-'));
});
test.afterEach(() => rmSync(made, { recursive: true, force: true }));

const serve = (host: Host, folder: string): string => {
  host.mount('/kubarium/', join(root, 'dist'));
  return host.mount('/', folder);
};

/** The poster is pressed, the figure runs. */
async function runs(page: Page): Promise<void> {
  await page.getByRole('button', { name: /Readiness and traffic/ }).click();
  await expect(page.frameLocator('kubarium-embed iframe').getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
  await expect(page.frameLocator('kubarium-embed iframe').getByRole('heading', { name: 'Readiness and traffic' })).toBeVisible();
}

function installed(tool: string): boolean {
  const { status } = spawnSync(tool, [tool === 'hugo' ? 'version' : '--version'], { stdio: 'ignore' });
  if (status !== 0) console.log(`skipped: ${tool} is not installed (Debian: apt-get install ${tool}); examples/${tool} was not built`);
  return status === 0;
}

test('plain HTML: the element with its lesson, answers recorded, and the bare frame', async ({ page, host }) => {
  // Lessons go to their pauses at once.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(serve(host, example('plain-html')));
  await page.evaluate(() => (document.getElementById('figure') as unknown as KubariumEmbed).start());
  const figure = page.frameLocator('kubarium-embed iframe');
  await expect(figure.getByText('Two pods behind a Service').first()).toBeVisible();
  await expect(page.locator('#record li').first()).toHaveText(/^reached: Two pods behind a Service \(1 of \d+\)$/);
  // The frame grows to its content meanwhile; a press that met a moving button is pressed again.
  await expect(async () => {
    const next = figure.getByRole('button', { name: 'Next' });
    if (await next.isVisible()) await next.click();
    await expect(page.locator('#record li').nth(1)).toBeVisible({ timeout: 8000 });
  }).toPass();
  await expect(page.locator('#record li').nth(1)).toHaveText(/^reached: A third pod starts \(2 of \d+\)$/);
  await figure.getByRole('radio', { name: 'None' }).focus();
  await page.keyboard.press('Space');
  await figure.getByRole('button', { name: 'Run and see' }).click();
  await expect(page.locator('#record li').nth(2)).toHaveText(/How many of the connections.* None: right$/);
  const bare = page.frameLocator('body > iframe');
  await bare.getByRole('button', { name: /Run the figure/ }).click();
  await expect(bare.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
});

test('reveal.js: runs when its slide is shown, rests when it is left', async ({ page, host }) => {
  host.mount('/reveal.js/', join(root, 'node_modules/reveal.js'));
  await page.goto(serve(host, example('reveal')));
  await expect(page.getByRole('heading', { name: 'Only ready pods get traffic' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  const figure = page.frameLocator('kubarium-embed iframe');
  await expect(figure.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  const time = figure.getByRole('slider', { name: 'Time', exact: true });
  await expect.poll(async () => Number(await time.getAttribute('aria-valuenow'))).toBeGreaterThan(500);
  await page.locator('.reveal').press('ArrowRight');
  await expect(page.getByRole('heading', { name: 'Questions' })).toBeVisible();
  const frame = page.frames().find((one) => one.url().includes('/embed.html'));
  const nowMs = (): Promise<number> =>
    frame?.evaluate(
      async () => (await (globalThis as unknown as { kubarium: { ask(q: object): Promise<{ nowMs: number }> } }).kubarium.ask({ q: 'hash' })).nowMs,
    ) ?? Promise.resolve(-1);
  await expect
    .poll(async () => {
      const before = await nowMs();
      await page.waitForTimeout(300);
      return (await nowMs()) - before;
    })
    .toBe(0);
});

test('Docusaurus: the MDX compiled and rendered by React', async ({ page, host }) => {
  writeFileSync(
    join(made, 'entry.jsx'),
    `import { createRoot } from 'react-dom/client';\nimport Doc from '${example('docusaurus')}/docs/readiness.mdx';\ncreateRoot(document.getElementById('root')).render(<Doc />);\n`,
  );
  await build({
    entryPoints: [join(made, 'entry.jsx')],
    outfile: join(made, 'out/page.js'),
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    nodePaths: [join(root, 'node_modules')],
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'mdx',
        setup(plugin) {
          plugin.onLoad({ filter: /\.mdx$/ }, async ({ path }) => ({
            // Docusaurus reads what stands between the dashes itself.
            contents: String(await compile(readFileSync(path, 'utf8').replace(/^---\n[\s\S]*?\n---\n/, ''))),
            loader: 'jsx',
          }));
        },
      },
    ],
  });
  writeFileSync(
    join(made, 'out/index.html'),
    '<!doctype html><html lang="en"><title>MDX</title><div id="root"></div><script type="module" src="page.js"></script></html>',
  );
  await page.goto(serve(host, join(made, 'out')));
  await expect(page.getByRole('heading', { name: 'Only ready pods get traffic' })).toBeVisible();
  await runs(page);
});

test('Hugo: the shortcode', async ({ page, host }) => {
  test.skip(!installed('hugo'), 'hugo is not installed');
  execFileSync('hugo', ['--source', example('hugo'), '--destination', join(made, 'out'), '--noBuildLock', '--quiet'], {
    env: { ...process.env, HUGO_RESOURCEDIR: join(made, 'resources'), HUGO_CACHEDIR: join(made, 'cache') },
  });
  await page.goto(`${serve(host, join(made, 'out'))}readiness/`);
  await runs(page);
  await expect(page.frameLocator('kubarium-embed iframe').getByRole('slider', { name: 'Time', exact: true })).toHaveAttribute('aria-valuenow', /^2\d{4}$/);
});

test('MkDocs: HTML in Markdown', async ({ page, host }) => {
  test.skip(!installed('mkdocs'), 'mkdocs is not installed');
  execFileSync('mkdocs', ['build', '--quiet', '--config-file', join(example('mkdocs'), 'mkdocs.yml'), '--site-dir', join(made, 'out')], {
    cwd: made,
    stdio: 'inherit',
  });
  await page.goto(serve(host, join(made, 'out')));
  await expect(page.getByRole('heading', { name: 'Only ready pods get traffic' })).toBeVisible();
  await runs(page);
});
