/** `sed`: addresses, s, d, p, q, =, y, a, i, c with one script. Anything else is refused by name. */
import type { Program } from '../kernel/program.ts';
import { filter, linesOf, options } from './filters.ts';
import { compileRegex, findRegex, type Regex } from './regex.ts';

type Address = { line: number } | { last: true } | { regex: Regex };
interface Command {
  from?: Address;
  to?: Address;
  negated: boolean;
  name: string;
  regex?: Regex;
  text?: string;
  flags?: string;
  y?: [string, string];
}

export const sed: Program = filter<{ text: string; path: string }>({
  begin(sys) {
    const { opts, rest } = options(sys.argv, 'ef');
    if (opts.e === undefined && opts.f === undefined && rest.length === 0) {
      sys.err('Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n');
      return 1;
    }
    const files = opts.e === undefined && opts.f === undefined ? rest.slice(1) : rest;
    const parsed = scriptOf(sys.argv, (path) => {
      const got = sys.files.read(path);
      return 'error' in got ? '' : got.text;
    });
    if ('error' in parsed) {
      sys.complain(parsed.error);
      return 1;
    }
    return { own: { text: '', path: '' }, files };
  },
  text(_sys, own, text) {
    if (own.text.length < 1_000_000) own.text += text;
    return undefined;
  },
  fileEnd(sys, own, file) {
    const { opts } = options(sys.argv, 'ef');
    if (opts.i === undefined) return;
    const made = runSed(sys.argv, own.text, () => '');
    sys.files.write(file, made.out);
    own.text = '';
  },
  end(sys, own) {
    if (options(sys.argv, 'ef').opts.i !== undefined) return 0;
    const made = runSed(sys.argv, own.text, (path) => {
      const got = sys.files.read(path);
      return 'error' in got ? '' : got.text;
    });
    sys.out(made.out);
    return made.code;
  },
});

function scriptOf(argv: string[], read: (path: string) => string): { commands: Command[]; quiet: boolean } | { error: string } {
  const { opts, rest } = options(argv, 'ef');
  const scripts: string[] = [];
  for (let i = 1; i < argv.length; i += 1) {
    if (argv[i] === '-e') scripts.push(argv[++i] ?? '');
    else if (argv[i] === '-f') scripts.push(read(argv[++i] ?? ''));
  }
  if (scripts.length === 0) scripts.push(opts.e ?? rest[0] ?? '');
  const extended = opts.E !== undefined || opts.r !== undefined;
  const parsed = parse(scripts.join('\n'), extended);
  return 'error' in parsed ? parsed : { commands: parsed.commands, quiet: opts.n !== undefined };
}

function runSed(argv: string[], text: string, read: (path: string) => string): { out: string; code: number } {
  const script = scriptOf(argv, read);
  if ('error' in script) return { out: '', code: 1 };
  const lines = linesOf(text);
  let out = '';
  const active = script.commands.map(() => false);
  for (const [i, original] of lines.entries()) {
    let line = original;
    let deleted = false;
    let quit = false;
    let append = '';
    const fits = (a: Address): boolean => ('line' in a ? a.line === i + 1 : 'last' in a ? i === lines.length - 1 : findRegex(a.regex, line) !== undefined);
    for (const [k, c] of script.commands.entries()) {
      let hit = c.from === undefined;
      if (c.from && !c.to) hit = fits(c.from);
      else if (c.from && c.to) {
        if (active[k]) {
          hit = true;
          if (fits(c.to) || ('line' in c.to && i + 1 >= c.to.line)) active[k] = false;
        } else if (fits(c.from)) {
          hit = true;
          active[k] = !('line' in c.to && i + 1 >= c.to.line);
        }
      }
      if (hit === c.negated) continue;
      if (c.name === 's') {
        const made = substitute(line, c);
        line = made.line;
        if (made.changed && c.flags?.includes('p')) out += `${line}\n`;
      } else if (c.name === 'd') deleted = true;
      else if (c.name === 'p') out += `${line}\n`;
      else if (c.name === '=') out += `${i + 1}\n`;
      else if (c.name === 'q') quit = true;
      else if (c.name === 'i') out += `${c.text}\n`;
      else if (c.name === 'a') append += `${c.text}\n`;
      else if (c.name === 'c') {
        out += `${c.text}\n`;
        deleted = true;
      } else if (c.name === 'y' && c.y) {
        const [from, to] = c.y;
        line = [...line].map((ch) => (from.includes(ch) ? (to[from.indexOf(ch)] ?? ch) : ch)).join('');
      }
      if (deleted || quit) break;
    }
    if (!deleted && !script.quiet) out += `${line}\n`;
    out += append;
    if (quit) break;
    if (out.length > 2_000_000) break;
  }
  if (text !== '' && !text.endsWith('\n') && out.endsWith('\n')) out = out.slice(0, -1);
  return { out, code: 0 };
}

