import { describe, expect, test } from 'vitest';
import { CommandError } from '../errors.ts';
import { parseYaml } from '../parse-yaml.ts';
import { executeTemplate } from './go-template.ts';
import { parseTemplate } from './go-template-parse.ts';
import { goJson, goJsonIndent } from './json.ts';
import { executeJsonPath } from './jsonpath.ts';
import { parseJsonPath, relaxed } from './jsonpath-parse.ts';
import { describeTabs, tableTabs, tabulate } from './tabwriter.ts';
import { naturalOrder, toYaml } from './yaml.ts';

const textOf = (act: () => unknown): string => {
  try {
    return String(act());
  } catch (error) {
    if (error instanceof CommandError) return error.text;
    throw error;
  }
};

describe('tabwriter', () => {
  test('a column is a run of lines that have the cell; the last cell is not padded', () => {
    expect(tabulate('NAME\tAGE\nlonger-name\t5s\n', tableTabs)).toBe('NAME          AGE\nlonger-name   5s\n');
    expect(tabulate('A:\tx\nB\nLonger:\ty\n', describeTabs)).toBe('A:  x\nB\nLonger:  y\n');
    expect(tabulate('a\tb\t\n', tableTabs)).toBe('a     b     \n');
  });
  test('a watch keeps the widths it had', () => {
    const widths: number[] = [];
    tabulate('NAME\tSTATUS\nlonger-name\tx\n', tableTabs, widths);
    expect(tabulate('p\tRunning\n', tableTabs, widths)).toBe('p             Running\n');
  });
});

describe('YAML as sigs.k8s.io/yaml writes it', () => {
  test.each([
    ['plain', 'a: plain\n'],
    ['', 'a: ""\n'],
    ['true', 'a: "true"\n'],
    ['yes', 'a: "yes"\n'],
    ['y', 'a: "y"\n'],
    ['12', 'a: "12"\n'],
    ['1e3', 'a: "1e3"\n'],
    ['0x1f', 'a: "0x1f"\n'],
    ['2026-11-21T00:43:34Z', 'a: "2026-11-21T00:43:34Z"\n'],
    ['1:30', 'a: "1:30"\n'],
    ['~', 'a: "~"\n'],
    ['a: b', "a: 'a: b'\n"],
    ['a #b', "a: 'a #b'\n"],
    ['a#b', 'a: a#b\n'],
    ['- x', "a: '- x'\n"],
    ['-x', 'a: -x\n'],
    ['*x', "a: '*x'\n"],
    ['{x}', "a: '{x}'\n"],
    ["it's", "a: it's\n"],
    [' x', "a: ' x'\n"],
    ['x ', "a: 'x '\n"],
    ['tab\there', 'a: "tab\\there"\n'],
    ['two\nlines', 'a: |-\n  two\n  lines\n'],
    ['two\nlines\n', 'a: |\n  two\n  lines\n'],
    ['two\n\nlines\n\n', 'a: |+\n  two\n\n  lines\n\n'],
    [' lead\n', 'a: |2\n   lead\n'],
    ['space \nx', 'a: "space \\nx"\n'],
    ['10.244.0.0/24', 'a: 10.244.0.0/24\n'],
    ['1Gi', 'a: 1Gi\n'],
    ['é', 'a: é\n'],
  ])('%j', (value, text) => {
    expect(toYaml({ a: value })).toBe(text);
  });

  test('lists stand under their key, empty ones and maps on one line', () => {
    expect(toYaml({ b: [{ x: 1, l: [[1], []] }, 'y'], a: { c: {}, d: [] }, n: null })).toBe(
      'a:\n  c: {}\n  d: []\nb:\n- l:\n  - - 1\n  - []\n  x: 1\n- "y"\n"n": null\n',
    );
  });

  test('long text is folded past 80 columns, at single spaces', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found.';
    expect(toYaml({ message })).toBe(
      "message: '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available:\n  3 No preemption victims found.'\n",
    );
  });

  test('keys in natural order', () => {
    expect(['a10', 'a9', 'B', 'b', 'a', 'a-b', '1'].sort(naturalOrder)).toEqual(['1', 'B', 'a', 'a-b', 'a9', 'a10', 'b']);
  });

  test('what is printed can be read again', () => {
    const value = {
      a: 'x: y',
      b: ['1', 2, true, null, '', 'two\nlines\n', " it's "],
      c: { d: {}, e: [] },
      'f/g.h': 'a "b" \\ c',
      message: 'word '.repeat(60).trim(),
    };
    expect(parseYaml(toYaml(value))).toEqual({ documents: [value] });
  });
});

