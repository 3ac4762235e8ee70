import { describe, expect, test } from 'vitest';
import { pipe } from './pipes.ts';

const pods = `NAME    READY   STATUS    RESTARTS   AGE
web-b   1/1     Running   2          12s
web-a   0/1     Pending   10         9s
db      1/1     Running   0          9s
`;
const run = (...stages: string[]): string =>
  pipe(
    pods,
    stages.map((s) => s.split(' ')),
  ).out;

describe('behind a pipe', () => {
  test('grep, head, tail, wc', () => {
    expect(run('grep Running', 'wc -l')).toBe('2\n');
    expect(run('grep -v web', 'head -1')).toBe('NAME    READY   STATUS    RESTARTS   AGE\n');
    expect(run('grep -ic WEB')).toBe('2\n');
    expect(run('tail -n +2', 'head -n 1')).toBe('web-b   1/1     Running   2          12s\n');
    expect(run('grep -E ^(db|web-a)', 'tail -n 1')).toMatch(/^db/);
    expect(run('grep -o web-.', 'head -n -1')).toBe('web-b\n');
    expect(run('wc')).toBe('      4      20     162\n');
  });
  test('sort by a field, as numbers, backwards', () => {
    expect(run('tail -n +2', 'sort -k4 -n').match(/^\S+/gm)).toEqual(['db', 'web-b', 'web-a']);
    expect(run('tail -n +2', 'sort -rn -k 4').match(/^\S+/gm)).toEqual(['web-a', 'web-b', 'db']);
    expect(run('tail -n +2', 'sort').match(/^\S+/gm)).toEqual(['db', 'web-a', 'web-b']);
  });
  test('nothing found is 1, what is unknown is said', () => {
    expect(pipe(pods, [['grep', 'nothing']])).toEqual({ out: '', err: '', rc: 1 });
    expect(pipe(pods, [['awk', '{print $1}']])).toMatchObject({ rc: 127, err: expect.stringContaining('awk: not found') });
    expect(pipe(pods, [['grep', '-Z', 'x']])).toMatchObject({ rc: 2 });
    expect(pipe(pods, [['constructor']])).toMatchObject({ rc: 127 });
  });
  test('a pattern that would take for ever ends', () => {
    expect(pipe(`${'a'.repeat(5000)}b\n`, [['grep', '-E', '(a+)+$']]).rc).toBe(1);
  });
});
