import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const system = process.env.CHROMIUM_PATH ?? (process.env.PW_BUNDLED ? undefined : ['/usr/bin/chromium'].find((path) => existsSync(path)));
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const port = Number(process.env.KUBARIUM_E2E_PORT ?? 4179);

/** e2e runs on the built page, as users get it, from a sub-path. */
export default defineConfig({
  testDir: 'e2e',
  // Tests wait for what the page says; only a page that hangs, or a machine with no time for it, comes near these.
  timeout: 240_000,
  expect: { timeout: 45_000 },
  fullyParallel: true,
  workers: 2,
  // A test that only passes the second time is told as flaky, in the closing lines too.
  retries: 1,
  reporter: process.env.KUBARIUM_E2E_REPORT ? [['list'], ['json', { outputFile: process.env.KUBARIUM_E2E_REPORT }]] : [['list']],
  use: {
    baseURL: `http://127.0.0.1:${port}/deep/sub/`,
    viewport: { width: 1440, height: 900 },
    launchOptions: system ? { executablePath: system, args } : {},
    // `--trace on` when a picture is not enough: traces cost every test time.
    screenshot: 'only-on-failure',
    // Filling the offline cache would cost every test time; offline.spec.ts allows it.
    serviceWorkers: 'block',
  },
  webServer: { command: `node e2e/serve.mjs ${port}`, url: `http://127.0.0.1:${port}/deep/sub/`, reuseExistingServer: !process.env.CI, timeout: 120_000 },
});
