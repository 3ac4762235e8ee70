import { describe, expect, test } from 'vitest';
import { maxStartMs, readOptions, timeMs } from './options.ts';

describe('times', () => {
  test.each([
    ['42s', 42_000],
    ['42', 42_000],
    ['1.5s', 1500],
    ['1m20s', 80_000],
    ['2h', 7_200_000],
    ['500ms', 500],
    ['1m500ms', 60_500],
    ['24h', maxStartMs],
  ])('%s', (text, ms) => expect(timeMs(text)).toBe(ms));
  test.each(['', 's', '-1s', '1e9', 'NaN', '25h', '1s1m', '42 s', '9999999999999', '٤s', `${'1'.repeat(50)}s`])('%s is none', (text) =>
    expect(timeMs(text)).toBeUndefined(),
  );
});

test('all options', () => {
  expect(
    readOptions('?scenario=rolling-update&t=42s&controls=shell,time&theme=dark&start=seen&host=https%3A%2F%2Fdocs.example&title=A%20figure', '#v1:abc'),
  ).toEqual({
    scenario: 'rolling-update',
    link: 'v1:abc',
    atMs: 42_000,
    controls: ['time', 'shell'],
    theme: 'dark',
    start: 'seen',
    host: 'https://docs.example',
    title: 'A figure',
    problems: [],
  });
});

test('nothing given: the first scene, with time, on click', () => {
  expect(readOptions('', '')).toEqual({
    scenario: '',
    link: '',
    atMs: null,
    controls: ['time'],
    theme: 'auto',
    start: 'click',
    host: '',
    title: '',
    problems: [],
  });
});

test('row 32: garbage gives the defaults that are said', () => {
  const options = readOptions(
    `?scenario=${encodeURIComponent('../../etc')}&t=soon&controls=radar&theme=pink&start=never&host=javascript:alert(1)&title=${'x'.repeat(9000)}`,
    '#<img onerror=alert(1)>',
  );
  expect(options).toMatchObject({ scenario: '', link: '', atMs: null, controls: ['time'], theme: 'auto', start: 'click', host: 'null' });
  expect(options.title.length).toBeLessThanOrEqual(200);
  expect(options.problems.map((problem) => problem.split(':')[0])).toEqual(['scenario', 't', 'controls', 'theme', 'start', 'host']);
  expect(readOptions('?onload=alert(1)', '').problems).toEqual(['"onload" is no option of an embed']);
});

test('none of the panels', () => {
  expect(readOptions('?controls=none', '').controls).toEqual([]);
  expect(readOptions('?controls=shell,radar', '')).toMatchObject({ controls: ['shell'], problems: [expect.stringContaining('radar')] });
});
