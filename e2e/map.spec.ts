import { expect, type Kubarium, test } from './page.ts';

interface View {
  x: number;
  y: number;
  zoom: number;
}

const view = (kubarium: Kubarium): Promise<View> =>
  kubarium.page.locator('.react-flow__viewport').evaluate((e) => {
    const { e: x, f: y, a: zoom } = new DOMMatrixReadOnly(getComputedStyle(e).transform);
    return { x, y, zoom };
  });
const settled = async (kubarium: Kubarium): Promise<View> => {
  let last = await view(kubarium);
  await expect
    .poll(async () => {
      const now = await view(kubarium);
      const still = now.x === last.x && now.y === last.y && now.zoom === last.zoom;
      last = now;
      return still;
    })
    .toBe(true);
  return last;
};
const middle = async (kubarium: Kubarium): Promise<[number, number]> => {
  const box = await kubarium.map.boundingBox();
  if (!box) throw new Error('the map is not shown');
  return [box.x + box.width / 2, box.y + box.height / 2];
};

test('is panned by dragging, cards included, and no further than 120 px outside; a drag selects nothing', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  expect(await settled(kubarium)).toEqual({ x: 0, y: 0, zoom: 1 });
  const kubelet = await kubarium.map.getByRole('button', { name: /^kubelet, / }).boundingBox();
  if (!kubelet) throw new Error('no kubelet');
  const [x, y] = [kubelet.x + kubelet.width / 2, kubelet.y + kubelet.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 30, { steps: 4 });
  await page.mouse.up();
  const moved = await settled(kubarium);
  expect(moved).toEqual({ x: 40, y: 30, zoom: 1 });
  await expect(kubarium.map.getByRole('button', { pressed: true })).toHaveCount(0);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 600, y + 400, { steps: 8 });
  await page.mouse.up();
  expect(await settled(kubarium)).toEqual({ x: 120, y: 120, zoom: 1 });
  // Selecting moves nothing.
  await kubarium.map.getByRole('button', { name: /^scheduler/ }).click();
  await expect(kubarium.map.getByRole('button', { name: /^scheduler/ })).toHaveAttribute('aria-pressed', 'true');
  expect(await settled(kubarium)).toEqual({ x: 120, y: 120, zoom: 1 });
  await page.keyboard.press('0');
  expect(await settled(kubarium)).toEqual({ x: 0, y: 0, zoom: 1 });
});

test('the wheel zooms about the pointer; far out the whole cluster is shown, near a component is opened', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  const [x, y] = await middle(kubarium);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -200);
  const near = await settled(kubarium);
  expect(near.zoom).toBeGreaterThan(1.2);
  await page.mouse.wheel(0, 900);
  expect((await settled(kubarium)).zoom).toBe(0.5);
  await expect(kubarium.map.getByRole('button', { name: /^Node worker-1, Ready, 3 pods|^Node worker-1, Ready/ })).toBeVisible();
  await expect(kubarium.map.getByRole('button', { name: /^kubelet, / })).toHaveCount(0);
  await kubarium.map.getByRole('button', { name: /^API server/ }).focus();
  await page.keyboard.press('0');
  await expect(kubarium.map.getByRole('button', { name: /^kubelet, / })).toBeVisible();
  const kubelet = await kubarium.map.getByRole('button', { name: /^kubelet, / }).boundingBox();
  if (!kubelet) throw new Error('no kubelet');
  await page.mouse.move(kubelet.x + kubelet.width / 2, kubelet.y + kubelet.height / 2);
  await page.mouse.wheel(0, -450);
  await expect(page.getByRole('group', { name: /^kubelet on worker-1|kubelet.*worker-1/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(kubarium.map.getByRole('button', { name: /^kubelet, / })).toBeFocused();
  expect(await settled(kubarium)).toEqual({ x: 0, y: 0, zoom: 1 });
});

test('keys zoom and fit; the selected thing is brought near', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  const scheduler = kubarium.map.getByRole('button', { name: /^scheduler/ });
  await scheduler.click();
  await page.keyboard.press('+');
  expect((await settled(kubarium)).zoom).toBeCloseTo(1.25);
  await page.keyboard.press('-');
  expect((await settled(kubarium)).zoom).toBeCloseTo(1);
  await page.keyboard.press('Shift+Digit2');
  // A slow machine may draw the same picture twice on the way.
  await expect.poll(async () => (await settled(kubarium)).zoom).toBeGreaterThan(1.5);
  const [map, card] = [await kubarium.map.boundingBox(), await scheduler.boundingBox()];
  if (!map || !card) throw new Error('not shown');
  expect(card.x + card.width / 2).toBeCloseTo(map.x + map.width / 2, 0);
});