function substitute(line: string, c: Command): { line: string; changed: boolean } {
  const regex = c.regex as Regex;
  const global = c.flags?.includes('g') === true;
  const nth = Number(/[0-9]+/.exec(c.flags ?? '')?.[0] ?? 1);
  let out = '';
  let at = 0;
  let count = 0;
  let changed = false;
  while (at <= line.length && count < 10_000) {
    const m = findRegex(regex, line, at);
    if (!m) break;
    count += 1;
    out += line.slice(at, m.start);
    if (count >= nth) {
      out += replacement(c.text ?? '', line, m.groups);
      changed = true;
    } else out += line.slice(m.start, m.end);
    if (m.end === m.start) {
      out += line[m.end] ?? '';
      at = m.end + 1;
    } else at = m.end;
    if (changed && !global) break;
  }
  return { line: out + line.slice(at), changed };
}

function replacement(text: string, line: string, groups: [number, number][]): string {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    if (c === '&') out += line.slice(...(groups[0] as [number, number]));
    else if (c === '\\') {
      i += 1;
      const e = text[i] ?? '';
      if (/[0-9]/.test(e)) {
        const g = groups[Number(e)];
        if (g && g[0] >= 0) out += line.slice(g[0], g[1]);
      } else out += e === 'n' ? '\n' : e === 't' ? '\t' : e;
    } else out += c;
  }
  return out;
}

function parse(script: string, extended: boolean): { commands: Command[] } | { error: string } {
  const commands: Command[] = [];
  let at = 0;
  const until = (delimiter: string): string => {
    let text = '';
    let inSet = false;
    for (; at < script.length; at += 1) {
      const c = script[at] as string;
      if (c === '\\' && at + 1 < script.length) {
        text += script[at + 1] === delimiter && delimiter !== '&' ? (script[at + 1] as string) : c + script[at + 1];
        at += 1;
      } else if (c === delimiter && !inSet) {
        at += 1;
        return text;
      } else {
        if (c === '[')
          inSet = script.indexOf(']', at + 1) > 0 && delimiter !== '[' && !inSet ? script.slice(at, script.indexOf(']', at + 1)).includes(delimiter) : inSet;
        else if (c === ']') inSet = false;
        text += c;
      }
    }
    throw new Error('unterminated');
  };
  const regexOf = (text: string, ignoreCase: boolean): Regex => {
    const r = compileRegex(text, extended, ignoreCase);
    if ('error' in r) throw new Error(r.error);
    return r;
  };
  const address = (): Address | undefined => {
    const number = /^[0-9]{1,9}/.exec(script.slice(at, at + 10));
    if (number) {
      at += number[0].length;
      return { line: Number(number[0]) };
    }
    if (script[at] === '$') {
      at += 1;
      return { last: true };
    }
    if (script[at] !== '/') return undefined;
    at += 1;
    return { regex: regexOf(until('/'), false) };
  };
  try {
    while (at < script.length && commands.length < 200) {
      if (/[\s;]/.test(script[at] as string)) {
        at += 1;
        continue;
      }
      if (script[at] === '#') {
        while (at < script.length && script[at] !== '\n') at += 1;
        continue;
      }
      const c: Command = { negated: false, name: '' };
      const from = address();
      if (from) {
        c.from = from;
        if (script[at] === ',') {
          at += 1;
          const to = address();
          if (!to) throw new Error("unexpected `,'");
          c.to = to;
        }
      }
      while (script[at] === ' ') at += 1;
      if (script[at] === '!') {
        c.negated = true;
        at += 1;
      }
      c.name = script[at] ?? '';
      at += 1;
      if (c.name === 's' || c.name === 'y') {
        const delimiter = script[at] ?? '/';
        at += 1;
        const first = until(delimiter);
        const second = until(delimiter);
        if (c.name === 'y') c.y = [first, second];
        else {
          c.flags = /^[gpiI0-9]*/.exec(script.slice(at, at + 20))?.[0] ?? '';
          at += c.flags.length;
          c.regex = regexOf(first, /[iI]/.test(c.flags));
          c.text = second;
        }
      } else if (c.name === 'a' || c.name === 'i' || c.name === 'c') {
        const end = script.indexOf('\n', at + (script[at] === '\\' ? 2 : 0));
        c.text = script.slice(at, end < 0 ? script.length : end).replace(/^\s*\\?\n?\s*/, '');
        at = end < 0 ? script.length : end;
      } else if (!'dpq='.includes(c.name) || c.name === '') throw new Error(`command '${c.name}' is not simulated by kubarium`);
      commands.push(c);
    }
  } catch (error) {
    return { error: `bad sed script: ${(error as Error).message}` };
  }
  return { commands };
}
