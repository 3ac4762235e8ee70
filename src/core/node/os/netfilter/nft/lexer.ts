/** Words of nft's language. */

export interface Token {
  text: string;
  quoted: boolean;
  line: number;
  column: number;
}

/** What a character is to the lexer: part of a word, a blank, a word by itself, or the possible end of a word. */
const kinds = new Uint8Array(128);
const [blank, alone, bang] = [1, 2, 3];
for (const c of ' \t\r\n"') kinds[c.charCodeAt(0)] = blank;
for (const c of '{},;()=') kinds[c.charCodeAt(0)] = alone;
kinds['!'.charCodeAt(0)] = bang;
const lineEnd = 10;
const quote = 34;

/** Reads words as they are asked for: of a transaction of a million words few are held at a time. */
class Lexer {
  private readonly input: string;
  private i = 0;
  private line = 1;
  private start = 0;
  private ended = false;
  /** Line of a string that is not closed; 0: none was met. */
  unclosed = 0;

  constructor(input: string) {
    this.input = input;
  }

  /** Puts the words of a line, or of some of it, into `out`. `\n` is a token: it ends a statement. False: there are none left. */
  more(out: Token[]): boolean {
    if (this.ended) return false;
    const { input } = this;
    const n = input.length;
    while (this.i < n) {
      const { i } = this;
      const c = input.charCodeAt(i);
      if (c === lineEnd) {
        out.push({ text: '\n', quoted: false, line: this.line, column: i - this.start + 1 });
        this.newLine(i + 1);
        return true;
      }
      if (c === 32 || c === 9 || c === 13) this.i += 1;
      else if (c === 92 && input.charCodeAt(i + 1) === lineEnd) this.newLine(i + 2);
      else if (c === 35) {
        const end = input.indexOf('\n', i);
        this.i = end < 0 ? n : end;
      } else if (c === quote) {
        if (!this.string(out)) return true;
      } else this.word(c, out);
    }
    this.ended = true;
    out.push({ text: '\n', quoted: false, line: this.line, column: 1 });
    return true;
  }

  private newLine(at: number): void {
    this.line += 1;
    this.i = at;
    this.start = at;
  }

  /** False: it is not closed, and nothing after it is read. */
  private string(out: Token[]): boolean {
    const { input, i } = this;
    let end = i + 1;
    while (end < input.length && input.charCodeAt(end) !== quote && input.charCodeAt(end) !== lineEnd) end += 1;
    if (input.charCodeAt(end) !== quote) {
      this.unclosed = this.line;
      this.ended = true;
      out.push({ text: '\n', quoted: false, line: this.line, column: 1 });
      return false;
    }
    out.push({ text: input.slice(i + 1, end), quoted: true, line: this.line, column: i - this.start + 1 });
    this.i = end + 1;
    return true;
  }

  private word(first: number, out: Token[]): void {
    const { input, line } = this;
    const from = this.i;
    const column = from - this.start + 1;
    if (first < 128 && kinds[first] === alone) {
      this.i += 1;
      out.push({ text: input[from] as string, quoted: false, line, column });
      return;
    }
    // `!=`, `<=`, `>=`
    if ((first === 33 || first === 60 || first === 62) && input.charCodeAt(from + 1) === 61) {
      this.i += 2;
      out.push({ text: input.slice(from, from + 2), quoted: false, line, column });
      return;
    }
    let i = from;
    let colons = 0;
    for (; i < input.length; i += 1) {
      const d = input.charCodeAt(i);
      if (d === 58) colons += 1;
      const kind = d < 128 ? (kinds[d] as number) : 0;
      if (kind !== 0 && (kind !== bang || input.charCodeAt(i + 1) === 61)) break;
    }
    this.i = i;
    // `0: goto x`, `tcp . 80: drop`: the colon stands for itself; in addresses and `IP:PORT` it does not.
    if (colons === 1 && i - from > 1 && input.charCodeAt(i - 1) === 58) {
      out.push({ text: input.slice(from, i - 1), quoted: false, line, column }, { text: ':', quoted: false, line, column });
    } else out.push({ text: input.slice(from, i), quoted: false, line, column });
  }
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
  private readonly lexer: Lexer;
  /** Words that were read and not taken, from `at` on. */
  private readonly tokens: Token[] = [];
  private at = 0;
  private last: Token = { text: '\n', quoted: false, line: 1, column: 1 };

  constructor(input: string) {
    this.lexer = new Lexer(input);
  }
  /** Line of a string that is not closed, here or further on; 0: there is none. Reads all that is left. */
  unclosed(): number {
    do this.tokens.length = 0;
    while (this.lexer.more(this.tokens));
    return this.lexer.unclosed;
  }
  private fill(): boolean {
    this.tokens.length = 0;
    this.at = 0;
    return this.lexer.more(this.tokens);
  }
  get token(): Token {
    if (this.at >= this.tokens.length && !this.fill()) return this.last;
    this.last = this.tokens[this.at] as Token;
    return this.last;
  }
  get text(): string {
    return this.token.text;
  }
  get done(): boolean {
    return this.at >= this.tokens.length && !this.fill();
  }
  peek(ahead: number): string {
    if (this.done) return '\n';
    while (this.at + ahead >= this.tokens.length) if (!this.lexer.more(this.tokens)) return '\n';
    return (this.tokens[this.at + ahead] as Token).text;
  }
  next(): Token {
    const { token } = this;
    this.at += 1;
    return token;
  }
  is(text: string): boolean {
    const { token } = this;
    return token.text === text && !token.quoted;
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
