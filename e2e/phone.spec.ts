import { wide } from './layout.ts';
import { expect, type Kubarium, test } from './page.ts';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

const tabs = (kubarium: Kubarium) => kubarium.page.getByRole('navigation', { name: 'Kubarium' });
const go = async (kubarium: Kubarium, name: string): Promise<void> => {
  const tab = tabs(kubarium).getByRole('button', { name, exact: true });
  await tab.tap();
  await expect(tab).toHaveAttribute('aria-current', 'page');
};

test('the map is readable, a pod is selected by a tap and asked why', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await expect.poll(() => kubarium.nowMs()).toBeGreaterThanOrEqual(0);
  expect(await wide(page)).toEqual([]);
  // What is written on the map is at least 9 px high as it is seen.
  const small = await page.evaluate(() => {
    const out: string[] = [];
    for (const e of document.querySelectorAll<HTMLElement>('.map [data-vertex] b, .map [data-vertex] span')) {
      const scale = e.getBoundingClientRect().height / Math.max(1, e.offsetHeight);
      const size = Number.parseFloat(getComputedStyle(e).fontSize) * scale;
      if (e.offsetWidth > 0 && e.textContent?.trim() && size < 8.9) out.push(`${e.textContent.trim().slice(0, 30)}: ${size.toFixed(1)} px`);
    }
    return out;
  });
  expect(small).toEqual([]);
  await kubarium.play.tap();
  await expect(kubarium.pod(/^Pod web-\S+, Running/).first()).toBeVisible();
  await kubarium.pause();
  const card = kubarium.pod(/^Pod web-/).first();
  await card.tap();
  await page.locator('.peek').tap();
  await expect(tabs(kubarium).getByRole('button', { name: 'Why?' })).toHaveAttribute('aria-current', 'page');
  await expect(kubarium.inspector.getByRole('region', { name: 'Why?' })).toBeVisible();
  expect(await wide(page)).toEqual([]);
});

test('manifest, shell, share and more, each at the width of the phone', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await go(kubarium, 'Manifest');
  await expect(kubarium.editor).toBeVisible();
  expect(await wide(page)).toEqual([]);
  await kubarium.editor.fill('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: small\ndata:\n  a: b\n');
  await page.getByRole('button', { name: /^Apply/ }).tap();
  await expect(kubarium.outcome).toContainText('configmap/small created');
  for (const name of ['Indent', 'Outdent', 'Colon', 'Dash', 'Undo'])
    await expect(page.getByRole('toolbar', { name: 'Keys' }).getByRole('button', { name })).toBeVisible();

  await go(kubarium, 'Shell');
  expect(await kubarium.shell('kubectl get configmap small -o jsonpath={.data.a}')).toBe('b');
  expect(await wide(page)).toEqual([]);

  await go(kubarium, 'Map');
  await page.getByRole('banner').getByRole('button', { name: 'More' }).tap();
  const more = page.getByRole('dialog', { name: 'More' });
  await expect(more).toBeVisible();
  expect(await wide(page)).toEqual([]);
  await more.getByRole('button', { name: 'Faults' }).tap();
  await expect(kubarium.faultsMenu).toBeVisible();
  expect(await wide(page)).toEqual([]);
  await page.keyboard.press('Escape');
});

test('what is tapped is large enough for a finger', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  for (const button of await tabs(kubarium).getByRole('button').all()) {
    const box = await button.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(box?.width).toBeGreaterThanOrEqual(44);
  }
  const play = await kubarium.play.boundingBox();
  expect(play?.height).toBeGreaterThanOrEqual(44);
  await expect(page.getByRole('banner').getByRole('button', { name: 'Share' })).toBeVisible();
});
