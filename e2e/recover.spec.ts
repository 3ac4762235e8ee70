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

/** Started anew without being asked: at the same moment of the same run. */
async function goneOn(kubarium: Kubarium, traceHash: number, why: string): Promise<void> {
  const notice = kubarium.page.getByRole('status').filter({ hasText: 'was started again' });
  await expect(notice).toContainText('The simulator stopped at 25.000 s');
  await expect(notice).toContainText(why);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '25000');
  expect((await kubarium.hash()).traceHash).toBe(traceHash);
  expect((await kubarium.shell('kubectl get pods --no-headers')).match(/^web-/gm)).toHaveLength(4);
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toHaveCount(0);
}

const lose = (kubarium: Kubarium, message: string): Promise<void> =>
  kubarium.page.evaluate((said) => {
    globalThis.sessions.at(-1)?.dispatchEvent(new ErrorEvent('error', { message: said, cancelable: true }));
  }, message);

test('row 30: the worker throws: the page says so and goes on from the log of commands', async ({ kubarium }) => {
  const traceHash = await prepared(kubarium);
  await lose(kubarium, 'Uncaught RangeError: out of memory');
  await goneOn(kubarium, traceHash, 'out of memory');
});

test('row 30: the worker is gone without a word: the page notices when it asks', async ({ kubarium, page }) => {
  const traceHash = await prepared(kubarium);
  await page.evaluate(() => (globalThis.sessions[0] as Worker).terminate());
  await kubarium.tab('Shell');
  await page.getByRole('textbox', { name: 'Command' }).fill('kubectl get pods');
  await page.getByRole('textbox', { name: 'Command' }).press('Enter');
  await goneOn(kubarium, traceHash, 'The simulator does not answer.');
});

test('row 30: lost again at once, a person is asked: return, or start again at 0 s', async ({ kubarium, page }) => {
  const traceHash = await prepared(kubarium);
  await lose(kubarium, 'first');
  await goneOn(kubarium, traceHash, 'first');
  await kubarium.seek(25_000);
  await lose(kubarium, 'second');
  const notice = page.getByRole('alert');
  await expect(notice).toContainText('The simulator stopped');
  await expect(notice).toContainText('second');
  await expect(notice).toContainText('seed 7, at 25.000 s');
  await expect(page.getByText('stopped, seed 7')).toBeVisible();
  await notice.getByRole('button', { name: 'Start again' }).click();
  await expect(notice).toHaveCount(0);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', '0');
  await kubarium.seek(20_000);
  expect((await kubarium.shell('kubectl get pods --no-headers')).match(/^web-/gm)).toHaveLength(4);
});
