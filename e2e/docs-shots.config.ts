import config from '../playwright.config.ts';

export default { ...config, testDir: '.', testMatch: 'docs-shots.ts', retries: 0, workers: 1 };
