import { expect, test } from './page.ts';

test('a reload keeps the run: its commands, its moment, its playing', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium.shell('kubectl scale deployment web --replicas=1');
  await kubarium.seek(20_000);
  const before = await kubarium.hash();
  await page.reload();
  await kubarium.opened();
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '20000');
  await expect(kubarium.play).toBeVisible();
  expect(await kubarium.hash()).toEqual(before);
  expect(await kubarium.shell('kubectl get deployment web -o jsonpath={.spec.replicas}')).toBe('1');
  // Another visit begins anew.
  await page.goto('about:blank');
  await kubarium.open();
  expect(await kubarium.nowMs()).toBeLessThan(15_000);
});

test('a scenario chosen over a run with commands leaves a way back to it', async ({ kubarium, page }) => {
  await kubarium.openAt(15_000);
  await kubarium.shell('kubectl scale deployment web --replicas=1');
  await page.getByRole('tab', { name: 'Gallery' }).click();
  await page.getByRole('button', { name: /^CrashLoopBackOff/ }).click();
  await expect(page.getByRole('banner')).toContainText('CrashLoopBackOff');
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(page.getByRole('banner')).toContainText('A Deployment behind a Service');
  expect(await kubarium.shell('kubectl get deployment web -o jsonpath={.spec.replicas}')).toBe('1');
});

test('a scenario that does not exist is told of, also behind the #', async ({ kubarium, page }) => {
  await kubarium.open('#scenario=nope');
  await expect(page.getByRole('alert')).toContainText('nope');
});
