/** A line of the shell as a command. */
import type { Command } from '../../core/index.ts';
import { panelWords } from '../words/panels.en.ts';

const t = panelWords.shell;

/** `pipes`: what kubectl's output goes through. */
export type Parsed = { command: Command; pipes: string[][] } | { local: 'clear' | 'help' } | { error: string };

/** `nodes`: names of the hosts that `node NAME:` may say; `manifest`: the editor's text, for `-f manifest.yaml`. */
export function parseLine(line: string, nodes: readonly string[], manifest: string): Parsed {
  const text = line.trim();
  if (text === 'clear' || text === 'help') return { local: text };
  const host = /^(?:node\s+([\w.-]+)|(client))\s*:\s*(.*)$/s.exec(text);
  if (host) {
    const name = host[1] ?? 'client';
    if (host[1] !== undefined && !nodes.includes(name)) return { error: t.noHost(name) };
    return host[3] === '' ? { error: t.emptyCommand } : { command: { type: 'shell', host: name, command: host[3] as string }, pipes: [] };
  }
  const split = words(text);
  if ('error' in split) return split;
  if (split.words[0] !== 'kubectl') return { error: t.unknown(split.words[0] ?? text) };
  if (split.sign !== '') return { error: t.pipe(split.sign) };
  if (split.pipes.some((stage) => stage.length === 0)) return { error: t.emptyCommand };
  const argv = split.words.slice(1);
  const name = 'manifest.yaml';
  const files: Extract<Command, { type: 'kubectl' }>['files'] =
    argv.includes(name) || argv.includes(`-f${name}`) || argv.includes(`--filename=${name}`) ? { [name]: { documents: [], text: manifest } } : {};
  return { command: { type: 'kubectl', argv, namespace: 'default', files }, pipes: split.pipes };
}

/** As a POSIX shell splits words: blanks, quotes, backslash. `pipes`: the words after each `|`. `sign`: the first other operator outside quotes. */
export function words(text: string): { words: string[]; pipes: string[][]; sign: string } | { error: string } {
  const all: string[][] = [[]];
  let out = all[0] as string[];
  let word: string | null = null;
  let sign = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    if (c === "'" || c === '"') {
      const close = closing(text, i);
      if (close < 0) return { error: t.unclosed(c) };
      const inner = text.slice(i + 1, close);
      word = (word ?? '') + (c === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner);
      i = close;
    } else if (c === '\\' && i + 1 < text.length) {
      i += 1;
      word = (word ?? '') + text[i];
    } else if (/\s/.test(c)) {
      if (word !== null) out.push(word);
      word = null;
    } else if (c === '|' && text[i + 1] !== '|') {
      if (word !== null) out.push(word);
      word = null;
      out = [];
      all.push(out);
    } else {
      if (sign === '' && (c === '|' || c === ';' || c === '&' || c === '>' || c === '<')) sign = c;
      word = (word ?? '') + c;
    }
  }
  if (word !== null) out.push(word);
  const [first = [], ...pipes] = all;
  return { words: first, pipes, sign };
}

function closing(text: string, open: number): number {
  const quote = text[open];
  for (let i = open + 1; i < text.length; i += 1) {
    if (quote === '"' && text[i] === '\\') i += 1;
    else if (text[i] === quote) return i;
  }
  return -1;
}
