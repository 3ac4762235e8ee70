import { expect, test } from './page.ts';

test.use({ serviceWorkers: 'allow' });

test('after the first visit the page works without a net, below its sub-path', async ({ kubarium, page, context }) => {
  await kubarium.open();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  expect(scope).toMatch(/\/deep\/sub\/$/);
  await context.setOffline(true);
  await page.reload();
  await kubarium.opened();
  await expect(kubarium.pauseButton).toBeVisible();
  await kubarium.pause();
  expect(await kubarium.shell('kubectl get nodes --no-headers')).toContain('worker-1');
  // A link opens too, in another tab, and a page of its own of a scenario.
  const other = await context.newPage();
  await other.goto('./?t=5s');
  await expect(other.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
  await other.goto('./embed.html?start=now');
  await expect(other.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
  await other.goto('./scenarios/readiness-and-traffic/');
  await expect(other.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
});

test('row 37: without a net the editor that was never loaded says so, the text still applies; with a net it comes', async ({ kubarium, page, context }) => {
  await kubarium.open();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await context.setOffline(true);
  await page.reload();
  await kubarium.opened();
  await kubarium.editor.focus();
  const notice = page.getByText('The editor could not be loaded.');
  await expect(notice).toBeVisible();
  await kubarium.editor.fill((await kubarium.editor.inputValue()).replace('replicas: 3', 'replicas: 2'));
  expect(await kubarium.apply('button')).toContain('deployment.apps/web configured');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.monaco-editor .view-lines')).toContainText('wget -qO-');
  // What was asked for without a net was complained about, rightly.
  kubarium.complaints.length = 0;
});
