import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maxFiles, readManifests } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubarium-files-'));
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const errors = (path: string): (string | undefined)[] => readManifests(path).map((file) => file.manifest.error);

/** Root may read everything: for as long as `act` takes, nobody is somebody else. */
function asNobody<T>(act: () => T): T {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

test('row 40: a file that may not be read, a folder that may not be entered', () => {
  const secret = join(folder, 'secret.yaml');
  const closed = join(folder, 'closed');
  writeFileSync(secret, map('a'));
  mkdirSync(closed);
  writeFileSync(join(closed, 'a.yaml'), map('a'));
  chmodSync(folder, 0o755);
  for (const path of [secret, closed]) chmodSync(path, 0o000);
  try {
    expect(asNobody(() => errors(secret))).toEqual([`error: open ${secret}: permission denied`]);
    expect(asNobody(() => errors(closed))[0]).toContain('permission denied');
    expect(asNobody(() => errors(join(closed, 'a.yaml')))[0]).toContain(`stat ${join(closed, 'a.yaml')}: permission denied`);
  } finally {
    for (const path of [secret, closed]) chmodSync(path, 0o700);
  }
});

test('row 40: a thousand files are read; of more the bound is named', () => {
  const many = mkdtempSync(join(tmpdir(), 'kubarium-many-'));
  for (let i = 0; i < maxFiles; i += 1) writeFileSync(join(many, `${i}.yaml`), map(`m${i}`));
  const read = readManifests(many);
  expect(read).toHaveLength(maxFiles);
  expect(read.filter((file) => file.manifest.error !== undefined)).toEqual([]);
  writeFileSync(join(many, 'more.yaml'), map('more'));
  expect(errors(many)).toEqual([`error: ${many} has ${maxFiles + 1} manifests; at most ${maxFiles} are read`]);
});

test('row 40: what never ends is not read to its end', () => {
  expect(errors('/dev/zero')[0]).toContain('at most');
});
