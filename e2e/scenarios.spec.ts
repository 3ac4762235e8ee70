/** Every scenario of the folder on the page: by its right answers and by wrong ones, exercises by their solutions. What is right is found without a page. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { parse } from 'yaml';
import { expect, test } from './page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'scenarios');
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'scenario.yaml')));

interface Written {
  title: string;
  steps?: { title: string; prediction?: { choices: { text: string }[] }; exercise?: { hints?: string[] } }[];
}
const written = (name: string): Written => parse(readFileSync(join(folder, name, 'scenario.yaml'), 'utf8')) as Written;

let rightAnswers: Record<string, (number | null)[]> = {};
test.beforeAll(() => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'e2e/answers.ts'], { cwd: root, encoding: 'utf8' });
  expect(stdout, stderr).toMatch(/^\{/);
  rightAnswers = JSON.parse(stdout) as typeof rightAnswers;
});

const panel = (page: Page) => page.getByRole('tabpanel', { name: 'Lesson' });
const next = (page: Page) => panel(page).getByRole('button', { name: /^(Next|Finish)/ });

async function play(page: Page, name: string, wrong: boolean): Promise<void> {
  const { steps = [] } = written(name);
  const answers = rightAnswers[name] ?? [];
  for (const [i, step] of steps.entries()) {
    await expect(panel(page).getByText(`${i + 1} of ${steps.length}`)).toBeVisible();
    await expect(panel(page).getByRole('heading', { name: step.title, exact: true })).toBeVisible();
    const right = answers[i];
    if (step.prediction && typeof right === 'number') {
      const { choices } = step.prediction;
      const chosen = wrong ? (right + 1) % choices.length : right;
      await panel(page).getByRole('radio').nth(chosen).focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      const verdict = panel(page).locator('.lesson-verdict');
      await expect(verdict).toContainText(wrong ? `The run says: ${choices[right]?.text}` : 'Your answer is right.');
      await expect(verdict).toContainText(/At [\d:.]+/);
    }
    if (step.exercise) {
      await expect(panel(page).getByText(/^Not yet: ./)).toBeVisible();
      await expect(next(page)).toBeDisabled();
      for (const [n] of (wrong ? (step.exercise.hints ?? []) : []).entries()) {
        await panel(page)
          .getByRole('button', { name: n === 0 ? 'Show a hint' : 'Another hint' })
          .click();
        await expect(panel(page).getByText(`Hint ${n + 1} of ${step.exercise.hints?.length}`)).toBeVisible();
      }
      await panel(page).getByRole('button', { name: 'Show me' }).click();
      await panel(page).getByRole('button', { name: 'Do it' }).click();
      await expect(panel(page).getByText('Solved.')).toBeVisible();
    }
    await expect(next(page)).toBeEnabled();
    await next(page).click();
  }
  if (steps.length > 0) await expect(panel(page).getByRole('heading', { name: 'That was the lesson.' })).toBeVisible();
}

for (const name of names)
  for (const wrong of [false, true])
    test(`${name}, ${wrong ? 'wrong' : 'right'} answers`, async ({ kubarium, page }) => {
      // Without flights every wait is gone to at once.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await kubarium.open(`?scenario=${name}`);
      await expect(page.getByRole('banner')).toContainText(written(name).title);
      await play(page, name, wrong);
    });

test.describe('the player', () => {
  const one = 'readiness-and-traffic';

  test('goes to the pause as it plays and rests there; free play and back', async ({ kubarium, page }) => {
    await kubarium.open(`?scenario=${one}`);
    await expect(next(page)).toBeEnabled();
    await expect(kubarium.play).toBeVisible();
    await expect(page.getByText('paused by the lesson')).toBeVisible();
    const rest = await kubarium.nowMs();
    await kubarium.play.click();
    await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(rest + 1500);
    await kubarium.pause();
    await panel(page)
      .getByRole('button', { name: /^Return to/ })
      .click();
    await expect.poll(() => kubarium.nowMs()).toBe(rest);
    await expect(panel(page).getByRole('button', { name: /^Return to/ })).toHaveCount(0);
  });

  test('row 36: a pause that does not come about is told of as a wait', async ({ kubarium, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await kubarium.open(`?scenario=${one}`);
    await expect(next(page)).toBeEnabled();
    // What the next step waits for cannot be: its Deployment is gone.
    await page.getByRole('tab', { name: 'Manifest' }).click();
    await kubarium.shell('kubectl delete deployment web');
    await page.getByRole('tab', { name: 'Lesson' }).click();
    await next(page).click();
    await expect(panel(page).getByText(/^Still waits for: .*600 s of the run\.$/)).toBeVisible();
    await expect(panel(page).getByRole('button', { name: 'Wait on' })).toBeVisible();
    // Back undoes what was done, and the lesson goes on.
    await panel(page).getByRole('button', { name: 'Back' }).click();
    await next(page).click();
    await expect(panel(page).getByRole('radio').first()).toBeEnabled();
  });

  test('the gallery finds, opens and marks; progress is kept on the device', async ({ kubarium, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await kubarium.open();
    await page.getByRole('tab', { name: 'Gallery' }).click();
    const gallery = page.getByRole('tabpanel', { name: 'Gallery' });
    const rows = gallery.getByRole('list', { name: 'Scenarios' }).getByRole('button');
    await expect(rows).toHaveCount(names.length);
    await gallery.getByRole('searchbox').fill('zebra');
    await expect(gallery.getByText('No scenario fits.')).toBeVisible();
    await gallery.getByRole('button', { name: 'Show all' }).click();
    await gallery.getByRole('searchbox').fill('readiness traffic');
    await rows.filter({ hasText: written(one).title }).click();
    await expect(panel(page).getByText(/^1 of /)).toBeVisible();
    await page.getByRole('tab', { name: 'Gallery' }).click();
    await expect(gallery.getByRole('button', { name: new RegExp(written(one).title) })).toHaveAttribute('aria-current', 'true');
    // A reload keeps what was open; coming anew begins anew, and the gallery knows how far it went.
    for (const [come, says] of [
      [() => page.reload(), 'open now'],
      [() => page.goto('./'), 'step 1 of'],
    ] as const) {
      await come();
      await kubarium.opened();
      await page.getByRole('tab', { name: 'Gallery' }).click();
      await expect(gallery.getByRole('button', { name: new RegExp(written(one).title) })).toContainText(says);
    }
  });

  test('a moment of a scenario, a scenario that is not there, and no storage', async ({ kubarium, page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
    await kubarium.open(`?scenario=${one}&t=42s`);
    await expect.poll(() => kubarium.nowMs()).toBe(42_000);
    await page.getByRole('tab', { name: 'Lesson' }).click();
    await expect(panel(page).getByText(/^1 of /)).toBeVisible();
    await kubarium.open('?scenario=nowhere');
    await expect(page.getByRole('alert')).toContainText('There is no scenario nowhere.');
    await page.getByRole('tab', { name: 'Gallery' }).click();
    await page.getByRole('list', { name: 'Scenarios' }).getByRole('button').first().click();
    const notice = page.getByText(/^This browser refuses storage/);
    await expect(notice).toHaveCount(1);
    // The lesson that was opened has its tab by now.
    await expect(panel(page).getByText(/^1 of /)).toBeVisible();
    await page.getByRole('tab', { name: 'Gallery' }).click();
    await page.getByRole('tabpanel', { name: 'Gallery' }).getByRole('button', { name: 'Close', exact: true }).click();
    await expect(notice).toHaveCount(0);
  });

  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const)
    test(`lesson and gallery at ${width} px break no rule of accessibility`, async ({ kubarium, page }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await kubarium.open(`?scenario=${one}`);
      if (width < 640) await page.getByRole('navigation').getByRole('button', { name: 'Manifest' }).click();
      await expect(next(page)).toBeEnabled();
      await next(page).click();
      await panel(page).getByRole('radio').first().focus();
      await page.keyboard.press('Space');
      await panel(page)
        .getByRole('button', { name: /^Run and see/ })
        .click();
      await expect(panel(page).locator('.lesson-verdict')).toBeVisible();
      const found = async (): Promise<string[]> =>
        (await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()).violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
        );
      expect.soft(await found(), 'lesson').toEqual([]);
      await page.getByRole('tab', { name: 'Gallery' }).click();
      await expect(page.getByRole('list', { name: 'Scenarios' })).toBeVisible();
      expect.soft(await found(), 'gallery').toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    });
});
