/** What the compiler and dependency-cruiser do not see: words that core must not use, and types that cross a border. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f) && !/\.test\.tsx?$|\/testing(\.ts|\/)/.test(f));
const text = (file: string): string => readFileSync(join(src, file), 'utf8');
/** Without comments and strings, but for those that name files. */
const code = (file: string): string =>
  text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, (m) => (/^'\.{1,2}\//.test(m) ? m : "''"));

const core = files.filter((f) => f.startsWith('core/'));

test.each([
  [/\bnew Date\b|\bDate\.(now|parse|UTC)\b/, 'ctx.epochMs and engine/time.ts'],
  [/\bMath\.random\b/, 'ctx.random()'],
  [/\b(async|await)\b(?! ?[:'",])|\bPromise\b/, 'a message whose reply re-enters'],
  [/\blocaleCompare\b|\btoLocale\w+\b|\bIntl\./, 'comparison of code units'],
  [/\bMath\.(pow|exp|log|log2|log10|sin|cos|tan|atan2?|cbrt|hypot)\b/, 'integer arithmetic or a table: last digits differ between machines'],
  [/\b(setTimeout|setInterval|queueMicrotask|performance\.now)\b/, 'ctx.send with a delay'],
])('core does not use %s, but %s', (pattern, instead) => {
  expect(
    core.filter((file) => pattern.test(code(file))),
    `use ${instead}`,
  ).toEqual([]);
});

const imported = (file: string): string[] =>
  [...code(file).matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"?]+)/g)].map((m) => posix.join(posix.dirname(file.replaceAll('\\', '/')), m[1] as string));

/** The room a file of core belongs to, or '' for what all may use. */
function room(file: string): string {
  const parts = dirname(file).split('/');
  if (parts[1] === 'node' || parts[1] === 'control-plane') return parts.slice(0, 3).join('/');
  return parts[1] === 'workloads' || parts[1] === 'kubectl' ? parts.slice(0, 2).join('/') : '';
}

test('rooms import each other not even for types', () => {
  const crossings = core
    .filter((f) => room(f) !== '')
    .flatMap((f) =>
      imported(f)
        .filter((to) => room(to) !== room(f) && !/^core\/(engine|api|contracts)\//.test(to))
        .map((to) => `${f} → ${to}`),
    );
  expect(crossings).toEqual([]);
});

test('the page takes types of core and nothing else, and through its door', () => {
  const page = files.filter((f) => /^(app|embed)\//.test(f));
  const values = page.filter((f) =>
    [...code(f).matchAll(/import\s+(?!type\b)([^;]*?)from\s*['"][^'"]*\/core\/[^'"]*['"]/g)].some((m) =>
      (m[1] as string).split(',').some((name) => !/^\s*\{?\s*(type\s|\}|$)/.test(name)),
    ),
  );
  expect(values).toEqual([]);
  expect(
    page.flatMap((f) =>
      imported(f)
        .filter((to) => to.startsWith('core/') && to !== 'core/index.ts')
        .map((to) => `${f} → ${to}`),
    ),
  ).toEqual([]);
});
