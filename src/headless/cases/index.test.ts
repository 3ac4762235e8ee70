/** Every numbered case of the references has a test that bears its number. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../', import.meta.url));
const references = fileURLToPath(new URL('../../../../shared/reference/', import.meta.url));
const titles = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [...readFileSync(join(src, file), 'utf8').matchAll(/['"`[ ]((?:21|12)\.\d{1,3})(?= )/g)].map((m) => m[1] as string));

describe.each([
  ['kubelet.md', 21],
  ['runtime.md', 12],
])('%s §%i', (file, section) => {
  const path = join(references, file);
  const there = existsSync(path);
  if (!there) console.log(`skipped: ${file} of the references is not beside this repository`);
  it.skipIf(!there)('has a test for each number', () => {
    const text = readFileSync(path, 'utf8');
    const cases = text.slice(text.indexOf(`## ${section}. Test cases`)).split(/\n## (?!\d+\. Test cases)/)[0] as string;
    const numbers = [...cases.matchAll(/^\| (\d+) \|/gm)].map((m) => `${section}.${m[1]}`);
    expect(numbers.length).toBeGreaterThan(20);
    expect(numbers.filter((number) => !titles.includes(number))).toEqual([]);
  });
});
