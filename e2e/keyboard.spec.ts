import { expect, type Kubarium, test } from './page.ts';

interface Focus {
  name: string;
  role: string;
  inside: string;
  /** Outline, border or shadow that the focused element has. */
  seen: boolean;
}

/** What has the focus, and whether it shows: an outline on it or on what stands for it. */
const focus = (kubarium: Kubarium): Promise<Focus> =>
  kubarium.page.evaluate(() => {
    const e = document.activeElement as HTMLElement;
    const ring = (x: Element | null): boolean => {
      if (!x) return false;
      const s = getComputedStyle(x);
      const outline = s.outlineStyle !== 'none' && Number.parseFloat(s.outlineWidth) >= 1.5;
      return outline || s.boxShadow !== 'none';
    };
    const box = e.getBoundingClientRect();
    return {
      name: e.getAttribute('aria-label') ?? (e as HTMLInputElement).labels?.[0]?.textContent ?? e.textContent?.trim().slice(0, 60) ?? '',
      role: e.getAttribute('role') ?? e.tagName.toLowerCase(),
      inside: e.closest('[data-region]')?.getAttribute('aria-label') ?? e.closest('header')?.tagName.toLowerCase() ?? '',
      // A radio is shown by the label around it; a text's frame by what holds it.
      seen: box.width > 0 && (ring(e) || ring(e.nextElementSibling) || ring(e.parentElement) || ring(e.closest('.monaco-editor, .editor-text, .plain'))),
    };
  });

test('Tab goes through the page in its order, back with Shift, and the focus is always seen', async ({ kubarium, page }) => {
  await kubarium.open();
  // By key: a click would be where Tab begins.
  await page.keyboard.press('Space');
  await expect(kubarium.play).toBeVisible();
  const stops: Focus[] = [];
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    const at = await focus(kubarium);
    if (at.role === 'body') break;
    // The editor keeps Tab; Ctrl M lets it go.
    if (at.name === 'Manifest, YAML' && (await page.locator('.monaco-editor').count()) > 0) await page.keyboard.press('Control+m');
    stops.push(at);
  }
  const names = stops.map((stop) => stop.name);
  for (const name of ['Packet lens', 'Faults', 'Share', 'Manifest', 'Manifest, YAML', 'Messages', 'Play', 'Speed', 'Time', 'Width of the left column'])
    expect(
      names.some((n) => n.startsWith(name)),
      `${name} in ${names.join(' | ')}`,
    ).toBe(true);
  expect(stops.filter((stop) => !stop.seen).map((stop) => `${stop.role} ${stop.name}`)).toEqual([]);
  // Regions in the order of the page: none is left and entered again.
  const regions = stops.map((stop) => stop.inside).filter((inside, i, all) => inside !== all[i - 1]);
  expect(new Set(regions).size).toBe(regions.length);
  // Back from the last: the same stops the other way.
  for (const stop of stops.slice(-4).reverse()) {
    await page.keyboard.press('Shift+Tab');
    expect((await focus(kubarium)).name).toBe(stop.name);
  }
});

test('F6 goes from region to region', async ({ kubarium, page }) => {
  await kubarium.open();
  const regions: string[] = [];
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press('F6');
    const at = await focus(kubarium);
    regions.push(at.name.startsWith('Kubarium') ? 'header' : at.name);
  }
  expect(regions.slice(0, 5)).toEqual(['header', 'Manifest, lessons and gallery', 'Inspector, messages and shell', 'Map', 'Time']);
  expect(regions[5]).toBe('header');
  await page.keyboard.press('Shift+F6');
  expect((await focus(kubarium)).name).toBe('Time');
});

test('arrows go over the map, Enter opens, w asks why, Esc leaves', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium.map.getByRole('button', { name: /^API server/ }).focus();
  await page.keyboard.press('ArrowRight');
  expect((await focus(kubarium)).name).toMatch(/^scheduler/);
  await page.keyboard.press('ArrowRight');
  expect((await focus(kubarium)).name).toMatch(/^controller manager/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  expect((await focus(kubarium)).name).toMatch(/^API server/);
  const way: string[] = [];
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('ArrowDown');
    const at = await focus(kubarium);
    expect(at.seen, at.name).toBe(true);
    way.push(at.name);
    if (at.name.startsWith('Pod ')) break;
  }
  expect(way.at(-1), way.join(' | ')).toMatch(/^Pod /);
  await page.keyboard.press('Enter');
  await expect(kubarium.inspector).toBeVisible();
  await expect(kubarium.inspector.getByRole('region', { name: 'Why?' })).toBeVisible();
  await expect(kubarium.inspector).toContainText((way.at(-1) as string).slice(4).split(',')[0] as string);
  await kubarium.tab('Messages');
  await kubarium.map.getByRole('button', { name: /^API server/ }).focus();
  await page.keyboard.press('w');
  await expect(kubarium.inspector).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(kubarium.map.getByRole('button', { pressed: true })).toHaveCount(0);
});

test('everything can be found and done from the palette; the focus comes back', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium.ruler.focus();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Find or do' });
  const input = palette.getByRole('combobox', { name: 'Find or do' });
  await expect(input).toBeFocused();
  await page.keyboard.type('coredns');
  await expect(palette.getByRole('option', { selected: true })).toContainText('coredns');
  await page.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);
  await expect(kubarium.ruler).toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('mode ipvs');
  await expect(palette.getByRole('option', { selected: true })).toContainText('kube-proxy mode: ipvs');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('radio', { name: 'IPVS' })).toBeChecked();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('faults');
  await page.keyboard.press('Enter');
  await expect(kubarium.faultsMenu).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(kubarium.faultsMenu).toHaveCount(0);
});

test('? lists the keys; F6, Esc and the shell go by keys', async ({ kubarium, page }) => {
  await kubarium.openAt(10_000);
  await kubarium.ruler.focus();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await expect(keys).toContainText('play, pause');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await expect(kubarium.ruler).toBeFocused();
  await page.keyboard.press('Control+`');
  const input = page.getByRole('textbox', { name: 'Command' });
  await expect(input).toBeFocused();
  await page.keyboard.type('kubectl get no');
  await page.keyboard.press('Tab');
  await expect(input).toHaveValue(/^kubectl get nodes? ?$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log', { name: 'Shell' })).toContainText(/worker-1 +Ready/);
  await page.keyboard.press('ArrowUp');
  await expect(input).toHaveValue(/^kubectl get nodes? ?$/);
  await page.keyboard.press('Control+`');
  await expect(page.locator('.wide-shell')).toHaveCount(0);
});
