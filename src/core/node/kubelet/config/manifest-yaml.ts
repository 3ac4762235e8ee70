/**
 * Manifests of static pods that somebody wrote on the node: JSON and the YAML that people write (block and flow collections, quotes, `|` and `>`).
 * Simplified: anchors, aliases, tags and `? ` keys are refused; of several documents the first counts.
 */

import { fail, flowEnd, flowValue, maxDepth, quoteEnd, scalar, unquote, withoutComment, YamlError } from './yaml-flow.ts';

export type YamlAnswer = { value: unknown } | { error: string };

const maxBytes = 262_144;
/** Lines of one flow value. */
const maxFlowLines = 1000;

interface Line {
  indent: number;
  text: string;
  number: number;
}
interface Reader {
  lines: Line[];
  /** As they were, for block scalars. */
  raw: string[];
  at: number;
}

/** Words of an error as go-yaml has them: `yaml: line 3: did not find expected key`. */
export function parseManifest(text: string): YamlAnswer {
  if (text.length > maxBytes) return { error: `manifest is larger than ${maxBytes} bytes` };
  if (text.trimStart().startsWith('{')) {
    try {
      return { value: JSON.parse(text) };
    } catch {
      // Flow style may still be YAML.
    }
  }
  const raw = firstDocument(text.split('\n').map((line) => line.replace(/\r$/, '')));
  const lines: Line[] = raw.map((line, i) => {
    const body = line.trimStart();
    return { indent: line.length - body.length, text: body.trimEnd(), number: i + 1 };
  });
  try {
    const reader: Reader = { lines, raw, at: 0 };
    const first = peek(reader);
    if (!first) return { value: null };
    const value = parseBlock(reader, first.indent, 0);
    const rest = peek(reader);
    if (rest) fail(rest.number, 'did not find expected <document start>');
    return { value };
  } catch (error) {
    if (error instanceof YamlError) return { error: error.message };
    throw error;
  }
}

/** Lines outside it become empty, so that numbers stay true. */
function firstDocument(lines: string[]): string[] {
  let started = false;
  let ended = false;
  return lines.map((line) => {
    if (/^---(\s|$)/.test(line)) {
      if (started) ended = true;
      return ended ? '' : line.slice(3).replace(/^\s*#.*$/, '');
    }
    if (/^\.\.\.(\s|$)/.test(line)) ended = true;
    if (line.trim() !== '' && !line.trimStart().startsWith('#')) started = true;
    return ended ? '' : line;
  });
}

/** The next line that says something. */
function peek(r: Reader): Line | undefined {
  for (; r.at < r.lines.length; r.at += 1) {
    const line = r.lines[r.at] as Line;
    if (line.text === '' || line.text.startsWith('#')) continue;
    if (/^ *\t/.test(r.raw[line.number - 1] ?? '')) fail(line.number, 'found character that cannot start any token');
    return line;
  }
  return undefined;
}

function parseBlock(r: Reader, indent: number, depth: number): unknown {
  const line = peek(r) as Line;
  if (depth > maxDepth) fail(line.number, 'exceeded max depth');
  if (isItem(line.text)) return parseSequence(r, indent, depth);
  if (keyEnd(line.text) >= 0) return parseMapping(r, indent, depth);
  r.at += 1;
  return parseInline(r, line.text, indent - 1, line.number, depth);
}

const isItem = (text: string): boolean => text === '-' || text.startsWith('- ');

function parseSequence(r: Reader, indent: number, depth: number): unknown[] {
  const out: unknown[] = [];
  for (let line = peek(r); line && line.indent === indent && isItem(line.text); line = peek(r)) {
    const rest = line.text.slice(1).trimStart();
    if (rest === '' || rest.startsWith('#')) {
      r.at += 1;
      out.push(parseNested(r, indent, false, depth));
    } else if (isItem(rest) || keyEnd(rest) >= 0) {
      // `- key: value`: the rest of the line is the first line of what is nested.
      r.lines[r.at] = { indent: indent + line.text.length - rest.length, text: rest, number: line.number };
      out.push(parseBlock(r, indent + line.text.length - rest.length, depth + 1));
    } else {
      r.at += 1;
      out.push(parseInline(r, rest, indent, line.number, depth));
    }
  }
  const next = peek(r);
  if (next && next.indent > indent) fail(next.number, "did not find expected '-' indicator");
  return out;
}

function parseMapping(r: Reader, indent: number, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (let line = peek(r); line && line.indent === indent && !isItem(line.text); line = peek(r)) {
    const end = keyEnd(line.text);
    if (end < 0) fail(line.number, "could not find expected ':'");
    const key = keyOf(line.text.slice(0, end), line.number);
    if (Object.hasOwn(out, key)) fail(line.number, `key ${JSON.stringify(key)} already set in map`);
    const rest = line.text.slice(end + 1).trimStart();
    r.at += 1;
    const value = rest === '' || rest.startsWith('#') ? parseNested(r, indent, true, depth) : parseInline(r, rest, indent, line.number, depth);
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  }
  const next = peek(r);
  if (next && next.indent > indent) fail(next.number, 'did not find expected key');
  return out;
}

/** What stands on the lines below; a sequence may stand as far left as its key. */
function parseNested(r: Reader, indent: number, ofKey: boolean, depth: number): unknown {
  const next = peek(r);
  if (!next) return null;
  if (next.indent > indent || (ofKey && next.indent === indent && isItem(next.text))) return parseBlock(r, next.indent, depth + 1);
  return null;
}

/** Where the colon of `key: …` is, or −1. */
function keyEnd(text: string): number {
  const quote = text[0];
  if (quote === '"' || quote === "'") {
    const end = quoteEnd(text, 0);
    if (end < 0) return -1;
    const rest = text.slice(end + 1);
    const colon = rest.search(/\S/);
    return colon >= 0 && rest[colon] === ':' && (rest.length === colon + 1 || /\s/.test(rest[colon + 1] as string)) ? end + 1 + colon : -1;
  }
  if (quote === '[' || quote === '{' || quote === '|' || quote === '>') return -1;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '#' && i > 0 && text[i - 1] === ' ') return -1;
    if (text[i] === ':' && (i + 1 === text.length || text[i + 1] === ' ')) return i;
  }
  return -1;
}

