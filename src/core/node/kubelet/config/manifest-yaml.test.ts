import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseManifest } from './manifest-yaml.ts';

const corpus = '../shared/corpus/website';

test.each([
  ['comments, nesting, sequences as far left as their key', '# c\na: 1 # x\nb:\n- c: "d#e"\n  f: g#h\n-\n  - i\n  - [j, {k: l}]\nm:   # nothing\n'],
  ['block scalars', 'a: |\n  one\n    two\n\n  three\nb: >-\n  x\n  y\n\n  z\nc: |+\n  k\n\nd: |2\n    in\n'],
  ['quotes', 'a: \'it\'\'s\'\nb: "x\\ty\\u00e9\\x41"\n"c d": "e\n  f"\ng: "back\\\n  slash"\n'],
  ['words of YAML 1.1', 'a: yes\nb: off\nc: ~\nd: 0644\ne: 0x1F\nf: 1e3\ng: 1.5\nh: "1"\ni: -3\nj: 1.28.0\nk: null\n'],
  ['plain text over lines', 'a: one\n  two\n  three\nb: http://x:80/#y\n'],
  ['flow over lines', 'a: [1,\n  2, # c\n  "x, y"]\nb: {c: {d: [e]},\n  f: }\n'],
  ['JSON', '{"a": [1, {"b": null}]}'],
  ['the first document', '---\na: 1\n---\nb: 2\n'],
])('%s', (_case, text) => {
  expect(parseManifest(text)).toEqual({ value: parseAllDocuments(text, { version: '1.1' })[0]?.toJS() });
});

test.each([
  ['a: 1\n b: 2', 'yaml: line 2: mapping values are not allowed in this context'],
  ['a:\n  - b\n c', 'yaml: line 3: did not find expected key'],
  ['a: &x 1', 'yaml: line 1: anchors, aliases and tags are not supported'],
  ['a: [1, 2', "yaml: line 1: did not find expected ',' or ']'"],
  ['a: 1\na: 2', 'yaml: line 2: key "a" already set in map'],
  ['\ta: 1', 'yaml: line 1: found character that cannot start any token'],
  ['a: b: c', 'yaml: line 1: mapping values are not allowed in this context'],
])('%j is refused', (text, error) => {
  expect(parseManifest(text)).toEqual({ error });
});

test('__proto__ is a key like any other', () => {
  const answer = parseManifest('__proto__: {polluted: 1}\n') as { value: object };
  expect([Object.keys(answer.value), ({} as { polluted?: number }).polluted]).toEqual([['__proto__'], undefined]);
});

function* manifests(dir: string): Generator<string> {
  for (const name of readdirSync(dir)) {
    const path = `${dir}/${name}`;
    if (statSync(path).isDirectory()) yield* manifests(path);
    else if (/\.ya?ml$/.test(name)) yield path;
  }
}

test.skipIf(!existsSync(corpus))(`reads the manifests of ${corpus} as the yaml package does (skipped where the folder is absent)`, () => {
  let read = 0;
  for (const path of manifests(corpus)) {
    const text = readFileSync(path, 'utf8');
    const document = parseAllDocuments(text, { version: '1.1' }).find((d) => d.contents !== null);
    if (!document || document.errors.length > 0 || /[&*!]/.test(text)) continue;
    expect(parseManifest(text), path).toEqual({ value: document.toJS() });
    read += 1;
  }
  expect(read).toBeGreaterThan(20);
});
