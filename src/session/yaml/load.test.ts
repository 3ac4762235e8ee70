import { describe, expect, test } from 'vitest';
import { loadYaml } from './load.ts';

const one = (text: string): unknown => {
  const { documents, problems } = loadYaml(text);
  expect(problems).toEqual([]);
  return documents[0]?.object;
};
const problem = (text: string) => {
  const { documents, problems } = loadYaml(text);
  expect(documents).toEqual([]);
  return problems[0];
};

describe('reading', () => {
  test('documents, comments, empty ones left out', () => {
    const { documents } = loadYaml('# nothing\n---\nkind: A\n---\n\n---\nkind: B\nspec:\n  x: 1\n...\n');
    expect(documents.map((d) => [d.object, d.line, d.endLine])).toEqual([
      [{ kind: 'A' }, 3, 3],
      [{ kind: 'B', spec: { x: 1 } }, 7, 9],
    ]);
  });
  test('KYAML: flow style with comments and trailing commas', () => {
    expect(one('---\n{\n  kind: "Pod", # a pod\n  spec: { list: ["a", "b",], special.how: 1, },\n}\n')).toEqual({
      kind: 'Pod',
      spec: { list: ['a', 'b'], 'special.how': 1 },
    });
  });
  test('row 15: YAML 1.2 core: yes, 010, 1_000 and dates are what they say', () => {
    expect(one('[yes, no, on, 010, 0x10, 1_000, 2026-11-20, ~, 1e3, "1"]')).toEqual(['yes', 'no', 'on', 10, 16, '1_000', '2026-11-20', null, 1000, '1']);
  });
  test('anchors, aliases and merge keys', () => {
    expect(one('a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\n')).toEqual({ a: { p: 1, q: 2 }, b: { p: 1, q: 2 }, c: { q: 3, p: 1 } });
  });
  test('row 11: CRLF and a byte order mark', () => {
    expect(one('\ufeffkind: Pod\r\nspec:\r\n  a: |\r\n    x\r\n')).toEqual({ kind: 'Pod', spec: { a: 'x\n' } });
  });
  test('__proto__ is a plain key', () => {
    const value = one('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
  test('places of fields', () => {
    const { documents } = loadYaml('kind: Pod\nspec:\n  containers:\n  - name: a\n    image: nginx\n  - name: b\n    ports: [{containerPort: 80}]\n');
    const at = (path: string) => {
      const p = documents[0]?.placeOf(path);
      return [p?.line, p?.column, p?.exact];
    };
    expect(at('spec.containers[0].image')).toEqual([5, 5, true]);
    expect(at('spec.containers[1].ports[0].containerPort')).toEqual([7, 14, true]);
    expect(at('spec.containers[1].livenessProbe.httpGet')).toEqual([6, 5, false]);
  });
});

describe('hostile', () => {
  test.each([
    ['10 000 nested [', '['.repeat(10_000)],
    ['10 000 nested {', '{a: '.repeat(10_000)],
    ['10 000 nested - ', '- '.repeat(10_000)],
    ['nested block maps', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    [
      '10 000 nested block maps',
      Array.from({ length: 10_000 }, (_, i) => `${' '.repeat(Math.min(i, 200))}${'? '.repeat(i > 200 ? 1 : 0)}a:`)
        .join('\n')
        .slice(0, 2_000_000),
    ],
  ])('row 8: %s: depth', (_name, text) => {
    expect(problem(text)?.message).toContain('nested more than 64 levels');
  });
  test('row 7: alias bomb', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 9 }, () => `*l${i}`).join(', ')}]`);
    expect(problem(`l0: &l0 [x]\n${levels.join('\n')}\n`)?.message).toContain('more than 250000 values');
  });
  test('row 10: merge keys in a circle', () => {
    expect(problem('a: &x\n  <<: *x\n  b: 1\n')?.message).toContain("anchor 'x' value contains itself");
    expect(problem('a: &x {<<: [*y]}\nb: &y {<<: *x}\n')?.message).toMatch(/[Uu]nknown anchor|[Uu]nresolved alias/);
  });
  test('row 10: an anchor that contains itself', () => {
    expect(problem('a: &x [*x]')?.message).toContain("anchor 'x' value contains itself");
  });
  test('row 9: 60 000 duplicate keys, 100 000 keys', () => {
    expect(problem('a: 1\n'.repeat(20_000))).toMatchObject({ line: 2, message: 'key "a" already set in map' });
    expect(problem('a: 1\n'.repeat(200_000))?.message).toContain('more than 400000 tokens');
    expect(problem(Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n'))?.message).toContain('more than 400000 tokens');
  });
  test('row 12: 20 MB', () => {
    expect(problem(' '.repeat(20_000_000))?.message).toContain('20000000 bytes; at most 3145728');
  });
  test('row 11: control characters, lone surrogates, tabs', () => {
    expect(problem('a: b\nc: \u0000')).toMatchObject({ line: 2, column: 4 });
    expect(problem('a: \ud800')).toMatchObject({ line: 1, column: 4 });
    expect(problem('a:\n\t- b')?.line).toBe(2);
  });
  test('row 15: binary that is none, timestamps by tag', () => {
    for (const text of ['a: !!binary "###"', 'a: !!timestamp x', 'a: !!js/regexp /a/', 'a: !!python/object:os.system x'])
      expect(problem(text)?.message).toBeTruthy();
  });
  test('row 15: tags that YAML core does not know are refused', () => {
    expect(problem('a: !!js/function "x"')?.message).toContain('Unresolved tag');
    expect(one('a: !!str 1')).toEqual({ a: '1' });
    expect(problem('- !!a x\n'.repeat(2000))?.message).toContain('more than 1000 tags');
  });
});
