import { expect, test } from './page.ts';

test('back before a fault and another command: the old future is gone, the fork is marked', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  const [pod] = (await kubarium.podNames()).filter((name) => name.startsWith('web-'));
  await kubarium.seek(20_000);
  await kubarium.failReadiness(pod as string);
  await kubarium.seek(60_000);
  expect(await kubarium.shell(`kubectl get pod ${pod} --no-headers`)).toMatch(/ 0\/1 +Running/);
  const faults = kubarium.lanes.getByRole('listitem').filter({ has: kubarium.page.getByRole('button', { name: 'faults', exact: true }) });
  await expect(faults).toContainText('answers 503');
  const old = await kubarium.hash();

  await kubarium.seek(18_000);
  expect(await kubarium.knownMs()).toBeGreaterThan(60_000 - 1);
  expect(await kubarium.shell('kubectl scale deployment web --replicas=2')).toContain('deployment.apps/web scaled');
  await expect(kubarium.page.getByText(/^given in the past: this is run 2/)).toBeVisible();
  expect(await kubarium.knownMs()).toBeLessThan(20_000);
  const { commands } = await kubarium.ask<{ commands: { atMs: number; command: { type: string } }[] }>({ q: 'history' });
  expect(commands.map(({ command }) => command.type)).not.toContain('inject');
  await kubarium.seek(60_000);
  await expect(kubarium.page.getByRole('button', { name: 'faults', exact: true })).toHaveCount(0);
  expect((await kubarium.shell('kubectl get pods --no-headers')).match(/^web-\S+ +1\/1 +Running/gm)).toHaveLength(2);
  expect((await kubarium.hash()).traceHash).not.toBe(old.traceHash);
});

test('the fork has its mark on the lanes, in words too', async ({ kubarium }) => {
  await kubarium.openAt(20_000);
  await kubarium.seek(10_000);
  await kubarium.shell('kubectl get pods');
  const commands = kubarium.lanes.getByRole('listitem').filter({ has: kubarium.page.getByRole('button', { name: 'commands', exact: true }) });
  await expect(commands).toContainText('forked');
});

test('keys play, pause, step and scrub', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.ruler.focus();
  await page.keyboard.press('Space');
  await expect(kubarium.play).toBeVisible();
  await expect(page.getByText('paused, seed 7')).toBeVisible();
  await page.keyboard.press('Space');
  await expect(kubarium.pauseButton).toBeVisible();
  await expect(page.getByText('running, seed 7')).toBeVisible();
  await page.keyboard.press('Space');
  await expect(kubarium.play).toBeVisible();

  await kubarium.seek(12_000);
  await page.keyboard.press('.');
  await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(12_000);
  const forth = await kubarium.nowMs();
  await page.keyboard.press(',');
  await expect.poll(() => kubarium.nowMs()).toBeLessThan(forth);

  await kubarium.seek(12_000);
  await page.keyboard.press('>');
  await expect.poll(() => kubarium.nowMs()).toBe(13_000);
  await page.keyboard.press('<');
  await expect.poll(() => kubarium.nowMs()).toBe(12_000);

  // One hundredth of the ruler, which shows 30 s.
  await page.keyboard.press(']');
  await expect.poll(() => kubarium.nowMs()).toBe(12_300);
  await page.keyboard.press('[');
  await expect.poll(() => kubarium.nowMs()).toBe(12_000);

  const known = await kubarium.knownMs();
  await page.keyboard.press('Home');
  await expect.poll(() => kubarium.nowMs()).toBe(0);
  await page.keyboard.press('End');
  await expect.poll(() => kubarium.nowMs()).toBe(known);

  await kubarium.speed(3);
  await kubarium.play.click();
  await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(known + 20_000);
  await kubarium.pause();
});

test('seeking back and forth gives the same moment', async ({ kubarium }) => {
  await kubarium.openAt(25_000);
  const { traceHash } = await kubarium.hash();
  await kubarium.seek(8000);
  await kubarium.seek(0);
  await kubarium.seek(25_000);
  expect((await kubarium.hash()).traceHash).toBe(traceHash);
});
