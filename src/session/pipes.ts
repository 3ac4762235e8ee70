/** What may stand behind kubectl's output in the page's shell: the usual filters, on the text that is there. Patterns cannot take for ever. */
import { compileRegex, findRegex } from '../core/index.ts';

export interface Piped {
  out: string;
  err: string;
  rc: number;
}

type Filter = (lines: string[], args: string[]) => { lines: string[]; rc?: number } | { error: string };

const filters: Record<string, Filter> = {
  grep,
  head: (lines, args) => {
    const n = countOf(args);
    return n === null ? { error: 'invalid number of lines' } : { lines: n.value < 0 ? lines.slice(0, n.value) : lines.slice(0, n.value) };
  },
  tail: (lines, args) => {
    const n = countOf(args);
    if (n === null) return { error: 'invalid number of lines' };
    return { lines: n.plus ? lines.slice(Math.max(0, n.value - 1)) : n.value === 0 ? [] : lines.slice(-Math.abs(n.value)) };
  },
  sort,
  uniq: (lines, args) => {
    const out: { line: string; n: number }[] = [];
    for (const line of lines) {
      const last = out[out.length - 1];
      if (last?.line === line) last.n += 1;
      else out.push({ line, n: 1 });
    }
    return { lines: out.map(({ line, n }) => (args.includes('-c') ? `${String(n).padStart(7)} ${line}` : line)) };
  },
  wc,
  cat: (lines) => ({ lines }),
};

export const filterNames = Object.keys(filters);

/** `stages`: words of each command after a `|`. */
export function pipe(text: string, stages: readonly (readonly string[])[]): Piped {
  let lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  let rc = 0;
  for (const [name = '', ...args] of stages) {
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (!filter) return { out: '', err: `${name}: not found; behind a pipe: ${filterNames.join(', ')}\n`, rc: 127 };
    const done = filter(lines, args);
    if ('error' in done) return { out: '', err: `${name}: ${done.error}\n`, rc: 2 };
    lines = done.lines;
    rc = done.rc ?? 0;
  }
  return { out: lines.length > 0 ? `${lines.join('\n')}\n` : '', err: '', rc };
}

/** Single letters, alone or together; what is no flag. null: an unknown one. */
function split(args: readonly string[], known: string): { flags: Set<string>; rest: string[] } | null {
  const flags = new Set<string>();
  const rest: string[] = [];
  for (const arg of args) {
    if (!/^-[A-Za-z]+$/.test(arg)) rest.push(arg);
    else
      for (const letter of arg.slice(1))
        if (known.includes(letter)) flags.add(letter);
        else return null;
  }
  return { flags, rest };
}

function grep(lines: string[], args: string[]): ReturnType<Filter> {
  const e = args.indexOf('-e');
  const words = e >= 0 ? [...args.slice(0, e), ...args.slice(e + 1)] : args;
  const parsed = split(words, 'ivEFcnwxo');
  if (!parsed) return { error: 'unknown option; -i -v -E -F -c -n -w -x -o -e are known' };
  const [pattern] = parsed.rest;
  if (pattern === undefined) return { error: 'no pattern' };
  const { flags } = parsed;
  const literal = flags.has('F') ? pattern.replace(/[\\.[\]*^$+?(){}|]/g, '\\$&') : pattern;
  const extended = flags.has('E') || flags.has('F');
  const source = flags.has('x') ? `^${literal}$` : flags.has('w') ? `\\<${literal}\\>` : literal;
  const regex = compileRegex(source, extended, flags.has('i'));
  if ('error' in regex) return { error: regex.error };
  const out: string[] = [];
  let count = 0;
  for (const [i, line] of lines.entries()) {
    const found = findRegex(regex, line);
    if ((found !== undefined) === flags.has('v')) continue;
    count += 1;
    const text = flags.has('o') && found ? line.slice(found.start, found.end) : line;
    out.push(flags.has('n') ? `${i + 1}:${text}` : text);
  }
  return { lines: flags.has('c') ? [String(count)] : out, rc: count > 0 ? 0 : 1 };
}

function countOf(args: readonly string[]): { value: number; plus: boolean } | null {
  if (args.length === 0) return { value: 10, plus: false };
  const text = args.join(' ').replace(/^(-n|--lines=?) ?/, '');
  const found = /^([-+]?)(\d{1,9})$/.exec(text);
  if (!found) return null;
  // `-5` alone is the count; `-n -5` is all but the last five.
  const minus = found[1] === '-' && args[0] !== text;
  return { value: minus ? -Number(found[2]) : Number(found[2]), plus: found[1] === '+' };
}

function sort(lines: string[], args: string[]): ReturnType<Filter> {
  const k = args.findIndex((arg) => /^-k/.test(arg));
  const key = k < 0 ? '' : args[k] === '-k' ? (args[k + 1] ?? '') : (args[k] as string).slice(2);
  const others = k < 0 ? args : args.filter((_arg, i) => i !== k && !(args[k] === '-k' && i === k + 1));
  const parsed = split(others, 'rnuf');
  const field = /^(\d{1,4})(?:,\d+)?([nr]*)$/.exec(key);
  if (!parsed || (k >= 0 && !field)) return { error: 'unknown option; -r -n -u -f -k N are known' };
  const { flags } = parsed;
  const numeric = flags.has('n') || field?.[2]?.includes('n') === true;
  const part = (line: string): string =>
    field
      ? line
          .trimStart()
          .split(/\s+/)
          .slice(Number(field[1]) - 1)
          .join(' ')
      : line;
  const value = (line: string): number => Number(/^\s*-?\d+(\.\d+)?/.exec(part(line))?.[0] ?? 0);
  const text = (line: string): string => (flags.has('f') ? part(line).toUpperCase() : part(line));
  const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = lines.slice().sort((a, b) => (numeric ? value(a) - value(b) : 0) || plain(text(a), text(b)) || plain(a, b));
  if (flags.has('r') || field?.[2]?.includes('r')) sorted.reverse();
  return { lines: flags.has('u') ? sorted.filter((line, i) => line !== sorted[i - 1]) : sorted };
}

function wc(lines: string[], args: string[]): ReturnType<Filter> {
  const parsed = split(args, 'lwcm');
  if (!parsed) return { error: 'unknown option; -l -w -c are known' };
  const text = lines.length > 0 ? `${lines.join('\n')}\n` : '';
  const counts: [string, number][] = [
    ['l', lines.length],
    ['w', text.split(/\s+/).filter(Boolean).length],
    ['c', new TextEncoder().encode(text).length],
  ];
  const { flags } = parsed;
  const shown = counts.filter(([letter]) => flags.size === 0 || flags.has(letter) || (letter === 'c' && flags.has('m')));
  return { lines: [shown.length === 1 ? String(shown[0]?.[1]) : shown.map(([, n]) => String(n).padStart(7)).join(' ')] };
}
