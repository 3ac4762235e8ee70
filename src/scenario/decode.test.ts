/** What a scenario may say, and what is said of one that says something else. */
import { describe, expect, test } from 'vitest';
import schema from '../../scenarios/scenario.schema.json' with { type: 'json' };
import { decodeScenario } from './decode.ts';

const head = 'title: T\nsummary: S\nlevel: basic\nminutes: 3\n';
const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: nginx:1.27}]}\n';
const decode = (rest: string, files: Record<string, string> = {}) => decodeScenario('one', head + rest, files);
const words = (rest: string, files: Record<string, string> = {}): string[] => (decode(rest, files).problems ?? []).map((p) => `${p.line}: ${p.message}`);

test('durations, defaults and files', () => {
  const { scenario } = decode(
    'manifests: [web.yaml]\nuntil: 1m30s\nscript:\n- {at: 500ms, kubectl: get pods}\n- {at: 2s, inject: {kind: registryUnreachable}, id: r}\n- {at: 3s, end: r}\nsteps:\n- title: A\n  text: B\n  pause: {time: 42s}\n',
    { 'web.yaml': pod, 'other.yaml': 'x' },
  );
  expect(scenario).toMatchObject({ seed: 1, untilMs: 90_000, files: { 'web.yaml': pod } });
  expect(scenario?.script.map((s) => s.atMs)).toEqual([500, 2000, 3000]);
  expect(scenario?.steps[0]).toMatchObject({ pause: { time: 42_000 }, withinMs: 600_000, speed: 10, highlight: [] });
  expect(scenario?.files).not.toHaveProperty('other.yaml');
});

test.each([
  ['colour: red\n', '5: colour is not known'],
  ['until: soon\n', '5: until "soon" is not of the form it must have'],
  ['manifests: [gone.yaml]\n', '0: gone.yaml is named, but is not in the folder'],
  ['manifests: [../../etc/passwd]\n', '5: manifests[0] "../../etc/passwd" is not of the form it must have'],
  ['script:\n- {at: 1s}\n', '6: script[0] needs one of apply, delete, kubectl, shell, inject, end, packet, proxyMode'],
  ['script:\n- {at: 1s, kubectl: get pods, apply: a.yaml}\n', '6: script[0] has more than one of apply, kubectl'],
  ['script:\n- {at: 2s, kubectl: get pods}\n- {at: 1s, kubectl: get pods}\n', '7: script[1].at comes before the entry ahead of it'],
  ['script:\n- {at: 2s, end: x}\n', '6: script[0].end: no fault x begins before it'],
  ['script:\n- {at: 2s, inject: {kind: meteor}}\n', /6: script\[0\]\.inject needs one of kind: stopUnit, .*kind: fillDisk/],
  ['steps:\n- {title: A, text: B, pause: {pod: web, isnt: Running}}\n', '6: steps[0].pause.isnt is not known'],
  ['steps:\n- {title: A, text: B, pause: {pod: web, node: n}}\n', '6: steps[0].pause has more than one of pod, node'],
  ['steps:\n- {title: A, text: B, pause: {pod: web, count: many}}\n', '6: steps[0].pause.count "many" is not of the form it must have'],
  [
    'steps:\n- {title: A, text: B, prediction: {question: C, choices: [{text: D, when: {time: 1s}}]}}\n',
    '6: steps[0].prediction.choices must have at least 2 entries',
  ],
  ['steps:\n- {title: A, text: B, exercise: {task: C, done: {time: 1s}}}\n', '6: steps[0].exercise.solution is required'],
] as const)('%j', (text, expected) => {
  const said = words(text);
  if (typeof expected === 'string') expect(said).toContain(expected);
  else expect(said.join('\n')).toMatch(expected);
});

describe('row 36: hostile scenarios are refused or harmless', () => {
  test('conditions within conditions end', () => {
    let condition = '{time: 1s}';
    for (let i = 0; i < 60; i += 1) condition = `{not: ${condition}}`;
    expect(words(`steps:\n- {title: A, text: B, pause: ${condition}}\n`).join()).toMatch(/nested more than \d+ levels deep/);
  });
  test('keys of every object are keys like others', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) expect(words(`${key}: {polluted: true}\n`)).toContain(`5: ${key} is not known`);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
  test('names of folders and sizes', () => {
    for (const name of ['../up', 'Upper', 'a b', '', '-', 'x'.repeat(61)])
      expect(decodeScenario(name, head, {}).problems?.[0]?.message, name).toMatch(/folder's name/);
    expect(words(`topics: [${'a, '.repeat(10_000)}a]\n`).join()).toContain('at most 8 are read');
    expect(words(`summary2: ${'x'.repeat(2_000_000)}\n`)).toContain('5: summary2 is not known');
  });
  test('no YAML, several documents, an alias bomb', () => {
    expect(decodeScenario('one', 'a: [', {}).problems?.length).toBeGreaterThan(0);
    expect(decodeScenario('one', `${head}---\n${head}`, {}).problems?.[0]?.message).toBe('scenario.yaml holds one document');
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join()}]`)].join('\n');
    expect(decodeScenario('one', `${head}${bomb}\n`, {}).problems?.[0]?.message).toMatch(/more than \d+/);
  });
});

test('every field of the schema says what it is for', () => {
  const silent: string[] = [];
  const visit = (value: Record<string, unknown>, path: string): void => {
    const properties = value.properties as Record<string, Record<string, unknown>> | undefined;
    for (const [key, property] of Object.entries(properties ?? {})) {
      if (property.type === 'string' && property.description === '') silent.push(`${path}.${key}`);
      visit(property, `${path}.${key}`);
    }
  };
  visit(schema as Record<string, unknown>, '');
  expect(silent).toEqual([]);
});
