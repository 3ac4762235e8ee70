import { expect, type Kubarium, test } from './page.ts';

declare global {
  var sessions: Worker[];
}

/** Remembers the page's workers, so that one can be lost. */
test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    const Original = Worker;
    globalThis.sessions = [];
    globalThis.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        globalThis.sessions.push(this);
      }
    };
  });
});

async function prepared(kubarium: Kubarium): Promise<number> {
  await kubarium.openAt(15_000);
  await kubarium.shell('kubectl scale deployment web --replicas=4');
  await kubarium.seek(25_000);
  return (await kubarium.hash()).traceHash;
}

async function goOn(kubarium: Kubarium, traceHash: number): Promise<void> {
  const notice = kubarium.page.getByRole('alert');
  await notice.getByRole('button', { name: 'Return to 24.9 s' }).click();
  await expect(notice).toHaveCount(0);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '24900');
  await kubarium.seek(25_000);
  expect((await kubarium.hash()).traceHash).toBe(traceHash);
  expect((await kubarium.shell('kubectl get pods --no-headers')).match(/^web-/gm)).toHaveLength(4);
}

test('the worker throws: the page says so and goes on from the log of commands', async ({ kubarium, page }) => {
  const traceHash = await prepared(kubarium);
  await page.evaluate(() => {
    const worker = globalThis.sessions[0] as Worker;
    worker.dispatchEvent(new ErrorEvent('error', { message: 'Uncaught RangeError: out of memory', cancelable: true }));
  });
  const notice = page.getByRole('alert');
  await expect(notice).toContainText('The simulator stopped');
  await expect(notice).toContainText('out of memory');
  await expect(notice).toContainText('seed 7, at 25.000 s');
  await expect(page.getByText('stopped, seed 7')).toBeVisible();
  await goOn(kubarium, traceHash);
});

test('the worker is gone without a word: the page notices when it asks', async ({ kubarium, page }) => {
  const traceHash = await prepared(kubarium);
  await page.evaluate(() => (globalThis.sessions[0] as Worker).terminate());
  await kubarium.tab('Shell');
  await page.getByRole('textbox', { name: 'Command' }).fill('kubectl get pods');
  await page.getByRole('textbox', { name: 'Command' }).press('Enter');
  await expect(page.getByRole('alert')).toContainText('The simulator does not answer.');
  await goOn(kubarium, traceHash);
});

test('starting again begins at 0 s', async ({ kubarium, page }) => {
  await prepared(kubarium);
  await page.evaluate(() => (globalThis.sessions[0] as Worker).dispatchEvent(new ErrorEvent('error', { message: 'lost', cancelable: true })));
  await page.getByRole('alert').getByRole('button', { name: 'Start again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '0');
  await kubarium.seek(20_000);
  expect((await kubarium.shell('kubectl get pods --no-headers')).match(/^web-/gm)).toHaveLength(4);
});
