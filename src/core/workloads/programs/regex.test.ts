/** Patterns of people: whatever they are, their work is counted and ends. */
import { expect, test } from 'vitest';
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import { compileRegex, findRegex } from './regex.ts';

const line = 'a'.repeat(20_000);
const hostile = ['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*)*x', '((a*)*)*$', '(a+){1,1000}b', '\\(a*\\)\\1\\1b', '.*.*.*.*.*.*=.*', '([a-z]+)*1'];

test.each(hostile)('row 25: %s on a long line ends within its budget of steps', (pattern) => {
  for (const text of [`${line}!`, line, `${'ab'.repeat(5000)}!`]) {
    let looked = 0;
    const regex = compileRegex(pattern, !pattern.includes('\\('));
    if ('error' in regex) continue;
    const watched = {
      ...regex,
      get alternatives() {
        looked += 1;
        return regex.alternatives;
      },
    };
    findRegex(watched, text);
    // Each start of a match asks for the alternatives once: at most one for each character.
    expect(looked).toBeLessThanOrEqual(text.length + 1);
  }
});

test('row 25: patterns too large or too deep are refused in the words of regcomp', () => {
  for (const pattern of ['a'.repeat(10_000), '('.repeat(5000), `${'('.repeat(200)}a${')'.repeat(200)}`])
    expect(compileRegex(pattern, true)).toEqual({ error: expect.any(String) });
  expect(compileRegex('a{1,99999}', true)).toMatchObject({ alternatives: expect.anything() });
  expect(compileRegex('a\\{5000\\}', false)).toEqual({ error: expect.any(String) });
});

test('row 25: selectors of great length are parsed or refused, by walking once', () => {
  for (const text of [`a in (${'x,'.repeat(50_000)}x)`, `${'a=b,'.repeat(50_000)}a=b`, '('.repeat(100_000), ' '.repeat(100_000), `a${'!'.repeat(100_000)}`]) {
    const answer = parseLabelSelector(text);
    expect(answer.error !== undefined || answer.requirements !== undefined).toBe(true);
  }
  expect(parseFieldSelector('\\'.repeat(100_000))).toBeDefined();
  expect(parseLabelSelector('(a+)+$').error).toBeTruthy();
});
