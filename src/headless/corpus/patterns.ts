/** Words of facts against what is seen: `>=1`, `A | B`, `<pod IP>`. */

/** Values that only the run knows, by their words between `<` and `>`; undefined: anything will do. */
export type Names = (words: string) => string | undefined;

/** Written between angle brackets by kubectl itself. */
const literal: ReadonlySet<string> = new Set(['none', 'pending', 'unset', 'unknown', 'invalid']);

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Splits `<words>` from the text around it; the text goes through `plain`. */
function fill(text: string, names: Names, plain: (part: string) => string): string {
  return text
    .split(/(<[A-Za-z][^<>]*>)/)
    .map((part, i) => {
      if (i % 2 === 0) return plain(part);
      const words = part.slice(1, -1);
      if (literal.has(words)) return plain(part);
      const value = names(words);
      return value === undefined ? '\\S+' : escaped(value);
    })
    .join('');
}

/** The source of a regular expression for a text with `<…>` in it. */
export const patternOf = (text: string, names: Names): string => fill(text, names, escaped);

/** The same for a text that is a regular expression already. */
export const regexOf = (text: string, names: Names, flags = 'm'): RegExp => {
  const dotAll = text.startsWith('(?s)');
  return new RegExp(
    fill(dotAll ? text.slice(4) : text, names, (part) => part),
    dotAll ? `${flags}s` : flags,
  );
};

export const contains = (haystack: string, needle: string, names: Names): boolean => new RegExp(patternOf(needle, names)).test(haystack);

/** A cell or value against what is expected of it. */
export function matches(expected: unknown, actual: unknown, names: Names): boolean {
  if (typeof expected === 'number') return leading(actual) === expected;
  if (typeof expected !== 'string') return JSON.stringify(expected) === JSON.stringify(actual);
  const text = String(actual ?? '');
  const compare = /^(>=|<=|>|<)\s*(\d+)$/.exec(expected);
  if (compare) return compares(compare[1] as string, leading(actual), Number(compare[2]));
  if (expected.startsWith('not ')) return !matches(expected.slice(4), actual, names);
  if (expected.includes(' | ')) return expected.split(' | ').some((one) => matches(one, actual, names));
  if (expected.includes(' at first, then an address')) return /^\d+\.\d+\.\d+\.\d+$/.test(text);
  const hint = / \(may .*\)$/.exec(expected);
  if (hint) return text.startsWith(expected.slice(0, hint.index));
  return new RegExp(`^${patternOf(expected, names)}$`).test(text);
}

const leading = (actual: unknown): number => (typeof actual === 'number' ? actual : Number(/^-?\d+/.exec(String(actual ?? ''))?.[0] ?? Number.NaN));

export function compares(operator: string, left: number, right: number): boolean {
  if (operator === '>=') return left >= right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left < right;
}

/** Every key of `expected` is in `actual` with that value, all the way down. */
export function within(expected: unknown, actual: unknown, names: Names): boolean {
  if (typeof expected !== 'object' || expected === null) return matches(expected, actual, names) || expected === actual;
  if (Array.isArray(expected)) return Array.isArray(actual) && expected.every((one) => actual.some((other) => within(one, other, names)));
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.keys(expected).every((key) => within((expected as Fact)[key], (actual as Fact)[key], names));
}
type Fact = Record<string, unknown>;

/** As `within`, and nothing besides; keys in any order. */
export function same(expected: unknown, actual: unknown): boolean {
  if (Array.isArray(expected)) return Array.isArray(actual) && expected.length === actual.length && expected.every((one, i) => same(one, actual[i]));
  if (typeof expected === 'object' && expected !== null) {
    const own = Object.keys(expected);
    const other = Object.keys((actual as object | undefined) ?? {});
    return typeof actual === 'object' && own.length === other.length && own.every((key) => same((expected as Fact)[key], (actual as Fact)[key]));
  }
  return expected === actual || (typeof expected !== 'string' && String(expected) === String(actual));
}

/** The indexes of `found` that take the `wanted` in their order; undefined when they are not all there. */
export function inOrder<A, B>(wanted: readonly A[], found: readonly B[], is: (a: A, b: B) => boolean): boolean {
  let at = 0;
  for (const want of wanted) {
    while (at < found.length && !is(want, found[at] as B)) at += 1;
    if (at >= found.length) return false;
    at += 1;
  }
  return true;
}
