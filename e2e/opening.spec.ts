import { expect, test } from './page.ts';

test('opens on a running scene that moves at once, from a sub-path, without a complaint', async ({ kubarium, page }) => {
  await page.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(globalThis, { violations });
    addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await kubarium.open();
  expect(new URL(page.url()).pathname).toBe('/deep/sub/');
  await expect(page).toHaveTitle(/Kubarium/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('A Deployment behind a Service');
  await expect(page.getByText('running, seed 7')).toBeVisible();

  const first = await kubarium.nowMs();
  await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(first);
  await expect(kubarium.clock).toHaveText(/^\d+\.\d{3} s$/);

  for (const name of [
    /^API server, rev \d+/,
    /^scheduler, /,
    /^controller manager, /,
    /^Node worker-1, Ready/,
    /^Node worker-2, /,
    /^kubelet, /,
    /^containerd, /,
  ])
    await expect(kubarium.map.getByRole('button', { name })).toBeVisible();
  await expect(kubarium.editorText).toContainText('kind: Deployment');
  await expect(kubarium.editorText).toContainText('kind: Service');
  await expect(kubarium.messages.getByRole('button').first()).toBeVisible();

  await kubarium.pause();
  await kubarium.seek(15_000);
  await expect(kubarium.pod(/^Pod web-.*, Running, 1 of 1 ready, 0 restarts, on worker-1$/).first()).toBeVisible();
  const pods = await kubarium.shell('kubectl get pods');
  expect(pods.match(/^web-\S+ +1\/1 +Running/gm)).toHaveLength(3);
  expect(pods).toMatch(/^client +1\/1 +Running/m);
  expect(await kubarium.shell('kubectl get service web')).toMatch(/^web +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP/m);

  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect(await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(new URL('.', page.url()).href) && !url.startsWith('data:') && !url.startsWith('blob:'))).toEqual([]);
});

test('is found below any path: assets are relative', async ({ request }) => {
  const html = await (await request.get('./')).text();
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect(address).toMatch(/^\.\//);
});
