/** The frame of programs that read files or standard input: `cat`, `grep`, `wc`… They may have to wait for a pipe. */
import type { FileError } from '../../contracts/os.ts';
import { errorText } from '../kernel/files.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { baseTree } from '../rootfs.ts';

/** Most text that one of them keeps. */
export const maxHeld = 1024 * 1024;

interface FilterState<S> {
  own: S;
  files: string[];
  /** Text of standard input that no newline has ended. */
  partial: string;
  code: number;
  reading: boolean;
  /** Characters that a device without an end has given. */
  given?: number;
}

/** Simplified: `/dev/zero` and `/dev/urandom` end after so many bytes for a program that would read on for ever. */
const maxFromDevice = 32 * 1024 * 1024;
const endless = ['/dev/zero', '/dev/urandom', '/dev/random'];

export interface Filter<S> {
  /** Reads the command line; a number ends it. */
  begin(sys: Sys): { own: S; files: string[] } | number;
  /** Whole text of a file, or pieces of standard input that end with a newline (the last may not). Answers a code to end early. */
  text(sys: Sys, own: S, text: string, file: string): number | undefined;
  /** After each file. */
  fileEnd?(sys: Sys, own: S, file: string): void;
  end(sys: Sys, own: S): number;
  cannot?(sys: Sys, file: string, error: FileError): void;
}

export function filter<S>(f: Filter<S>, rssBytes?: number): Program {
  const go = (sys: Sys): Outcome => {
    const st = sys.process.data as FilterState<S>;
    while (st.files.length > 0) {
      const file = st.files[0] as string;
      if (file === '-' || file === '/dev/stdin') {
        for (;;) {
          if (sys.blocked(1)) return undefined;
          const got = sys.read(0);
          if (got === 'wait') return undefined;
          if (got === 'eof' || 'error' in got) break;
          const all = st.partial + got.text;
          const cut = all.lastIndexOf('\n') + 1;
          st.partial = all.length - cut > maxHeld ? '' : all.slice(cut);
          if (cut > 0) {
            const code = f.text(sys, st.own, all.slice(0, cut), '-');
            if (code !== undefined) return code;
            if (!sys.alive) return undefined;
          }
        }
        if (st.partial) {
          const code = f.text(sys, st.own, st.partial, '-');
          if (code !== undefined) return code;
          st.partial = '';
        }
      } else if (endless.includes(file)) {
        const got = sys.open(file, 'r');
        if ('error' in got) return 1;
        const fd = sys.hide(got.id);
        for (st.given ??= 0; st.given < maxFromDevice; st.given += 4096) {
          if (sys.blocked(1)) break;
          const piece = sys.read(fd, 4096);
          const code = typeof piece === 'object' && 'text' in piece ? f.text(sys, st.own, piece.text, file) : 1;
          if (code !== undefined) return code;
          if (!sys.alive) return undefined;
        }
        sys.install(fd, null);
        if (st.given < maxFromDevice) return undefined;
        delete st.given;
      } else {
        const got = sys.files.read(file);
        if ('error' in got) {
          st.code = 1;
          if (f.cannot) f.cannot(sys, file, got.error);
          else sys.complain(`${file === '' ? "''" : file}: ${errorText(got.error)}`);
          st.files.shift();
          continue;
        }
        const code = f.text(sys, st.own, got.text, file);
        if (code !== undefined) return code;
        if (!sys.alive) return undefined;
      }
      f.fileEnd?.(sys, st.own, file);
      st.files.shift();
    }
    const code = f.end(sys, st.own);
    return code || st.code;
  };
  return {
    ...(rssBytes ? { rssBytes } : {}),
    start(sys) {
      const begun = f.begin(sys);
      if (typeof begun === 'number') return begun;
      const st: FilterState<S> = { own: begun.own, files: begun.files.length > 0 ? begun.files : ['-'], partial: '', code: 0, reading: false };
      sys.process.data = st;
      return go(sys);
    },
    resume: (sys) => go(sys),
  };
}

/** Splits options from operands: `-n 5`, `-n5`, `--lines=5`, clusters of letters. `takes`: letters with a value. */
export function options(argv: string[], takes = '', long: Record<string, string> = {}): { opts: Record<string, string>; rest: string[]; bad?: string } {
  const opts: Record<string, string> = Object.create(null);
  const rest: string[] = [];
  let bad: string | undefined;
  for (let i = 1; i < argv.length; i += 1) {
    const a = argv[i] as string;
    if (a === '--') {
      rest.push(...argv.slice(i + 1));
      break;
    }
    if (a.startsWith('--')) {
      const [name = '', value] = a.slice(2).split(/=(.*)/s);
      const letter = Object.hasOwn(long, name) ? (long[name] as string) : '';
      if (letter === '') bad ??= a;
      else if (takes.includes(letter)) opts[letter] = value ?? argv[++i] ?? '';
      else opts[letter] = value ?? '';
      continue;
    }
    if (!a.startsWith('-') || a === '-') {
      rest.push(a);
      continue;
    }
    for (let j = 1; j < a.length; j += 1) {
      const c = a[j] as string;
      if (takes.includes(c)) {
        opts[c] = a.slice(j + 1) || (argv[++i] ?? '');
        break;
      }
      opts[c] = '';
    }
  }
  return bad === undefined ? { opts, rest } : { opts, rest, bad };
}

/** Lines without their newlines. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Is the program busybox's? Its words differ from those of coreutils. */
export const isBusybox = (sys: Sys): boolean => sys.container.id !== 'host' && baseTree(sys.container.environment.image).family !== 'debian';
