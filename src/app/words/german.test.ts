import { afterEach, describe, expect, it } from 'vitest';
import { words } from './en.ts';
import { english, german, parts } from './german.ts';
import { panelWords } from './panels.en.ts';

/** Paths of all words; `f` behind a function, so that a word never takes a question's place. */
function paths(value: unknown, at = ''): string[] {
  if (typeof value === 'function') return [`${at}()`];
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return [at];
  return Object.entries(value).flatMap(([key, v]) => paths(v, `${at}.${key}`));
}
function strings(value: unknown, at = ''): [string, string][] {
  if (typeof value === 'string') return [[at, value]];
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return [];
  return Object.entries(value).flatMap(([key, v]) => strings(v, `${at}.${key}`));
}

afterEach(english);

describe('German', () => {
  it('has the same keys as English', () => {
    for (const [own, other] of parts) expect(paths(other).sort()).toEqual(paths(own).sort());
  });
  it('leaves no word empty', () => {
    for (const [, other] of parts) expect(strings(other).filter(([, text]) => text.trim() === '')).toEqual([]);
  });
  it('takes the place of the words that parts of the page hold on to, and gives it back', () => {
    const { shell } = panelWords;
    const { header } = words;
    german();
    expect([shell.input, header.faults, shell.exit(3)]).toEqual(['Befehl', 'Störungen', 'Exit 3']);
    english();
    expect([shell.input, header.faults, shell.exit(3)]).toEqual(['Command', 'Faults', 'exit 3']);
  });
  it('keeps Kubernetes’ terms', () => {
    const all = parts.flatMap(([, other]) => strings(other).map(([, text]) => text)).join('\n');
    expect(all).not.toMatch(/Bereitschaftsprobe|Lebendigkeitsprobe|Dienstkonto|Knoten\b|Kapsel/);
  });
});
