/** `npm test`: everything: types, lint, unit tests, build, e2e in a real browser. `npm test -- NAME` runs the unit tests of that name only. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser, ensurePackages, root, run, say } from './ensure.mjs';

ensurePackages();
const only = process.argv.slice(2);
if (only.length > 0) process.exit(run('npx', ['vitest', 'run', ...only]));

const browser = ensureBrowser();
const env = { ...process.env, KUBARIUM_E2E_REPORT: '.cache/e2e.json', ...(browser ? { CHROMIUM_PATH: browser } : {}) };
const reports = { unit: join(root, '.cache/unit.json'), e2e: join(root, '.cache/e2e.json') };
for (const report of Object.values(reports)) rmSync(report, { force: true });
const failed = [];
for (const [name, command, ...args] of [
  ['types', 'npm', 'run', '--silent', 'types'],
  ['lint', 'npm', 'run', '--silent', 'lint'],
  ['unit tests', 'npx', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reports.unit}`],
  ['build', 'npx', 'vite', 'build', '--logLevel', 'warn'],
  ['e2e', 'npx', 'playwright', 'test'],
]) {
  say(name);
  const started = Date.now();
  const code = run(command, args, { env });
  say(`${name}: ${code === 0 ? 'passed' : `failed (exit ${code})`} after ${Math.round((Date.now() - started) / 1000)} s`);
  if (code !== 0) failed.push(name);
}
/** Passed, failed and skipped over both runners; a runner that left no report counts nothing. */
function count() {
  const read = (file) => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return {};
    }
  };
  const unit = read(reports.unit);
  const e2e = read(reports.e2e).stats ?? {};
  const sum = (...counts) => counts.reduce((total, n) => total + (n ?? 0), 0);
  return [
    sum(unit.numPassedTests, e2e.expected, e2e.flaky),
    sum(unit.numFailedTests, e2e.unexpected),
    sum(unit.numPendingTests, unit.numTodoTests, e2e.skipped),
  ];
}

const [passed, broken, skipped] = count();
if (passed === 0) failed.push('no test ran');
const flaky = JSON.parse(existsSync(reports.e2e) ? readFileSync(reports.e2e, 'utf8') : '{}').stats?.flaky ?? 0;
console.log(`tests: ${passed} passed, ${broken} failed, ${skipped} skipped${flaky > 0 ? `, ${flaky} only when tried again` : ''}`);
console.log(failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
