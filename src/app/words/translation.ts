/** What a language must have: the same keys, the same questions, other words. */
export type Translation<T> = T extends (...args: infer A) => string
  ? (...args: A) => string
  : T extends string
    ? string
    : T extends RegExp
      ? RegExp
      : { -readonly [K in keyof T]: Translation<T[K]> };

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !(value instanceof RegExp);

/** Puts `from`'s words into `into`, which parts of the page hold on to: they read the new ones when they are drawn next. */
export function overwrite(into: object, from: object): void {
  for (const [key, value] of Object.entries(from)) {
    const own = (into as Tree)[key];
    if (isTree(value) && isTree(own)) overwrite(own, value);
    else (into as Tree)[key] = value;
  }
}

/** A copy of words, to come back to. */
export function copyWords<T>(words: T): T {
  if (!isTree(words)) return words;
  const entries = Object.entries(words).map(([key, value]) => [key, copyWords(value)]);
  return (Array.isArray(words) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
}
