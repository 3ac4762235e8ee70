/** `grep`, `egrep`, `fgrep`. */
import { errorText } from '../kernel/files.ts';
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { filter, linesOf, options } from './filters.ts';
import { compileRegex, findRegex, literalRegex, type Regex } from './regex.ts';

interface GrepState {
  patterns: string[];
  opts: Record<string, string>;
  found: boolean;
  names: boolean;
  count: number;
  line: number;
  after: number;
}

const takes = 'eABCfm';

function compiled(own: GrepState, name: string): Regex[] | { error: string } {
  const fixed = own.opts.F !== undefined || name === 'fgrep';
  const extended = own.opts.E !== undefined || own.opts.P !== undefined || name === 'egrep';
  const out: Regex[] = [];
  for (const p of own.patterns) {
    const regex = fixed ? literalRegex(p, own.opts.i !== undefined) : compileRegex(p, extended, own.opts.i !== undefined);
    if ('error' in regex) return regex;
    out.push(regex);
  }
  return out;
}

/** Recursive: the files below. */
function below(sys: Sys, path: string, depth = 0): string[] {
  const names = depth < 20 ? sys.files.list(path) : [];
  if (!Array.isArray(names)) return [path];
  return names
    .slice(0, 500)
    .flatMap((n) => below(sys, path === '/' ? `/${n}` : `${path}/${n}`, depth + 1))
    .slice(0, 2000);
}

export const grep: Program = filter<GrepState>({
  begin(sys) {
    const patterns: string[] = [];
    const argv = [...sys.argv];
    for (let i = 1; i < argv.length; i += 1) if (argv[i] === '-e' && argv[i + 1] !== undefined) patterns.push(argv[i + 1] as string);
    const { opts, rest } = options(argv, takes, {
      'line-buffered': 'u',
      'ignore-case': 'i',
      quiet: 'q',
      color: 'u',
      'invert-match': 'v',
      count: 'c',
      'only-matching': 'o',
    });
    if (patterns.length === 0) {
      const first = opts.e ?? rest.shift();
      if (first === undefined) {
        sys.err('Usage: grep [OPTION]... PATTERNS [FILE]...\n');
        return 2;
      }
      patterns.push(...first.split('\n'));
    }
    const recursive = opts.r !== undefined || opts.R !== undefined;
    const files = recursive ? (rest.length > 0 ? rest : ['.']).flatMap((f) => below(sys, f)) : rest;
    const own: GrepState = {
      patterns,
      opts: { ...opts },
      found: false,
      names: opts.h === undefined && (opts.H !== undefined || files.length > 1 || recursive),
      count: 0,
      line: 0,
      after: 0,
    };
    const regexes = compiled(own, sys.name);
    if ('error' in regexes) {
      sys.complain(regexes.error);
      return 2;
    }
    return { own, files };
  },
  text(sys, own, text, file) {
    const regexes = compiled(own, sys.name);
    if ('error' in regexes) return 2;
    const { opts } = own;
    const prefix = own.names ? `${file === '-' ? '(standard input)' : file}:` : '';
    const most = opts.m !== undefined ? Number(opts.m) : Number.MAX_SAFE_INTEGER;
    const before = Number(opts.B ?? opts.C ?? 0);
    const after = Number(opts.A ?? opts.C ?? 0);
    const lines = linesOf(text);
    let out = '';
    let printed = -1;
    for (const [i, line] of lines.entries()) {
      own.line += 1;
      let match = regexes.map((r) => findRegex(r, line)).find((m) => m !== undefined);
      if (match && opts.x !== undefined && (match.start > 0 || match.end < line.length)) match = undefined;
      if (match && opts.w !== undefined && (/\w/.test(line[match.start - 1] ?? '') || /\w/.test(line[match.end] ?? ''))) match = undefined;
      if ((match !== undefined) === (opts.v !== undefined)) {
        if (own.after > 0 && i > printed) {
          out += `${line}\n`;
          printed = i;
          own.after -= 1;
        }
        continue;
      }
      own.found = true;
      own.count += 1;
      if (opts.q !== undefined) return 0;
      if (own.count > most) break;
      if (opts.l !== undefined) {
        sys.out(`${file}\n`);
        return undefined;
      }
      if (opts.c !== undefined || opts.L !== undefined) continue;
      const number = opts.n !== undefined ? `${own.line}:` : '';
      if (opts.o !== undefined) {
        for (const r of regexes) {
          for (let m = findRegex(r, line); m; m = findRegex(r, line, m.end > m.start ? m.end : m.end + 1))
            if (m.end > m.start) out += `${prefix}${number}${line.slice(m.start, m.end)}\n`;
        }
        continue;
      }
      for (let k = Math.max(printed + 1, i - before); k < i; k += 1) out += `${lines[k]}\n`;
      out += `${prefix}${number}${line}\n`;
      printed = i;
      own.after = after;
    }
    sys.out(out);
    return undefined;
  },
  fileEnd(sys, own, file) {
    if (own.opts.c !== undefined && own.opts.q === undefined) sys.out(`${own.names ? `${file}:` : ''}${own.count}\n`);
    own.count = 0;
    own.line = 0;
  },
  end: (_sys, own) => (own.found ? 0 : 1),
  cannot(sys, file, error) {
    if (sys.argv.some((a) => /^-[a-z]*s/.test(a))) return;
    sys.complain(error === 'EISDIR' ? `${file}: Is a directory` : `${file}: ${errorText(error)}`);
  },
});
