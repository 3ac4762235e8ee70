/** Words of nft's language. */

export interface Token {
  text: string;
  quoted: boolean;
  line: number;
  column: number;
}

const alone = new Set(['{', '}', ',', ';', '(', ')', '=']);

/** `\n` is a token: it ends a statement. Null: a string is not closed, at the line given. */
export function tokenize(input: string): Token[] | { line: number } {
  const out: Token[] = [];
  let line = 1;
  let start = 0;
  const n = input.length;
  let i = 0;
  while (i < n) {
    const c = input[i] as string;
    if (c === '\n') {
      out.push({ text: '\n', quoted: false, line, column: i - start + 1 });
      line += 1;
      i += 1;
      start = i;
    } else if (c === ' ' || c === '\t' || c === '\r') i += 1;
    else if (c === '\\' && input[i + 1] === '\n') {
      line += 1;
      i += 2;
      start = i;
    } else if (c === '#') {
      while (i < n && input[i] !== '\n') i += 1;
    } else if (c === '"') {
      const end = input.indexOf('"', i + 1);
      const newline = input.indexOf('\n', i + 1);
      if (end < 0 || (newline >= 0 && newline < end)) return { line };
      out.push({ text: input.slice(i + 1, end), quoted: true, line, column: i - start + 1 });
      i = end + 1;
    } else if (alone.has(c)) {
      out.push({ text: c, quoted: false, line, column: i - start + 1 });
      i += 1;
    } else if ((c === '!' || c === '<' || c === '>') && input[i + 1] === '=') {
      out.push({ text: `${c}=`, quoted: false, line, column: i - start + 1 });
      i += 2;
    } else {
      const from = i;
      while (i < n) {
        const d = input[i] as string;
        if (d === ' ' || d === '\t' || d === '\n' || d === '\r' || d === '"' || alone.has(d) || (d === '!' && input[i + 1] === '=')) break;
        i += 1;
      }
      let text = input.slice(from, i);
      const column = from - start + 1;
      if (text === '=' || text === '==') text = '==';
      // `0: goto x`, `tcp . 80: drop`: the colon stands for itself; in addresses and `IP:PORT` it does not.
      if (text.length > 1 && text.endsWith(':') && !text.slice(0, -1).includes(':')) {
        out.push({ text: text.slice(0, -1), quoted: false, line, column }, { text: ':', quoted: false, line, column });
      } else out.push({ text, quoted: false, line, column });
    }
  }
  out.push({ text: '\n', quoted: false, line, column: 1 });
  return out;
}

export class NftError extends Error {
  readonly token: Token;
  constructor(message: string, token: Token) {
    super(message);
    this.token = token;
  }
}

/** Reads tokens; complaints are thrown as NftError and caught where the transaction ends. */
export class Reader {
  private readonly tokens: readonly Token[];
  at: number;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
    this.at = 0;
  }
  get token(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }
  get text(): string {
    return this.token.text;
  }
  get done(): boolean {
    return this.at >= this.tokens.length;
  }
  peek(ahead: number): string {
    return this.tokens[this.at + ahead]?.text ?? '\n';
  }
  next(): Token {
    const token = this.token;
    this.at += 1;
    return token;
  }
  is(text: string): boolean {
    return this.token.text === text && !this.token.quoted;
  }
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }
  expect(text: string): void {
    if (!this.take(text)) this.unexpected();
  }
  /** Skips line ends, inside braces. */
  skipLines(): void {
    while (!this.done && (this.is('\n') || this.is(';'))) this.at += 1;
  }
  skipBreaks(): void {
    while (!this.done && this.is('\n')) this.at += 1;
  }
  ended(): boolean {
    return this.done || this.is('\n') || this.is(';') || this.is('}');
  }
  word(): string {
    if (this.ended()) this.unexpected();
    return this.next().text;
  }
  number(): number {
    const token = this.token;
    const text = this.word();
    const value = /^0x[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text.slice(2), 16) : /^-?\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value)) throw new NftError(`syntax error, unexpected ${text}, expecting number`, token);
    return value;
  }
  unexpected(): never {
    const { text, quoted } = this.token;
    throw new NftError(`syntax error, unexpected ${text === '\n' ? 'newline' : quoted ? 'quoted string' : text}`, this.token);
  }
}
