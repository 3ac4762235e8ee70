import { encodeLink } from '../src/session/link.ts';
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
