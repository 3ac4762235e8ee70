/** Go's text/tabwriter for the two ways kubectl uses it. Models text/tabwriter/tabwriter.go (go 1.25). */

export interface TabOptions {
  minWidth: number;
  padding: number;
}

export const tableTabs: TabOptions = { minWidth: 6, padding: 3 };
export const describeTabs: TabOptions = { minWidth: 0, padding: 2 };

/** In characters, as Go counts runes. */
export function widthOf(text: string): number {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return [...text].length;
  return text.length;
}

/**
 * Aligns `text`: cells end with a tab, a line's last one does not. A column is a run of consecutive lines that have the cell.
 * `remembered` (get --watch): widths that columns had before and keep; it is added to.
 */
export function tabulate(text: string, options: TabOptions, remembered?: number[]): string {
  const ended = text.endsWith('\n');
  const lines = (ended ? text.slice(0, -1) : text).split('\n').map((line) => line.split('\t'));
  const widths: number[][] = lines.map(() => []);
  // Columns from left to right: a run of lines at column c is cut where a line has no cell there.
  align(lines, widths, 0, lines.length, 0, options, remembered);
  const out: string[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const cells = lines[i] as string[];
    let line = '';
    for (let c = 0; c < cells.length; c += 1) {
      const cell = cells[c] as string;
      line += cell;
      if (c < cells.length - 1) {
        const pad = (widths[i]?.[c] ?? 0) - widthOf(cell);
        if (pad > 0) line += ' '.repeat(pad);
      }
    }
    out.push(line);
  }
  return out.join('\n') + (ended ? '\n' : '');
}

function align(lines: string[][], widths: number[][], from: number, to: number, column: number, options: TabOptions, remembered?: number[]): void {
  for (let i = from; i < to; ) {
    if ((lines[i] as string[]).length - 1 <= column) {
      i += 1;
      continue;
    }
    let end = i;
    let width = options.minWidth;
    for (; end < to && (lines[end] as string[]).length - 1 > column; end += 1) {
      const w = widthOf((lines[end] as string[])[column] as string) + options.padding;
      if (w > width) width = w;
    }
    if (remembered) {
      if (column < remembered.length) width = Math.max(width, remembered[column] as number);
      remembered[column] = width;
    }
    for (let l = i; l < end; l += 1) (widths[l] as number[])[column] = width;
    align(lines, widths, i, end, column + 1, options, remembered);
    i = end;
  }
}
