/** Every row of bad input that must be survived has tests whose names begin with `row N:`; a row that loses its last one fails here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const rows: Record<number, string> = {
  1: 'link: not base64url, cut, wrong prefix, empty',
  2: 'link: deflate bomb',
  3: 'link: wrong shapes',
  4: 'link: a million commands, odd times',
  5: 'link: keys of the prototype',
  6: 'link: markup, control characters, long texts',
  7: 'YAML: alias bomb',
  8: 'YAML: nesting',
  9: 'YAML: many keys',
  10: 'YAML: anchors and merges in circles',
  11: 'YAML: characters and bytes',
  12: 'YAML: size',
  13: 'YAML: no object',
  14: 'YAML: one bad of many',
  15: 'YAML: tags and plain scalars',
  16: 'object: unknown to the server',
  17: 'object: names',
  18: 'object: numbers',
  19: 'object: large',
  20: 'object: selectors, immutable fields, stale versions',
  21: 'object: owners in a circle, finalizers',
  22: 'Service: many, clashing, exhausted',
  23: 'rules: cycles, depth, number, unknown, half',
  24: 'CIDR',
  25: 'regular expressions',
  26: 'scripts',
  27: 'messages at one instant',
  28: 'shell',
  29: 'time',
  30: 'worker',
  38: 'clock, locale',
  39: 'display',
  40: 'files of the CLI',
};

/** What is embedding, storage, clipboard, real YAML, lessons and network: their tests come with them. */
const elsewhere = [31, 32, 33, 34, 35, 36, 37];

function testFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return /\.(test|spec)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const named = new Map<number, string[]>();
for (const file of [...testFiles('src'), ...testFiles('e2e')]) {
  if (file.endsWith('bad-input.test.ts')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  for (const m of text.matchAll(/\b(?:test|it)(?:\.each\([\s\S]*?\))?\(\s*['"`]row (\d+): |\]\)\(\s*['"`]row (\d+): |\)\(\s*['"`]row (\d+): /g)) {
    const row = Number(m[1] ?? m[2] ?? m[3]);
    named.set(row, [...(named.get(row) ?? []), file]);
  }
}

test.each(Object.entries(rows))('%s is tested: %s', (row) => {
  expect(named.get(Number(row)) ?? []).not.toEqual([]);
});

test('tests name rows that exist', () => {
  for (const [row, files] of named) expect(row in rows || elsewhere.includes(row), `row ${row} in ${files[0]}`).toBe(true);
});
