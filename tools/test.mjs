/** `npm test`: everything: types, lint, unit tests, build, e2e in a real browser. `npm test -- NAME` runs the unit tests of that name only. */
import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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
const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
};
const unit = read(reports.unit);
const e2e = read(reports.e2e);

/** Passed, failed and skipped over both runners; a runner that left no report counts nothing. */
function count() {
  const stats = e2e.stats ?? {};
  const sum = (...counts) => counts.reduce((total, n) => total + (n ?? 0), 0);
  return [
    sum(unit.numPassedTests, stats.expected, stats.flaky),
    sum(unit.numFailedTests, stats.unexpected),
    sum(unit.numPendingTests, unit.numTodoTests, stats.skipped),
  ];
}

/** A line for each test that failed, or that passed only when tried again, with the first lines of what it said: the end of a long output is often all that is kept. */
function* troubles() {
  const few = (text) =>
    stripVTControlCharacters(String(text ?? ''))
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.includes('node_modules'))
      .slice(0, 12)
      .map((line) => `    ${line.slice(0, 300)}`)
      .join('\n');
  for (const { name, message, assertionResults = [] } of unit.testResults ?? []) {
    const file = relative(root, name);
    const broken = assertionResults.filter((result) => result.status === 'failed');
    if (broken.length === 0 && message) yield `failed: ${file}\n${few(message)}`;
    for (const result of broken) yield `failed: ${file} > ${result.fullName}\n${few(result.failureMessages?.[0])}`;
  }
  const suites = [...(e2e.suites ?? [])];
  for (let suite = suites.shift(); suite; suite = suites.shift()) {
    suites.push(...(suite.suites ?? []));
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        if (test.status !== 'unexpected' && test.status !== 'flaky') continue;
        const said = test.results.find((result) => result.error)?.error?.message;
        yield `${test.status === 'flaky' ? 'only when tried again' : 'failed'}: e2e/${spec.file}:${spec.line} > ${spec.title}\n${few(said)}`;
      }
    }
  }
}

const [passed, broken, skipped] = count();
if (passed === 0) failed.push('no test ran');
for (const trouble of troubles()) console.log(trouble);
const flaky = e2e.stats?.flaky ?? 0;
console.log(`tests: ${passed} passed, ${broken} failed, ${skipped} skipped${flaky > 0 ? `, ${flaky} only when tried again` : ''}`);
console.log(failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
