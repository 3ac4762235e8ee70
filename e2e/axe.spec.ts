import AxeBuilder from '@axe-core/playwright';
import { expect, type Kubarium, test } from './page.ts';

/** Violations in words: rule, and where. */
async function violations(kubarium: Kubarium): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page: kubarium.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`));
}

test('the opening scene and its panels', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  expect.soft(await violations(kubarium), 'opening').toEqual([]);

  await kubarium
    .pod(/^Pod web-/)
    .first()
    .click();
  await expect(kubarium.inspector.getByRole('region', { name: 'Why?' }).getByRole('button').first()).toBeVisible();
  for (const fold of await kubarium.inspector.locator('summary').all()) await fold.click();
  expect.soft(await violations(kubarium), 'inspector').toEqual([]);

  await kubarium.shell('kubectl get pods');
  await kubarium.shell('kubectl get nothing');
  expect.soft(await violations(kubarium), 'shell').toEqual([]);

  await page.keyboard.press('Control+`');
  await expect(page.locator('.wide-shell')).toBeVisible();
  expect.soft(await violations(kubarium), 'wide shell').toEqual([]);
});

test('menus and dialogs', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  const [pod] = (await kubarium.podNames()).filter((name) => name.startsWith('web-'));
  await kubarium.failReadiness(pod as string);
  await kubarium.openFaults();
  await kubarium.faultsMenu.getByRole('button', { name: /^a container’s process/ }).click();
  expect.soft(await violations(kubarium), 'faults').toEqual([]);
  await kubarium.leave();
  await page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
  await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/#v1:/);
  expect.soft(await violations(kubarium), 'share').toEqual([]);
  await kubarium.leave();
  await kubarium.ruler.focus();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Find or do' })).toBeVisible();
  expect.soft(await violations(kubarium), 'palette').toEqual([]);
  await kubarium.leave();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  expect.soft(await violations(kubarium), 'keys').toEqual([]);
  await kubarium.leave();
  await page.getByRole('banner').getByRole('button', { name: 'Packet lens' }).click();
  expect.soft(await violations(kubarium), 'lens').toEqual([]);
});

test('the editor, with an error in it', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await kubarium.write('apiVersion: v1\nkind: Pod\nmetadata:\n  name: Wrong_Name\nspec:\n  containers:\n  - name: c\n    image: nginx\n');
  await expect(page.locator('.monaco-editor .error-row')).toContainText('RFC 1123');
  await kubarium.apply();
  expect(await violations(kubarium)).toEqual([]);
});

for (const [name, theme] of [
  ['dark', 'dark'],
  ['high contrast', 'contrast'],
] as const)
  test(`${name}, with a pod that fails`, async ({ kubarium, page }) => {
    await page.addInitScript((value) => localStorage.setItem('kubarium.settings', JSON.stringify({ theme: value })), theme);
    await kubarium.openAt(15_000);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await kubarium.shell('kubectl run broken --image=busybox:1.36 --restart=Always -- sh -c "exit 3"');
    await kubarium.seek(20_000);
    await kubarium.pod(/^Pod /).first().click();
    await expect(kubarium.inspector.getByRole('region', { name: 'Why?' }).getByRole('button').first()).toBeVisible();
    expect.soft(await violations(kubarium), 'inspector').toEqual([]);
    await kubarium.openFaults();
    expect.soft(await violations(kubarium), 'faults').toEqual([]);
    await kubarium.leave();
    await kubarium.loadMonaco();
    expect.soft(await violations(kubarium), 'editor').toEqual([]);
  });

test.describe('on the phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });
  test('map, manifest, why and shell', async ({ kubarium, page }) => {
    await kubarium.open();
    await kubarium.pause();
    for (const tab of ['Map', 'Manifest', 'Why?', 'Shell']) {
      await page.getByRole('navigation', { name: 'Kubarium' }).getByRole('button', { name: tab, exact: true }).tap();
      expect.soft(await violations(kubarium), tab).toEqual([]);
    }
  });
});

declare global {
  /** Counted on the canvas over the map: dots are drawn at a place they are moved to, outlines as rectangles. */
  var drawn: { dots: number; outlines: number };
}

/** The opening scene, running: what is drawn over the map, and what the style sheet moves. */
async function motion(kubarium: Kubarium): Promise<{ dots: number; outlines: number; moving: string[] }> {
  await kubarium.page.addInitScript(() => {
    globalThis.drawn = { dots: 0, outlines: 0 };
    const { translate, strokeRect } = CanvasRenderingContext2D.prototype;
    const over = (ctx: CanvasRenderingContext2D): boolean => (ctx.canvas as HTMLCanvasElement).closest('.dots') !== null;
    CanvasRenderingContext2D.prototype.translate = function (x, y) {
      if (over(this)) globalThis.drawn.dots += 1;
      translate.call(this, x, y);
    };
    CanvasRenderingContext2D.prototype.strokeRect = function (x, y, w, h) {
      if (over(this)) globalThis.drawn.outlines += 1;
      strokeRect.call(this, x, y, w, h);
    };
  });
  await kubarium.open();
  await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(2000);
  return kubarium.page.evaluate(() => {
    const moving: string[] = [];
    for (const animation of document.getAnimations()) {
      const { duration, iterations } = (animation.effect as KeyframeEffect).getTiming();
      if (Number(duration) > 10 || iterations === Number.POSITIVE_INFINITY) moving.push(String((animation as CSSAnimation).animationName ?? 'transition'));
    }
    return { ...globalThis.drawn, moving };
  });
}

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  test('nothing flies over the map: what sent and what got is outlined', async ({ kubarium }) => {
    const { dots, outlines, moving } = await motion(kubarium);
    expect(dots).toBe(0);
    expect(outlines).toBeGreaterThan(0);
    expect(moving).toEqual([]);
    await kubarium.pause();
    expect(await violations(kubarium)).toEqual([]);
  });
});

test('without that wish messages do fly', async ({ kubarium }) => {
  expect((await motion(kubarium)).dots).toBeGreaterThan(0);
});
