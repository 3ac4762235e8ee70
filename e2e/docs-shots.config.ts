import { fileURLToPath } from 'node:url';
import config from '../playwright.config.ts';

const server = config.webServer && !Array.isArray(config.webServer) ? { ...config.webServer, cwd: fileURLToPath(new URL('..', import.meta.url)) } : [];

export default { ...config, testDir: '.', testMatch: 'docs-shots.ts', retries: 0, workers: 1, webServer: server };
