/** Installs what is missing: packages and, for tests, a browser. Used by `npm start`, `npm test`, `npm run sim`. Node only, no packages. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** Says in one line what is being done. On standard error, so that the output of commands stays clean. */
export const say = (text) => process.stderr.write(`kubarium: ${text}\n`);

/** Runs a command; its exit code. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) say(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

const wanted = [20, 19];

export function ensureNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return;
  say(`Node.js ${wanted.join('.')} or newer is needed; this is ${process.versions.node}`);
  process.exit(1);
}

/** True when the installed packages are those of the lock file. */
function installed() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(marker, 'utf8')).packages;
  return Object.entries(lock).every(([path, entry]) => path === '' || entry.optional || have[path]?.version === entry.version);
}

export function ensurePackages() {
  ensureNode();
  if (installed()) return;
  say('installing packages (npm ci)');
  const code = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) process.exit(code);
}

const systemBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium for the tests: CHROMIUM_PATH, the system's, Playwright's own, else Debian's package. Returns its path, or '' for Playwright's own. */
export function ensureBrowser() {
  const found = [process.env.CHROMIUM_PATH, ...systemBrowsers].find((path) => path && existsSync(path));
  if (found) return found;
  const { chromium } = require('@playwright/test');
  if (existsSync(chromium.executablePath())) return '';
  say('installing a browser (playwright install chromium)');
  if (run('npx', ['playwright', 'install', 'chromium']) === 0) return '';
  if (process.platform === 'linux' && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    say('installing a browser (apt-get install chromium)');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    if (run('apt-get', ['update', '-qq'], { env }) === 0 && run('apt-get', ['install', '-y', '-qq', 'chromium'], { env, stdio: ['ignore', 'ignore', 2] }) === 0)
      return '/usr/bin/chromium';
  }
  say('no browser could be had; set CHROMIUM_PATH to a Chromium');
  return process.exit(1);
}