describe('reading YAML', () => {
  test.each([
    ['spec:\n  replicas: 3', { spec: { replicas: 3 } }],
    ['{spec: {replicas: 3, l: [a, "b,c"]}}', { spec: { replicas: 3, l: ['a', 'b,c'] } }],
    ['- a\n- b: 1\n  c: 2\n-\n  - x', ['a', { b: 1, c: 2 }, ['x']]],
    ['k: |\n  one\n   two\n\nnext: >-\n  a\n  b', { k: 'one\n two\n', next: 'a b' }],
    ['notjson', 'notjson'],
    ['a: 1 # comment', { a: 1 }],
  ])('%j', (text, value) => {
    expect(parseYaml(text)).toEqual({ documents: [value] });
  });
  test('what it does not read it refuses', () => {
    expect(parseYaml('a: &x 1').error).toContain('anchors');
    expect(parseYaml('[').error).toBeDefined();
    expect(parseYaml('['.repeat(50_000)).error).toBeDefined();
    expect(parseYaml('a: 1\na: 2').error).toContain('already set');
    expect(parseYaml('__proto__: {x: 1}').documents).toHaveLength(1);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

test('JSON as Go writes it', () => {
  expect(goJson({ b: '<a> & b', a: [1, null] })).toBe('{"a":[1,null],"b":"\\u003ca\\u003e \\u0026 b"}');
  expect(goJsonIndent({ a: {}, b: [], c: [1] })).toBe('{\n    "a": {},\n    "b": [],\n    "c": [\n        1\n    ]\n}');
});

describe('JSONPath', () => {
  const list = {
    kind: 'List',
    items: [
      { metadata: { name: 'a', labels: { 'x.y/z': '1' } }, spec: { n: 3 }, ok: true },
      { metadata: { name: 'b' }, spec: { n: 10 }, ok: false },
    ],
  };
  test.each([
    ['{.items[*].metadata.name}', 'a b'],
    ['{.items[0].metadata.name}', 'a'],
    ['{.items[-1].metadata.name}', 'b'],
    ['{.items[0:1].spec.n}', '3'],
    ['{range .items[*]}{.metadata.name}={.spec.n}{"\\n"}{end}', 'a=3\nb=10\n'],
    ['{.items[?(@.spec.n>5)].metadata.name}', 'b'],
    ['{.items[?(@.metadata.name=="a")].spec}', '{"n":3}'],
    ['{.items[?(@.ok==true)].metadata.name}', 'a'],
    ['{.items[0].metadata.labels.x\\.y/z}', '1'],
    ["{.items[0].metadata.labels['x.y/z']}", '1'],
    ['{..name}', 'a b'],
    ['{.items[*].metadata.nope}', ''],
    ["{.items[*]['metadata.name']}", ''],
    ['name: {.items[0].metadata.name}', 'name: a'],
    ['{.items[0,1].spec.n}', '3 10'],
    ['{.kind}', 'List'],
  ])('%s', (path, text) => {
    expect(executeJsonPath(parseJsonPath(path), list)).toBe(text);
  });
  test('what cannot be read', () => {
    expect(textOf(() => parseJsonPath('{.spec'))).toBe('error: error parsing jsonpath {.spec, unclosed action\n');
    expect(textOf(() => parseJsonPath('{.items[}'))).toContain('unterminated array');
    expect(textOf(() => executeJsonPath(parseJsonPath('{.items[7]}'), list))).toContain('array index out of bounds: index 7, length 2');
    expect(textOf(() => parseJsonPath('x'.repeat(30_000)))).toContain('longer than 20000 characters');
    expect(relaxed('.metadata.name')).toBe('{.metadata.name}');
  });
  test('hostile paths end', () => {
    const deep = { items: Array.from({ length: 200 }, (_, i) => ({ i, more: Array.from({ length: 50 }, (_, j) => ({ j })) })) };
    expect(textOf(() => executeJsonPath(parseJsonPath('{$..[?(@..j==1)]..[?(@..j==2)]..[?(@..i)]}'), deep))).toMatch(/^$|values looked at/);
    expect(textOf(() => executeJsonPath(parseJsonPath(`{${'..*'.repeat(30)}}`), deep))).toContain('values looked at');
    expect(textOf(() => parseJsonPath(`{${'[?('.repeat(100)}1${')]'.repeat(100)}}`))).toContain('nested');
  });
});

describe('Go templates', () => {
  const value = {
    items: [
      { n: 'a', v: 1 },
      { n: 'b', v: 2 },
    ],
    m: { y: '2', x: '1' },
    s: { replicas: 2 },
  };
  test.each([
    ['{{.s.replicas}}', '2'],
    ['{{range .items}}{{.n}} {{end}}', 'a b '],
    ['{{range $i, $e := .items}}{{$i}}:{{$e.n}};{{end}}', '0:a;1:b;'],
    ['{{range $k, $v := .m}}{{$k}}={{$v}},{{end}}', 'x=1,y=2,'],
    ['{{if eq .s.replicas 2}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .nope}}yes{{else if .m}}map{{end}}', 'map'],
    ['{{with .s}}{{.replicas}}{{end}}', '2'],
    ['{{len .items}} {{index .items 1 "n"}} {{printf "%03d|%s" 7 "x"}}', '2 b 007|x'],
    ['{{.nope}}', '<no value>'],
    ['a {{- "b" -}} c', 'abc'],
    ['{{"aGVsbG8=" | base64decode}}', 'hello'],
  ])('%s', (template, text) => {
    expect(executeTemplate(parseTemplate(template), value)).toBe(text);
  });
  test('what cannot be read, and what does not end by itself', () => {
    expect(textOf(() => parseTemplate('{{.a'))).toContain('unclosed action');
    expect(textOf(() => parseTemplate('{{nope .}}'))).toContain('function "nope" not defined');
    expect(textOf(() => parseTemplate('{{if .a}}'))).toContain('unexpected EOF');
    const nested = `${'{{range $.items}}'.repeat(40)}x${'{{end}}'.repeat(40)}`;
    expect(textOf(() => executeTemplate(parseTemplate(nested), value))).toContain('steps');
    expect(textOf(() => parseTemplate('('.repeat(5000)))).toBeDefined();
  });
});
