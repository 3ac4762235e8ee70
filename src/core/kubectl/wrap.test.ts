import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indentText, wrapText } from './wrap.ts';

describe('wrapText', () => {
  test('breaks at white space, which the break replaces', () => expect(wrapText('one two  three', 7)).toBe('one two\nthree'));
  test('a word longer than the line stands in a line of its own', () =>
    expect(wrapText('see https://a.very.long/address now', 10)).toBe('see\nhttps://a.very.long/address\nnow'));
  test('line breaks and the indentation behind them stay', () => expect(wrapText('a:\n - b\n', 10)).toBe('a:\n - b\n'));
  test('no word is lost, none is split, none is moved', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 30 }), fc.integer({ min: 10, max: 40 }), (words, width) => {
        const lines = wrapText(words.join(' '), width).split('\n');
        expect(lines.join(' ').split(' ')).toEqual(words);
        for (const [i, line] of lines.entries()) {
          expect(line.length).toBeLessThanOrEqual(width);
          // The first word of the next line would not have fitted.
          const next = lines[i + 1]?.split(' ')[0];
          if (next !== undefined) expect(line.length + 1 + next.length).toBeGreaterThan(width);
        }
      }),
    );
  });
});

test('indentText indents empty lines too', () => expect(indentText('a\n\nb', 2)).toBe('  a\n  \n  b'));
