/** `npm test`: everything: types, lint, unit tests, build, e2e in a real browser. `npm test -- NAME` runs the unit tests of that name only. */
import { ensureBrowser, ensurePackages, run, say } from './ensure.mjs';

ensurePackages();
const only = process.argv.slice(2);
if (only.length > 0) process.exit(run('npx', ['vitest', 'run', ...only]));

const browser = ensureBrowser();
const env = { ...process.env, ...(browser ? { CHROMIUM_PATH: browser } : {}) };
const failed = [];
for (const [name, command, ...args] of [
  ['types', 'npm', 'run', '--silent', 'types'],
  ['lint', 'npm', 'run', '--silent', 'lint'],
  ['unit tests', 'npx', 'vitest', 'run'],
  ['build', 'npx', 'vite', 'build', '--logLevel', 'warn'],
  ['e2e', 'npx', 'playwright', 'test'],
]) {
  say(name);
  const started = Date.now();
  const code = run(command, args, { env });
  say(`${name}: ${code === 0 ? 'passed' : `failed (exit ${code})`} after ${Math.round((Date.now() - started) / 1000)} s`);
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
