/** Text from strangers on the page itself: what a link, an object or a program says is shown as text, found as text, and no clock of the machine matters. */
import { opening } from '../src/app/opening.ts';
import type { Command } from '../src/core/index.ts';
import { encodeLink } from '../src/session/link.ts';
import { expect, Kubarium, test } from './page.ts';

const markup = '<img src=x onerror="globalThis.broken = 1"><script>globalThis.broken = 1</script>';
const rightToLeft = '\u202egpj.exe';
const link = (title: string, manifest: string, commands: { atMs: number; command: Command }[] = [], atMs = 6000): Promise<string> =>
  encodeLink({ title, scenario: '', manifest, seed: 1, options: {}, commands, view: { atMs, selected: '', mode: '' } });

test('row 6: markup, escapes and turned text in a link are shown as text, and wait behind what can be opened', async ({ kubarium, page }) => {
  const long = 'x'.repeat(2000);
  const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: said
  annotations: {hostile: ${JSON.stringify(`${markup}${rightToLeft}${long}`)}}
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, ${JSON.stringify(`echo '${markup}'; printf '\\033[31mred\\033[0m\\n'; echo '${long}'; sleep 600`)}]
`;
  await kubarium.open(`#${await link(markup, manifest)}`);
  await kubarium.find('said');
  await expect(kubarium.inspector).toContainText('said');
  // The title, the log, the stored object and what the shell prints hold the very characters.
  expect(await kubarium.shell('kubectl logs said')).toContain(markup);
  expect(await kubarium.shell('kubectl get pod said -o yaml')).toContain('<img src=x');
  const red = await kubarium.shell('kubectl logs said | grep red');
  expect(red).toContain('red');
  expect(await page.locator('img[src="x"], script:not([src])').count()).toBe(0);
  expect(await page.evaluate(() => (globalThis as { broken?: number }).broken)).toBeUndefined();
  // Two thousand characters without a gap make nothing wider than the window.
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
});

test('row 25: patterns that choke an expression are plain text to every search box', async ({ kubarium, page }) => {
  const line = 'a'.repeat(30_000);
  await kubarium.open(`#${await link('', opening.manifest)}`);
  expect(await kubarium.shell(`client: echo ${line}! | grep -cE '(a+)+$'`)).toMatch(/^(0|grep: .*)\n?$/);
  await kubarium.shell(`client: echo '${line}(a+)+$'`);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Find or do' });
  await palette.getByRole('combobox', { name: 'Find or do' }).fill('(a+)+$');
  await expect(palette.getByRole('option', { selected: true })).toHaveCount(0);
  await palette.getByRole('combobox', { name: 'Find or do' }).fill(`${'(a+)+'.repeat(2000)}$`);
  await kubarium.leave();
  await page.getByRole('tab', { name: 'Gallery' }).click();
  const gallery = page.getByRole('tabpanel', { name: 'Gallery' });
  await gallery.getByRole('searchbox').fill(`${'(a+)+$ ['.repeat(500)}`);
  await expect(gallery.getByText('No scenario fits.')).toBeVisible();
  await gallery.getByRole('button', { name: 'Show all' }).click();
  await page.keyboard.press('Control+`');
  const wide = page.getByRole('region', { name: 'Shell', exact: true });
  await wide.getByRole('searchbox', { name: 'Search the log' }).fill('(a+)+$');
  await expect(wide.getByText('1 of 1', { exact: true })).toBeVisible();
  await wide.getByRole('searchbox', { name: 'Search the log' }).fill('(a+)+x');
  await expect(wide.getByText('not found')).toBeVisible();
});

test('row 38: another zone, another language and a clock that was set back change nothing of the run', async ({ kubarium, browser }) => {
  const commands = [
    { atMs: 9000, command: { type: 'kubectl', argv: ['scale', 'deployment', 'web', '--replicas=5'], namespace: 'default', files: {} } as Command },
  ];
  const at = `#${await link('', opening.manifest, commands, 20_000)}`;
  await kubarium.open(at);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '20000');
  const hash = await kubarium.hash();
  const pods = await kubarium.shell('kubectl get pods -o yaml');

  const context = await browser.newContext({ locale: 'tr-TR', timezoneId: 'Asia/Kathmandu' });
  const other = new Kubarium(await context.newPage());
  await other.page.clock.install({ time: new Date('1999-03-28T01:59:59Z') });
  await other.page.goto(`./${at}`);
  await other.page.clock.resume();
  await other.opened();
  await expect(other.ruler).toHaveAttribute('aria-valuenow', '20000');
  await other.page.clock.setSystemTime(new Date('1990-01-01T00:00:00Z'));
  expect(await other.hash()).toEqual(hash);
  expect(await other.shell('kubectl get pods -o yaml')).toBe(pods);
  expect(other.complaints).toEqual([]);
  await context.close();
});
