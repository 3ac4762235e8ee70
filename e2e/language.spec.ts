import { cutTexts, overlaps, wide } from './layout.ts';
import { expect, test } from './page.ts';

for (const [width, height] of [
  [1440, 900],
  [1280, 720],
  [390, 844],
] as const)
  test.describe(`German at ${width}×${height}`, () => {
    test.use({ viewport: { width, height } });
    test('nothing is cut, nothing lies over another, nothing is too wide', async ({ page }) => {
      await page.goto('./?lang=de');
      await expect(page.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await expect(page.locator('html')).toHaveAttribute('lang', 'de');
      expect.soft(await cutTexts(page), 'cut').toEqual([]);
      expect.soft(await overlaps(page), 'overlaps').toEqual([]);
      expect.soft(await wide(page), 'too wide').toEqual([]);
      await page
        .getByRole('button', { name: /^Pod web-/ })
        .first()
        .click();
      expect.soft(await cutTexts(page), 'a pod selected: cut').toEqual([]);
    });
  });

test('German is chosen in the settings, stays, and gives way to English again', async ({ kubarium, page }) => {
  await kubarium.openAt(5000);
  const before = await kubarium.hash();
  await kubarium.ruler.focus();
  await page.keyboard.press('?');
  await page.getByLabel('Language').selectOption('de');
  await expect(page.getByRole('banner').getByRole('button', { name: 'Störungen' })).toBeVisible();
  await expect(page.getByRole('timer', { name: 'Uhr' })).toContainText('5.000');
  // The run does not notice.
  expect(await kubarium.hash()).toEqual(before);
  await page.reload();
  await expect(page.getByRole('banner').getByRole('button', { name: 'Störungen' })).toBeVisible();
  await page.goto('./?lang=en');
  await kubarium.opened();
  await expect(page.getByRole('banner').getByRole('button', { name: 'Faults' })).toBeVisible();
});
