import AxeBuilder from '@axe-core/playwright';
import { expect, type Kubarium, test } from './page.ts';

async function violations(kubarium: Kubarium): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page: kubarium.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`));
}

/** The opening scene played to 25 s, and from 15 s on with another image. */
async function forked(kubarium: Kubarium): Promise<void> {
  await kubarium.openAt(15_000);
  await kubarium.seek(25_000);
  await kubarium.seek(15_000);
  await kubarium.shell('kubectl set image deployment/web nginx=nginx:1.28');
  await expect(kubarium.page.getByText(/^given in the past: this is run 2/)).toBeVisible();
}

test('two runs by mouse: listed, compared, the first difference marked, gone back to', async ({ kubarium, page }) => {
  await forked(kubarium);
  await page.getByRole('tab', { name: 'Runs' }).click();
  const runs = page.getByRole('list', { name: 'Runs' });
  await expect(runs.getByRole('listitem')).toHaveCount(2);
  await expect(runs).toContainText('kubectl set image');
  await expect(runs).toContainText('from 1, at 15.000 s');
  await runs.getByRole('button', { name: /^Compare Run 1/ }).click();
  await runs.getByRole('button', { name: /^Compare Run 2/ }).click();
  const pane = page.getByRole('region', { name: 'Compare' });
  await expect(pane.getByText(/messages are the same, up to here/)).toBeVisible();
  const marked = pane.locator('.compare-row.marked');
  await expect(marked.first()).toContainText('15.000');
  await expect(marked.first()).toContainText('set image');
  await expect(pane).toContainText('Run 2 was given another command at 15.000 s: kubectl set image deployment/web nginx=nginx:1.28.');
  await expect(page.getByText('run 1 above, run 2 below')).toBeVisible();
  expect.soft(await violations(kubarium)).toEqual([]);
  await pane.getByRole('button', { name: /^Next difference/ }).click();
  await expect(pane.getByText(/^2 of \d+$/)).toBeVisible();
  await pane.getByRole('button', { name: /^Close/ }).click();
  await expect(pane).toHaveCount(0);

  await runs.getByRole('button', { name: 'Play Run 1' }).click();
  await expect(runs.getByRole('button', { name: 'Play Run 2' })).toBeVisible();
  await kubarium.seek(24_000);
  expect(await kubarium.shell('kubectl get deployment web -o jsonpath={.spec.template.spec.containers[0].image}')).toContain('nginx:1.27');
});

test('two modes by keyboard', async ({ kubarium, page }) => {
  await kubarium.openAt(10_000);
  const before = await kubarium.hash();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('runs');
  await page.keyboard.press('Enter');
  const other = page.getByRole('button', { name: 'in nftables' });
  await other.focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'Compare' });
  await expect(pane).toContainText('kube-proxy writes other rules: iptables and nftables.');
  await kubarium.ruler.focus();
  await page.keyboard.press('n');
  await expect(pane.getByText(/^2 of \d+$/)).toBeVisible();
  await pane.locator('.compare-row[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await expect(pane.locator('.compare-row:focus')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(pane).toHaveCount(0);
  // Comparing leaves the run as it is.
  expect(await kubarium.hash()).toEqual(before);
});
