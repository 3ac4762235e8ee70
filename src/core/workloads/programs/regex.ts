/** POSIX regular expressions (basic and extended) by backtracking with a budget of steps: no pattern takes longer than that. */

type Piece =
  | { t: 'char'; c: string }
  | { t: 'any' }
  | { t: 'set'; items: [string, string][]; negated: boolean }
  | { t: 'start' | 'end' | 'word' | 'wordStart' | 'wordEnd' }
  | { t: 'group'; n: number; body: Piece[][] }
  | { t: 'back'; n: number }
  | { t: 'repeat'; piece: Piece; min: number; max: number };

export interface Regex {
  alternatives: Piece[][];
  groups: number;
  ignoreCase: boolean;
}

export interface Match {
  start: number;
  end: number;
  /** [start, end] by group, [-1, -1] when it took no part; 0 is the whole. */
  groups: [number, number][];
}

const budget = 200_000;
const maxRepeat = 1000;

/** Parses; an error is the words of regcomp. */
export function compileRegex(source: string, extended: boolean, ignoreCase = false): Regex | { error: string } {
  if (source.length > 2000) return { error: 'Regular expression too big' };
  const p = new Parser(ignoreCase ? source.toLowerCase() : source, extended);
  try {
    const alternatives = p.alternatives(0);
    if (p.at < p.source.length) return { error: 'Unmatched ( or \\(' };
    return { alternatives, groups: p.groups, ignoreCase };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

export function literalRegex(text: string, ignoreCase: boolean): Regex {
  return { alternatives: [[...(ignoreCase ? text.toLowerCase() : text)].map((c) => ({ t: 'char' as const, c }))], groups: 0, ignoreCase };
}

class Parser {
  at = 0;
  groups = 0;
  readonly source: string;
  private readonly extended: boolean;

  constructor(source: string, extended: boolean) {
    this.source = source;
    this.extended = extended;
  }

  private special(c: string): boolean {
    const s = this.source;
    return this.extended ? s[this.at] === c : s[this.at] === '\\' && s[this.at + 1] === c;
  }
  private skip(): void {
    this.at += this.extended ? 1 : 2;
  }

  alternatives(depth: number): Piece[][] {
    if (depth > 50) throw new Error('Regular expression too big');
    const out = [this.sequence(depth)];
    while (this.special('|')) {
      this.skip();
      out.push(this.sequence(depth));
    }
    return out;
  }

  private sequence(depth: number): Piece[] {
    const out: Piece[] = [];
    while (this.at < this.source.length && !this.special('|') && !(depth > 0 && this.special(')'))) {
      const piece = this.atom(depth, out.length === 0);
      out.push(this.repeated(piece, out.length === 0));
    }
    return out;
  }

  private repeated(atom: Piece, first: boolean): Piece {
    let piece = atom;
    for (;;) {
      const c = this.source[this.at];
      if (c === '*' && !(first && !this.extended && piece.t === 'start')) {
        this.at += 1;
        piece = { t: 'repeat', piece, min: 0, max: maxRepeat * 100 };
      } else if (this.special('+')) {
        this.skip();
        piece = { t: 'repeat', piece, min: 1, max: maxRepeat * 100 };
      } else if (this.special('?')) {
        this.skip();
        piece = { t: 'repeat', piece, min: 0, max: 1 };
      } else if (this.special('{')) {
        const m = /^\\?\{([0-9]{0,4})(,?)([0-9]{0,4})\\?\}/.exec(this.source.slice(this.at));
        if (!m) {
          if (this.extended) return piece;
          throw new Error('Invalid preceding regular expression');
        }
        this.at += m[0].length;
        const min = Number(m[1] || 0);
        const max = m[2] ? (m[3] ? Number(m[3]) : maxRepeat * 100) : min;
        if (min > maxRepeat || max < min) throw new Error('Invalid content of \\{\\}');
        piece = { t: 'repeat', piece, min, max };
      } else return piece;
    }
  }

  private atom(depth: number, first: boolean): Piece {
    const s = this.source;
    const c = s[this.at] as string;
    if (this.special('(')) {
      this.skip();
      this.groups += 1;
      const n = this.groups;
      const body = this.alternatives(depth + 1);
      if (!this.special(')')) throw new Error('Unmatched ( or \\(');
      this.skip();
      return { t: 'group', n, body };
    }
    this.at += 1;
    if (c === '.') return { t: 'any' };
    if (c === '[') return this.set();
    if (c === '^' && (this.extended || first)) return { t: 'start' };
    if (c === '$' && (this.extended || this.at >= s.length || this.special('|') || (depth > 0 && this.special(')')))) return { t: 'end' };
    if (c !== '\\') return { t: 'char', c };
    const e = s[this.at];
    if (e === undefined) throw new Error('Trailing backslash');
    this.at += 1;
    if (/[1-9]/.test(e)) return { t: 'back', n: Number(e) };
    switch (e) {
      case 'n':
        return { t: 'char', c: '\n' };
      case 't':
        return { t: 'char', c: '\t' };
      case 'b':
        return { t: 'word' };
      case '<':
        return { t: 'wordStart' };
      case '>':
        return { t: 'wordEnd' };
      case 'w':
      case 'W':
        return {
          t: 'set',
          items: [
            ['a', 'z'],
            ['A', 'Z'],
            ['0', '9'],
            ['_', '_'],
          ],
          negated: e === 'W',
        };
      case 's':
      case 'S':
        return {
          t: 'set',
          items: [
            [' ', ' '],
            ['\t', '\r'],
          ],
          negated: e === 'S',
        };
      case 'd':
        return { t: 'char', c: 'd' };
      default:
        return { t: 'char', c: e };
    }
  }

  private set(): Piece {
    const s = this.source;
    const negated = s[this.at] === '^';
    if (negated) this.at += 1;
    const items: [string, string][] = [];
    for (let first = true; ; first = false) {
      const c = s[this.at];
      if (c === undefined) throw new Error('Unmatched [, [^, [:, [., or [=');
      if (c === ']' && !first) {
        this.at += 1;
        return { t: 'set', items, negated };
      }
      const named = /^\[:([a-z]+):\]/.exec(s.slice(this.at, this.at + 20));
      if (named) {
        this.at += named[0].length;
        items.push(...classOf(named[1] as string));
        continue;
      }
      const end = s[this.at + 2];
      if (s[this.at + 1] === '-' && end !== undefined && end !== ']') {
        items.push([c, end]);
        this.at += 3;
      } else {
        items.push([c, c]);
        this.at += 1;
      }
    }
  }
}

function classOf(name: string): [string, string][] {
  switch (name) {
    case 'digit':
      return [['0', '9']];
    case 'alpha':
      return [
        ['a', 'z'],
        ['A', 'Z'],
      ];
    case 'alnum':
      return [
        ['a', 'z'],
        ['A', 'Z'],
        ['0', '9'],
      ];
    case 'upper':
      return [['A', 'Z']];
    case 'lower':
      return [['a', 'z']];
    case 'space':
      return [
        [' ', ' '],
        ['\t', '\r'],
      ];
    case 'blank':
      return [
        [' ', ' '],
        ['\t', '\t'],
      ];
    case 'punct':
      return [
        ['!', '/'],
        [':', '@'],
        ['[', '`'],
        ['{', '~'],
      ];
    case 'xdigit':
      return [
        ['0', '9'],
        ['a', 'f'],
        ['A', 'F'],
      ];
    case 'print':
      return [[' ', '~']];
    default:
      throw new Error('Invalid character class name');
  }
}

const isWord = (c: string | undefined): boolean => c !== undefined && /[A-Za-z0-9_]/.test(c);

/** First match at or after `from`. */
export function findRegex(r: Regex, original: string, from = 0): Match | undefined {
  const text = r.ignoreCase ? original.toLowerCase() : original;
  let left = budget;
  const groups: [number, number][] = [];
  const reset = (): void => {
    for (let i = 0; i <= r.groups; i += 1) groups[i] = [-1, -1];
  };

  type Next = (at: number) => number;
  const sequence = (pieces: Piece[], i: number, at: number, next: Next): number => {
    left -= 1;
    if (left < 0) return -1;
    const p = pieces[i];
    if (!p) return next(at);
    return one(p, at, (then) => sequence(pieces, i + 1, then, next));
  };
  const single = (p: Piece, at: number): boolean => {
    const c = text[at];
    if (c === undefined) return false;
    if (p.t === 'char') return c === p.c;
    if (p.t === 'any') return true;
    if (p.t !== 'set') return false;
    let hit = false;
    for (const [a, b] of p.items) if (a <= c && c <= b) hit = true;
    return hit !== p.negated;
  };
  const one = (p: Piece, at: number, next: Next): number => {
    switch (p.t) {
      case 'char':
      case 'any':
      case 'set':
        return single(p, at) ? next(at + 1) : -1;
      case 'start':
        return at === 0 ? next(at) : -1;
      case 'end':
        return at === text.length ? next(at) : -1;
      case 'word':
        return isWord(text[at - 1]) !== isWord(text[at]) ? next(at) : -1;
      case 'wordStart':
        return !isWord(text[at - 1]) && isWord(text[at]) ? next(at) : -1;
      case 'wordEnd':
        return isWord(text[at - 1]) && !isWord(text[at]) ? next(at) : -1;
      case 'back': {
        const [s, e] = groups[p.n] ?? [-1, -1];
        const was = s < 0 ? '' : text.slice(s, e);
        return text.startsWith(was, at) ? next(at + was.length) : -1;
      }
      case 'group': {
        const old = groups[p.n] as [number, number];
        for (const body of p.body) {
          const end = sequence(body, 0, at, (then) => {
            const inner = groups[p.n] as [number, number];
            groups[p.n] = [at, then];
            const got = next(then);
            if (got < 0) groups[p.n] = inner;
            return got;
          });
          if (end >= 0) return end;
        }
        groups[p.n] = old;
        return -1;
      }
      default: {
        if (p.piece.t === 'char' || p.piece.t === 'any' || p.piece.t === 'set') {
          let n = 0;
          while (n < p.max && single(p.piece, at + n)) n += 1;
          for (; n >= p.min; n -= 1) {
            left -= 1;
            if (left < 0) return -1;
            const got = next(at + n);
            if (got >= 0) return got;
          }
          return -1;
        }
        return many(p, at, 0, next);
      }
    }
  };
  let depth = 0;
  const many = (p: Extract<Piece, { t: 'repeat' }>, at: number, count: number, next: Next): number => {
    left -= 1;
    if (left < 0 || depth > 500) return -1;
    if (count < p.max) {
      depth += 1;
      const got = one(p.piece, at, (then) => (then === at && count >= p.min ? -1 : many(p, then, count + 1, next)));
      depth -= 1;
      if (got >= 0) return got;
    }
    return count >= p.min ? next(at) : -1;
  };

  for (let start = from; start <= text.length && left > 0; start += 1) {
    let best = -1;
    let kept: [number, number][] = [];
    reset();
    for (const body of r.alternatives) {
      const end = sequence(body, 0, start, (at) => at);
      if (end > best) {
        best = end;
        kept = groups.map(([a, b]) => [a, b]);
      }
    }
    if (best >= 0) {
      kept[0] = [start, best];
      return { start, end: best, groups: kept };
    }
  }
  return undefined;
}
