import AxeBuilder from '@axe-core/playwright';
import { expect, type Kubarium, test } from './page.ts';

async function openLens({ page }: Kubarium) {
  await page.getByRole('banner').getByRole('button', { name: 'Packet lens' }).click();
  const lens = page.getByRole('region', { name: 'Packet lens' });
  await expect(lens.getByRole('heading', { name: /nftables as kube-proxy would write it/ })).toBeVisible();
  return lens;
}

test('one packet in three columns, with the answer’s way, and nothing of it in the run', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  const before = await kubarium.nowMs();
  const lens = await openLens(kubarium);
  // Counts of a walk to the second of three Services with three endpoints.
  await expect(lens.getByRole('heading', { name: /iptables running/ }).locator('xpath=..')).toContainText('17 rules looked at');
  await expect(lens.getByRole('heading', { name: /IPVS/ }).locator('xpath=..')).toContainText('15 rules, 1 look-up');
  await expect(lens.getByRole('heading', { name: /nftables/ }).locator('xpath=..')).toContainText('14 rules, 1 look-up');
  for (const mode of ['iptables', 'IPVS', 'nftables']) await expect(lens.getByRole('list', { name: `${mode}, PREROUTING` }).first()).toBeVisible();
  await expect(lens.getByRole('list', { name: 'IPVS, Filter, IPVS' })).toContainText(/TCP 10\.96\.[\d.]+:80 rr -> 10\.244\.\d\.\d:80/);
  await lens.getByRole('button', { name: /^Answer 1/ }).click();
  await expect(lens.getByText('known flow').first()).toBeVisible();

  // Steps by keys, the whole rule below.
  await lens.getByRole('region', { name: /^Way of the packet/ }).focus();
  for (let i = 0; i < 7; i += 1) await page.keyboard.press('ArrowRight');
  await expect(lens.getByRole('region', { name: 'Step' })).toContainText('--comment');
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations.map((v) => `${v.id} ${v.nodes.map((n) => n.target).join()}`)).toEqual([]);
  expect(await kubarium.nowMs()).toBe(before);
});

test('a thousand connections, and the curve', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  const lens = await openLens(kubarium);
  for (const [mode, each] of [
    ['iptables', /10\.244\.\d\.\d:80\d{3}, expected 333\.3/],
    ['IPVS', /10\.244\.\d\.\d:8033[34], expected 333\.3/],
    ['nftables', /10\.244\.\d\.\d:80\d{3}, expected 333\.3/],
  ] as const) {
    const rows = lens.getByRole('list', { name: `${mode}: Connections` }).getByRole('listitem');
    await expect(rows).toHaveCount(3);
    for (const row of await rows.all()) await expect(row).toHaveText(each);
  }
  const table = lens.getByRole('table', { name: /^Rules looked at for a new connection/ });
  await expect(table.getByRole('row', { name: /^1\s000 / })).toHaveText(/1\s0005\d\d1514/);
});

test('pasted rules: errors by line, then the way without them', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  const lens = await openLens(kubarium);
  await lens.getByRole('radio', { name: 'Pasted rules' }).check();
  const rules = [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    '-A INPUT -m bpf --bytecode x -j DROP',
    '-A INPUT -p tcp -m tcp --dport 80 -j REJECT',
    'COMMIT',
    '',
  ];
  await lens.getByRole('textbox', { name: /^Rules, as/ }).fill(rules.join('\n'));
  await lens.getByRole('button', { name: 'Walk', exact: true }).click();
  await expect(lens.getByRole('alert')).toHaveText('1 line cannot be read');
  await expect(lens.getByRole('listitem')).toContainText(["line 5 Couldn't load match `bpf'"]);
  await lens.getByRole('button', { name: 'Walk without these lines' }).click();
  await expect(lens.getByText('Verdict REJECT icmp-port-unreachable')).toBeVisible();
});

test('the rules of twenty thousand Services scroll, are found, and hold up no frame', async ({ kubarium, page }) => {
  test.slow();
  await kubarium.openAt(15_000);
  const lens = await openLens(kubarium);
  await lens.getByRole('button', { name: 'Open the table of rules' }).click();
  const pane = page.getByRole('region', { name: 'Rules' });
  await expect(pane.getByRole('grid', { name: 'Rules of KUBE-SERVICES' })).toBeVisible();
  await page.evaluate(() => {
    const long: number[] = [];
    Object.assign(globalThis, { long });
    new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
  });
  await pane.getByRole('radio', { name: /^20\s000$/ }).check();
  const grid = pane.getByRole('grid', { name: 'Rules of KUBE-SERVICES' });
  await expect(pane.getByText(/^20\s00\d rules of 2\d\d\s\d{3} in nat$/)).toBeVisible({ timeout: 120_000 });
  await expect(grid.getByText(/rules not matching/)).toBeVisible({ timeout: 120_000 });
  await expect(grid.getByText(/rules after it, not looked at/)).toBeVisible();
  await pane.getByRole('checkbox', { name: /way only/ }).uncheck();
  await expect(grid).toHaveAttribute('aria-rowcount', /^2000\d$/);
  for (let i = 1; i <= 20; i += 1) await grid.evaluate((e, part) => e.scrollTo(0, e.scrollHeight * part), i / 20);
  await expect(grid.getByRole('row').last()).toContainText('KUBE-NODEPORTS');
  expect(await grid.getByRole('row').count()).toBeLessThan(80);
  await pane.getByRole('searchbox', { name: 'Find in this table' }).fill('app-10005');
  await expect(pane.getByText('1 in this chain', { exact: false })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(grid.getByRole('row', { selected: true })).toContainText('shop/app-10005:http');
  const long = await page.evaluate(() => (globalThis as unknown as { long: number[] }).long);
  console.log(
    `longest tasks of the page, ms: ${
      long
        .sort((a, b) => b - a)
        .slice(0, 5)
        .map(Math.round)
        .join(' ') || 'none'
    }`,
  );
  expect(long.filter((ms) => ms > 200)).toEqual([]);
});