function keyOf(text: string, line: number): string {
  const key = text.trimEnd();
  if (key.startsWith('"') || key.startsWith("'")) return unquote(key, line);
  if (/^[&*!?]/.test(key)) fail(line, 'anchors, aliases, tags and complex keys are not supported');
  return key;
}

function parseInline(r: Reader, text: string, indent: number, number: number, depth: number): unknown {
  const first = text[0] as string;
  if (first === '|' || first === '>') return blockScalar(r, text, indent, number);
  if (/^[&*!]/.test(text)) fail(number, 'anchors, aliases and tags are not supported');
  if (/^[@`%]/.test(text)) fail(number, 'found character that cannot start any token');
  if (first === '"' || first === "'" || first === '[' || first === '{') return flow(r, text, number, depth);
  const words = [plain(text)];
  for (let next = peek(r); next && next.indent > indent; next = peek(r)) {
    if (keyEnd(next.text) >= 0) fail(next.number, 'mapping values are not allowed in this context');
    words.push(plain(next.text));
    r.at += 1;
  }
  if (keyEnd(text) >= 0) fail(number, 'mapping values are not allowed in this context');
  return words.length === 1 ? scalar(words[0] as string) : words.join(' ');
}

/** Without a comment. */
function plain(text: string): string {
  const comment = text.search(/\s#/);
  return (comment < 0 ? text : text.slice(0, comment)).trimEnd();
}

function blockScalar(r: Reader, header: string, indent: number, number: number): string {
  const parts = /^([|>])([-+]?)([1-9]?)([-+]?)\s*(?:#.*)?$/.exec(header);
  if (!parts) return fail(number, 'did not find expected comment or line break');
  const chomp = parts[2] || parts[4];
  let width = parts[3] ? Math.max(indent, 0) + Number(parts[3]) : -1;
  const lines: string[] = [];
  for (; r.at < r.raw.length; r.at += 1) {
    const line = r.raw[r.at] as string;
    const blank = line.trim() === '';
    const own = line.length - line.trimStart().length;
    if (!blank && width < 0) width = own;
    if (!blank && (own <= indent || own < width)) break;
    lines.push(blank ? line.slice(Math.max(width, 0)) : line.slice(width));
  }
  let trailing = 0;
  while (lines.length > 0 && (lines.at(-1) as string).trim() === '') {
    lines.pop();
    trailing += 1;
  }
  const body = parts[1] === '|' ? lines.join('\n') : fold(lines);
  if (body === '' && lines.length === 0) return chomp === '+' ? '\n'.repeat(trailing) : '';
  return chomp === '-' ? body : chomp === '+' ? body + '\n'.repeat(trailing + (r.at >= r.raw.length ? 0 : 1)) : `${body}\n`;
}

/** Single line breaks become spaces; empty and deeper lines keep theirs. */
function fold(lines: string[]): string {
  let out = '';
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1];
    if (i === 0) out = line;
    else if (line === '') out += '\n';
    else if (before === '') out += line;
    else out += before?.startsWith(' ') || line.startsWith(' ') ? `\n${line}` : ` ${line}`;
  }
  return out;
}

/** A quoted scalar or a flow collection, which may go on over lines. */
function flow(r: Reader, text: string, number: number, depth: number): unknown {
  const quoted = text[0] === '"' || text[0] === "'";
  const clean = (line: string): string => (quoted ? line : withoutComment(line));
  let whole = clean(text);
  let end = flowEnd(whole);
  for (let lines = 0; end < 0 && r.at < r.lines.length && lines < maxFlowLines; lines += 1) {
    const next = clean((r.lines[r.at] as Line).text);
    r.at += 1;
    if (whole.endsWith('\\') && !whole.endsWith('\\\\')) whole = whole.slice(0, -1) + next;
    else if (next !== '' || quoted) whole += next === '' ? '\n' : `${whole.endsWith('\n') ? '' : ' '}${next}`;
    end = flowEnd(whole);
  }
  if (end < 0)
    fail(number, text[0] === '[' || text[0] === '{' ? `did not find expected ',' or '${text[0] === '[' ? ']' : '}'}'` : 'found unexpected end of stream');
  const rest = whole.slice(end + 1).trim();
  if (rest !== '' && !rest.startsWith('#')) fail(number, 'did not find expected key');
  return flowValue({ text: whole.slice(0, end + 1), at: 0, number }, depth);
}
