import { readFile } from 'node:fs/promises';
import { expect, type Kubarium, test } from './page.ts';

/** Chosen in the palette; the file that comes of it. */
async function taken(kubarium: Kubarium, words: string): Promise<{ name: string; bytes: Buffer }> {
  const { page } = kubarium;
  const [download] = await Promise.all([page.waitForEvent('download'), choose(kubarium, words)]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

async function choose({ page, ruler }: Kubarium, words: string): Promise<void> {
  await ruler.focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}

test('picture and transcript by the palette', async ({ kubarium }) => {
  await kubarium.openAt(12_000);
  const svg = await taken(kubarium, 'as SVG');
  expect(svg.name).toBe('a-deployment-behind-a-service-12.000s.svg');
  const text = svg.bytes.toString('utf8');
  expect(text).toMatch(/^<svg [^>]*width="1440" height="900"[^>]*data-theme="light"/);
  expect(text).toContain('coredns');
  // It needs nothing from elsewhere.
  expect(text).not.toMatch(/(src|href)="(?!data:)|url\((?!"?data:|#)/);
  const png = await taken(kubarium, 'as PNG');
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
  expect([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]).toEqual([2880, 1800]);
  const markdown = (await taken(kubarium, 'as Markdown')).bytes.toString('utf8');
  expect(markdown).toContain('# A Deployment behind a Service, at 12.000 s');
  expect(markdown).toMatch(/- `\d+\.\d{3}` web-\S+: Running, ready/);
  expect(markdown).toMatch(/\(http\S+#v1:\S+\)/);
});

test('bookmarks and changes by keyboard, also after a reload', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium.ruler.focus();
  await page.keyboard.press('b');
  await expect(kubarium.ruler).toHaveAttribute('aria-description', 'bookmarks at 15.000 s');
  await kubarium
    .pod(/^Pod web-/)
    .first()
    .click();
  await kubarium.ruler.focus();
  await page.keyboard.press('E');
  await expect.poll(() => kubarium.nowMs()).toBeLessThan(15_000);
  const ready = await kubarium.nowMs();
  await page.keyboard.press('E');
  await expect.poll(() => kubarium.nowMs()).toBeLessThan(ready);
  await page.keyboard.press('e');
  await expect.poll(() => kubarium.nowMs()).toBe(ready);
  await page.keyboard.press('B');
  await expect.poll(() => kubarium.nowMs()).toBe(15_000);
  await page.reload();
  await kubarium.opened();
  await expect(kubarium.ruler).toHaveAttribute('aria-description', 'bookmarks at 15.000 s');
  await kubarium.pause();
  await choose(kubarium, 'Bookmark at');
  await expect.poll(() => kubarium.nowMs()).toBe(15_000);
});

test('what if: the deciding line, at its moment, and another run from there', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium
    .pod(/^Pod web-/)
    .first()
    .click();
  const why = kubarium.inspector.getByRole('region', { name: 'Why?' });
  await why.getByRole('button', { name: 'What if?' }).click();
  await expect.poll(() => kubarium.nowMs()).toBeLessThan(15_000);
  await expect(kubarium.editor).toBeFocused();
  await kubarium.write('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n');
  expect(await kubarium.apply()).toContain('configmap/other created');
  await page.getByRole('tab', { name: 'Runs' }).click();
  await expect(page.getByRole('list', { name: 'Runs' }).getByRole('listitem')).toHaveCount(2);
});
