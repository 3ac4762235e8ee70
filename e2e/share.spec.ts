import { readFile } from 'node:fs/promises';
import { decodeLink, encodeLink } from '../src/session/link.ts';
import { expect, Kubarium, test } from './page.ts';

test('a link opens the same run elsewhere: names, addresses, second, trace', async ({ kubarium, browser }) => {
  await kubarium.openAt(15_000);
  await kubarium.shell('kubectl scale deployment web --replicas=4');
  await kubarium.seek(30_000);
  const pods = await kubarium.shell('kubectl get pods -o wide --no-headers');
  expect(pods.match(/^web-/gm)).toHaveLength(4);
  await kubarium.seek(40_000);
  const hash = await kubarium.hash();
  const link = await kubarium.shareLink();

  // A person who has never been here: nothing stored.
  const context = await browser.newContext();
  const other = new Kubarium(await context.newPage());
  await other.page.goto(link);
  await other.opened();
  await expect(other.ruler).toHaveAttribute('aria-valuenow', '40000');
  await expect(other.play).toBeVisible();
  expect(await other.hash()).toEqual(hash);
  const words = (text: string): string[][] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map(([name, ready, status, restarts, , ip, node]) => [name, ready, status, restarts, ip, node] as string[]);
  expect(words(await other.shell('kubectl get pods -o wide --no-headers'))).toEqual(words(pods));
  expect(other.complaints).toEqual([]);
  await context.close();
});

test('a run that was forked opens as it is, and a run that is another says so', async ({ kubarium, browser, page }) => {
  await kubarium.openAt(30_000);
  await kubarium.shell('kubectl scale deployment web --replicas=5');
  await kubarium.seek(10_000);
  // In the past: what lay ahead is given up.
  await kubarium.shell('kubectl scale deployment web --replicas=2');
  await kubarium.seek(40_000);
  const hash = await kubarium.hash();
  const link = await kubarium.shareLink();
  const context = await browser.newContext();
  const other = new Kubarium(await context.newPage());
  await other.page.goto(link);
  await other.opened();
  await expect(other.ruler).toHaveAttribute('aria-valuenow', '40000');
  expect(await other.hash()).toEqual(hash);
  await expect(other.page.getByRole('alert')).toHaveCount(0);
  await context.close();

  // The same link from a model of long ago, whose run was another.
  const { link: held } = await decodeLink(new URL(link).hash);
  if (!held?.made) throw new Error('the link names no model');
  await page.goto(`./#${await encodeLink({ ...held, made: { model: '1.30.0-1', seq: held.made.seq, traceHash: 1 } })}`);
  await expect(page.getByRole('alert')).toContainText(/made with model 1\.30\.0-1; this page has model .*at 40\.000 s is not what was shared/);
});

test('shows a QR code, copies embed code, saves and opens a file', async ({ kubarium, page }) => {
  const long = `# ${Array.from({ length: 2500 }, (_, i) => ((i * 7919) % 65_521).toString(36)).join(' ')}\napiVersion: v1\nkind: Pod\nmetadata: {name: long}\nspec: {containers: [{name: c, image: nginx:1.27}]}\n`;
  await page.goto(
    `./#${await encodeLink({ title: 'Long', scenario: '', manifest: long, seed: 1, options: { workers: 1 }, commands: [], view: { atMs: 3000, selected: '', mode: '' } })}`,
  );
  await kubarium.opened();
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '3000');
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share' });
  await expect(dialog).toContainText('some programs cut links longer than 8 000');
  await dialog.getByRole('button', { name: 'QR code' }).click();
  await expect(dialog).toContainText('A QR code holds at most 2 953 characters');
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Save as file' }).click()]);
  expect(download.suggestedFilename()).toBe('long.kubarium.json');
  const path = await download.path();
  await kubarium.leave();
  await page.goto('./');
  await kubarium.opened();
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
  await dialog.getByRole('button', { name: 'QR code' }).click();
  await expect(dialog.getByRole('img', { name: 'QR code of the link of A Deployment behind a Service' })).toBeVisible();
  await dialog.getByLabel('Open a file').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: await readFile(path) });
  await expect(kubarium.pod('long')).toBeVisible();
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '3000');
});

test('copies the link and the Markdown', async ({ kubarium, context, page }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await kubarium.openAt(5000);
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share' });
  await dialog.getByRole('button', { name: 'Copy link' }).click();
  await expect(dialog.getByRole('status')).toHaveText('Copied');
  const link = await dialog.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await dialog.getByRole('button', { name: 'Copy as Markdown' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`[A Deployment behind a Service, at 5.000 s](${link})`);
});

const foreign = async (): Promise<string> =>
  `#${await encodeLink({ hello: 'world', commands: [{ atMs: 'x' }] } as unknown as Parameters<typeof encodeLink>[0])}`;

for (const [name, hash, words] of [
  ['a broken link', async () => '#v1:%%%', /damaged/],
  [
    'a link that was cut',
    async () =>
      `#${(await encodeLink({ title: 'T', scenario: '', manifest: 'x'.repeat(500), seed: 1, options: {}, commands: [], view: { atMs: 0, selected: '', mode: '' } })).slice(0, 20)}`,
    /damaged|cut short/,
  ],
  ['an oversized link', async () => `#v1:${'A'.repeat(70_000)}`, /at most 65536 are read/],
  ['something that is no link of the page', foreign, /./],
  ['a link of another version', async () => '#v99:abc', /version 99/],
] as const)
  test(`${name}: says so and shows the first scene`, async ({ kubarium, page }) => {
    await kubarium.open(await hash());
    const alert = page.getByRole('alert');
    await expect(alert).toContainText('The link was not opened; the first scene is shown instead.');
    await expect(alert).toContainText(words);
    await expect(page.getByText('running, seed 7')).toBeVisible();
    await alert.getByRole('button', { name: 'Close' }).click();
    await expect(alert).toHaveCount(0);
  });
