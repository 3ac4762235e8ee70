import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import tokens from '../design/tokens.json';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** The declarations of the rule with this selector, in the part for browsers that know OKLCH or in the other. */
function rule(selector: string, oklch: boolean): Record<string, string> {
  const part = css.split('@supports')[oklch ? 1 : 0] as string;
  const body =
    part
      .slice(part.indexOf(`${selector} {`))
      .split('{')[1]
      ?.split('}')[0] ?? '';
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1], m[2]]));
}

describe('colours of the style sheet', () => {
  for (const theme of ['light', 'dark', 'contrast'] as const)
    it(`are those of the design, ${theme}`, () => {
      const expected = Object.fromEntries(Object.entries(tokens[theme]).map(([name, values]) => [name, `oklch(${values.join(' ')})`]));
      expect(rule(`:root[data-theme="${theme}"]`, true)).toEqual(expected);
      expect(Object.keys(rule(`:root[data-theme="${theme}"]`, false))).toEqual(Object.keys(expected));
    });
});
