/** Shell patterns (`*`, `?`, `[…]`), without backtracking that grows: time is at most text × pattern. */

/** Escapes `text` so that it matches itself. */
export const escapePattern = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&');

export const hasPattern = (pattern: string): boolean => {
  for (let i = 0; i < pattern.length; i += 1) {
    const c = pattern[i];
    if (c === '\\') i += 1;
    else if (c === '*' || c === '?' || c === '[') return true;
  }
  return false;
};

export const unescapePattern = (pattern: string): string => pattern.replace(/\\([\s\S])/g, '$1');

/** True when the whole of `text` matches. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starP = -1;
  let starT = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      starP = p;
      starT = t;
      p += 1;
      continue;
    }
    const next = p < pattern.length ? one(pattern, p, text[t] as string) : -1;
    if (next >= 0) {
      p = next;
      t += 1;
    } else if (starP >= 0) {
      starT += 1;
      t = starT;
      p = starP + 1;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p >= pattern.length;
}

/** Position after the element at `p` when it matches `c`, else -1. */
function one(pattern: string, p: number, c: string): number {
  const k = pattern[p];
  if (k === '?') return p + 1;
  if (k === '\\') return pattern[p + 1] === c ? p + 2 : -1;
  if (k !== '[') return k === c ? p + 1 : -1;
  let i = p + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i += 1;
  let hit = false;
  const start = i;
  for (; i < pattern.length && (pattern[i] !== ']' || i === start); i += 1) {
    if (pattern.startsWith('[:', i)) {
      const close = pattern.indexOf(':]', i);
      if (close > 0) {
        if (inClass(pattern.slice(i + 2, close), c)) hit = true;
        i = close + 1;
        continue;
      }
    }
    const from = pattern[i] === '\\' ? pattern[++i] : pattern[i];
    if (pattern[i + 1] === '-' && pattern[i + 2] !== ']' && i + 2 < pattern.length) {
      if (from !== undefined && from <= c && c <= (pattern[i + 2] as string)) hit = true;
      i += 2;
    } else if (from === c) hit = true;
  }
  if (i >= pattern.length) return c === '[' ? p + 1 : -1;
  return hit !== negated ? i + 1 : -1;
}

function inClass(name: string, c: string): boolean {
  switch (name) {
    case 'alpha':
      return /[A-Za-z]/.test(c);
    case 'digit':
      return /[0-9]/.test(c);
    case 'alnum':
      return /[A-Za-z0-9]/.test(c);
    case 'upper':
      return /[A-Z]/.test(c);
    case 'lower':
      return /[a-z]/.test(c);
    case 'space':
      return /\s/.test(c);
    case 'blank':
      return c === ' ' || c === '\t';
    case 'punct':
      return /[!-/:-@[-`{-~]/.test(c);
    case 'xdigit':
      return /[0-9A-Fa-f]/.test(c);
    default:
      return false;
  }
}

/** Longest or shortest prefix (or suffix) of `text` that matches is removed. */
export function removePattern(text: string, pattern: string, op: '#' | '##' | '%' | '%%'): string {
  if (text.length > 4000) return text;
  const n = text.length;
  for (let i = 0; i <= n; i += 1) {
    const size = op === '#' || op === '%' ? i : n - i;
    if (op.startsWith('#')) {
      if (matchesPattern(pattern, text.slice(0, size))) return text.slice(size);
    } else if (matchesPattern(pattern, text.slice(n - size))) return text.slice(0, n - size);
  }
  return text;
}

/** `${x/pat/to}` (`all`: `//`; `anchor` `#` or `%`). */
export function replacePattern(text: string, pattern: string, to: string, op: string): string {
  if (text.length > 2000 || pattern === '') return text;
  const n = text.length;
  const longest = (from: number): number => {
    for (let end = n; end > from; end -= 1) if (matchesPattern(pattern, text.slice(from, end))) return end;
    return -1;
  };
  if (op === '/#') {
    const end = longest(0);
    return end < 0 ? text : to + text.slice(end);
  }
  if (op === '/%') {
    for (let from = 0; from < n; from += 1) if (matchesPattern(pattern, text.slice(from))) return text.slice(0, from) + to;
    return text;
  }
  let out = '';
  for (let i = 0; i < n; ) {
    const end = longest(i);
    if (end < 0) {
      out += text[i];
      i += 1;
      continue;
    }
    out += to;
    i = end;
    if (op === '/') return out + text.slice(i);
  }
  return out;
}
