/**
 * What a text must pass before it is parsed: size, nesting, number of tokens. The parser of the `yaml` package is fast and iterative up to the
 * concrete syntax; composing is recursive, so depth is measured on tokens first.
 */
import { Lexer } from 'yaml';

export const maxTextBytes = 3 * 1024 * 1024;
export const maxDepth = 64;
export const maxTokens = 400_000;
export const maxAliases = 1000;
export const maxTags = 1000;
/** Plain values a document may hold once its aliases are expanded. */
export const maxNodes = 250_000;

export interface BoundError {
  /** From 1. */
  line: number;
  column: number;
  message: string;
}

/** Bytes as UTF-8; lone surrogates count three. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c > 0x7f) bytes += c > 0x7ff ? (c >= 0xd800 && c <= 0xdfff ? 1 : 2) : 1;
  }
  return bytes;
}

/** The first bound that `text` breaks, or undefined. Linear in the text. */
export function checkBounds(text: string): BoundError | undefined {
  if (text.length > maxTextBytes || utf8Length(text) > maxTextBytes)
    return { line: 1, column: 1, message: `the text has ${utf8Length(text)} bytes; at most ${maxTextBytes} are read` };
  const nul = text.search(forbidden);
  if (nul >= 0) return { ...lineAndColumn(text, nul), message: 'control characters are not allowed' };
  return checkNesting(text);
}

// YAML's c-printable, less the surrogate halves: what must not stand in a text.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

function checkNesting(text: string): BoundError | undefined {
  let flow = 0;
  let offset = 0;
  let tokens = 0;
  let aliases = 0;
  let tags = 0;
  /** Columns at which block collections were opened; `- - -` opens several on a line. */
  const block: number[] = [];
  let lineStart = 0;
  const tooDeep = (): BoundError => ({ ...lineAndColumn(text, offset), message: `nested more than ${maxDepth} levels deep` });
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > maxTokens) return { ...lineAndColumn(text, offset), message: `more than ${maxTokens} tokens` };
    const first = token[0];
    if (token === '[' || token === '{') {
      flow += 1;
      if (flow + block.length > maxDepth) return tooDeep();
    } else if (token === ']' || token === '}') flow = Math.max(0, flow - 1);
    else if (first === '*' && token.length > 1) {
      aliases += 1;
      if (aliases > maxAliases) return { ...lineAndColumn(text, offset), message: `more than ${maxAliases} aliases` };
    } else if (first === '!') {
      tags += 1;
      if (tags > maxTags) return { ...lineAndColumn(text, offset), message: `more than ${maxTags} tags` };
    } else if (flow === 0 && (token === '-' || token === '?' || token === ':')) {
      const column = offset - lineStart;
      while (block.length > 0 && (block[block.length - 1] as number) >= column) block.pop();
      block.push(column);
      if (block.length > maxDepth) return tooDeep();
    }
    // Lexemes of the package: \u0002 document, \u0018 flow error end, \u001f scalar; they take no room in the text.
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') continue;
    const newline = token.lastIndexOf('\n');
    if (newline >= 0) lineStart = offset + newline + 1;
    if (token === '---' || token === '...') {
      flow = 0;
      block.length = 0;
    }
    offset += token.length;
  }
  return undefined;
}
