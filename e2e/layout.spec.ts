import { cutTexts, overlaps, wide } from './layout.ts';
import { expect, test } from './page.ts';

for (const [width, height] of [
  [1440, 900],
  [1920, 1080],
  [1280, 720],
  [390, 844],
] as const)
  test.describe(`at ${width}×${height}`, () => {
    test.use({ viewport: { width, height } });
    test('no text is cut that cannot be read, no card lies over another, nothing is wider than the window', async ({ kubarium, page }) => {
      await kubarium.open();
      await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(1500);
      await kubarium.pause();
      await expect(kubarium.pod(/^Pod web-/).first()).toBeVisible();
      const check = async (what: string): Promise<void> => {
        expect.soft(await cutTexts(page), `${what}: cut`).toEqual([]);
        expect.soft(await overlaps(page), `${what}: overlaps`).toEqual([]);
        expect.soft(await wide(page), `${what}: too wide`).toEqual([]);
      };
      await check('opening');
      await kubarium
        .pod(/^Pod web-/)
        .first()
        .click();
      if (width >= 640) await expect(kubarium.inspector).toBeVisible();
      await check('a pod selected');
      await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
      await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/#v1:/);
      await check('Share');
      await kubarium.leave();
      if (width < 640) return;
      await kubarium.openFaults();
      await check('Faults');
      await kubarium.leave();
      await kubarium.shell('kubectl scale deployment web --replicas=14');
      await kubarium.seek(12_000);
      await expect.poll(() => kubarium.pod(/^Pod web-/).count()).toBeGreaterThan(5);
      await check('fourteen pods');
    });
  });
