/** Errors as rows under their lines: the words whole, the height from their length. */
import type { Diagnostic } from '../../session/protocol.ts';

export interface ErrorRow {
  line: number;
  text: string;
  /** How many lines of 16 px it takes. */
  lines: number;
}

/** Width of a character of the row's 12 px, on the wide side. */
const charPx = 6.6;

export function errorRows(errors: readonly Pick<Diagnostic, 'line' | 'message'>[], width: number): ErrorRow[] {
  const perLine = Math.max(20, Math.floor((width - 24) / charPx));
  return errors.map(({ line, message }) => ({
    line,
    text: message,
    lines: message.split('\n').reduce((sum, part) => sum + Math.max(1, Math.ceil(part.length / perLine)), 0),
  }));
}
