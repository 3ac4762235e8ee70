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

test('a window that changes its size, and a column that is drawn wider, keep every region in its place', async ({ kubarium, page }) => {
  await kubarium.open();
  const boxes = async (): Promise<{ header: number; map: number; dock: number }> => ({
    header: (await page.getByRole('banner').boundingBox())?.y ?? -1,
    map: (await kubarium.map.boundingBox())?.x ?? -1,
    dock: (await kubarium.ruler.boundingBox())?.y ?? -1,
  });
  for (const size of [
    { width: 1100, height: 800 },
    { width: 1680, height: 1050 },
    { width: 1440, height: 900 },
  ]) {
    await page.setViewportSize(size);
    await expect.poll(async () => (await boxes()).dock).toBeGreaterThan(size.height / 2);
    const { header, map } = await boxes();
    expect(header).toBe(0);
    expect(map).toBeGreaterThanOrEqual(300);
  }
  await page.getByRole('separator', { name: 'Width of the left column' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(async () => (await boxes()).dock).toBeGreaterThan(450);
  expect((await boxes()).map).toBeGreaterThan(300);
});
