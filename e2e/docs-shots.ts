/** `npm run docs:shots [-- -g 'a ']`: pictures of every state for docs/glass.md, with the machine's own fonts. Not a test: it compares nothing. */
import { fileURLToPath } from 'node:url';
import { test } from './page.ts';
import { further, states } from './states.ts';

const folder = process.env.KUBARIUM_SHOTS ?? fileURLToPath(new URL('../docs/glass', import.meta.url));

for (const { letter, title, width, height, theme, go } of [...states, ...(process.env.KUBARIUM_SHOTS ? further : [])])
  test.describe(() => {
    test.use({ viewport: { width, height }, colorScheme: theme === 'dark' ? 'dark' : 'light' });
    test(`${letter} ${title}`, async ({ kubarium, page }) => {
      if (theme === 'contrast') await page.addInitScript(() => localStorage.setItem('kubarium.settings', '{"theme":"contrast"}'));
      await go(kubarium);
      // What the way here left the focus on is no part of the picture.
      if (!/^[jpq]$/.test(letter)) await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.waitForTimeout(800);
      await page.screenshot({ path: `${folder}/${letter}.png` });
    });
  });