test('lines end where the cards are, and the dots’ canvas lies over them', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await page.mouse.move(...(await middle(kubarium)));
  await page.mouse.wheel(0, -120);
  await settled(kubarium);
  const apart = await page.evaluate(() => {
    const box = (selector: string): DOMRect => (document.querySelector(selector) as Element).getBoundingClientRect();
    const line = box('[data-id="kubelet/runtime (CRI)"] path');
    const [kubelet, runtime] = [box('[data-vertex="kubelet"]'), box('[data-vertex="runtime"]')];
    const [map, canvas] = [box('.map'), box('.map canvas')];
    return {
      left: Math.abs(line.left - kubelet.right),
      right: Math.abs(line.right - runtime.left),
      canvas: Math.max(Math.abs(map.left - canvas.left), Math.abs(map.top - canvas.top), Math.abs(map.width - canvas.width)),
    };
  });
  expect(apart.left).toBeLessThan(1.5);
  expect(apart.right).toBeLessThan(1.5);
  expect(apart.canvas).toBeLessThan(1);
});

test('nothing of the graph but its cards is a stop or a name', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  const stops = await page.evaluate(() => [...document.querySelectorAll('.map [tabindex="0"]')].map((e) => e.getAttribute('role')));
  expect(stops).toEqual(['button']);
  expect(
    await page
      .locator('.map')
      .getByRole('img', { name: /^Edge from/ })
      .count(),
  ).toBe(0);
});

test.describe('on a projector', () => {
  test.use({ viewport: { width: 1920, height: 1080 } });
  test('the map is a third larger and is dragged as far as the pointer goes', async ({ kubarium, page }) => {
    await kubarium.openAt(15_000);
    await kubarium.ruler.focus();
    await page.keyboard.press('P');
    const fit = await settled(kubarium);
    const [x, y] = await middle(kubarium);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 20, { steps: 3 });
    await page.mouse.up();
    const moved = await settled(kubarium);
    expect(moved.x - fit.x).toBeCloseTo(30, 0);
    expect(moved.y - fit.y).toBeCloseTo(20, 0);
  });
});

test.describe('by touch', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  test('one finger pans, two pinch; neither selects', async ({ kubarium, page }) => {
    await kubarium.open();
    const cdp = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: [number, number][]): Promise<unknown> =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const fit = await settled(kubarium);
    const [x, y] = await middle(kubarium);
    await touch('touchStart', [[x, y]]);
    for (let i = 1; i <= 5; i += 1) await touch('touchMove', [[x + i * 8, y + i * 6]]);
    await touch('touchEnd', []);
    const panned = await settled(kubarium);
    expect(panned.x - fit.x).toBeGreaterThan(25);
    await touch('touchStart', [
      [x - 40, y],
      [x + 40, y],
    ]);
    for (let i = 1; i <= 5; i += 1)
      await touch('touchMove', [
        [x - 40 - i * 6, y],
        [x + 40 + i * 6, y],
      ]);
    await touch('touchEnd', []);
    expect((await settled(kubarium)).zoom).toBeGreaterThan(fit.zoom * 1.4);
    await expect(kubarium.map.getByRole('button', { pressed: true })).toHaveCount(0);
  });
});
