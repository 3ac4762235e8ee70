/** How the dialects word their errors. */
import type { Sys } from '../kernel/sys.ts';
import type { ShellState } from './state.ts';

/** `sh: foo: not found`, `sh: 1: foo: not found` (dash), `bash: line 1: foo: command not found`. */
export function complain(sys: Sys, sh: ShellState, text: string, line = 1): void {
  sys.err(`${prefix(sh, line)}${text}\n`);
}

function prefix(sh: ShellState, line: number): string {
  if (sh.dialect === 'dash') return `${sh.name}: ${line}: `;
  if (sh.dialect === 'bash') return `${sh.name}: line ${line}: `;
  return sh.script ? `${sh.name}: line ${line}: ` : `${sh.name}: `;
}

export function notFound(sh: ShellState, name: string, kind: 'missing' | 'denied' | 'format' | 'absent'): { text: string; code: number } {
  const bash = sh.dialect === 'bash';
  switch (kind) {
    case 'denied':
      return { text: `${name}: Permission denied`, code: 126 };
    case 'absent':
      return { text: bash ? `${name}: No such file or directory` : `${name}: not found`, code: 127 };
    default:
      return { text: bash ? `${name}: command not found` : `${name}: not found`, code: 127 };
  }
}

/** A redirection that fails. `reading`: opened for reading. */
export function cannotOpen(sh: ShellState, path: string, reading: boolean, error: string, words: string): string {
  if (sh.dialect === 'bash') return `${path}: ${words}`;
  const what = sh.dialect === 'dash' ? (reading ? 'cannot open' : 'cannot create') : reading ? "can't open" : "can't create";
  const why =
    error === 'ENOENT'
      ? sh.dialect === 'dash'
        ? reading
          ? 'No such file'
          : 'Directory nonexistent'
        : reading
          ? 'no such file'
          : 'nonexistent directory'
      : words;
  return `${what} ${path}: ${why}`;
}

export function syntaxError(sh: ShellState, message: string): string {
  const quoted = /'([^']+)'/.exec(message)?.[1];
  if (/unterminated/.test(message)) {
    if (sh.dialect === 'bash') return `unexpected EOF while looking for matching \`${/double/.test(message) ? '"' : /single/.test(message) ? "'" : ')'}'`;
    return sh.dialect === 'dash' ? 'Syntax error: Unterminated quoted string' : 'syntax error: unterminated quoted string';
  }
  if (sh.dialect === 'bash') return /expected/.test(message) ? 'syntax error: unexpected end of file' : `syntax error: ${message}`;
  const word = sh.dialect === 'dash' ? 'Syntax error' : 'syntax error';
  if (/expected/.test(message) && quoted) return `${word}: unexpected end of file${sh.dialect === 'ash' ? ` (expecting "${quoted}")` : ''}`;
  return `${word}: ${message}`;
}
