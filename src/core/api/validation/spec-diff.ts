/** The difference between two specs as the API server shows it. Models apimachinery pkg/util/diff: a unified diff of indented JSON, v1.36.2. */
import { internalForm } from './internal-form.ts';

const contextLines = 3;

/** Hunks of `old` → `next`, each ending in a newline; '' when they print the same. */
export function specDiff(type: string, old: unknown, next: unknown): string {
  return unifiedDiff(printLines(internalForm(type, old)), printLines(internalForm(type, next)));
}

/** Indented by one space, as upstream dumps it. */
const printLines = (value: unknown): string[] => JSON.stringify(value ?? null, null, 1).split('\n');

interface Change {
  at: number;
  oldCount: number;
  newAt: number;
  newCount: number;
}

export function unifiedDiff(old: string[], next: string[]): string {
  const changes = changesOf(old, next);
  let out = '';
  for (let i = 0; i < changes.length; ) {
    const first = changes[i] as Change;
    let last = first;
    let end = i + 1;
    while (end < changes.length && (changes[end] as Change).at - (last.at + last.oldCount) <= 2 * contextLines) {
      last = changes[end] as Change;
      end += 1;
    }
    const oldStart = Math.max(0, first.at - contextLines);
    const newStart = Math.max(0, first.newAt - contextLines);
    const oldEnd = Math.min(old.length, last.at + last.oldCount + contextLines);
    const newEnd = Math.min(next.length, last.newAt + last.newCount + contextLines);
    out += `@@ -${range(oldStart, oldEnd)} +${range(newStart, newEnd)} @@\n`;
    let cursor = oldStart;
    for (const change of changes.slice(i, end)) {
      for (; cursor < change.at; cursor += 1) out += ` ${old[cursor]}\n`;
      for (; cursor < change.at + change.oldCount; cursor += 1) out += `-${old[cursor]}\n`;
      for (let k = 0; k < change.newCount; k += 1) out += `+${next[change.newAt + k]}\n`;
    }
    for (; cursor < oldEnd; cursor += 1) out += ` ${old[cursor]}\n`;
    i = end;
  }
  return out;
}

function range(start: number, end: number): string {
  const count = end - start;
  return count === 1 ? `${start + 1}` : count === 0 ? `${start},0` : `${start + 1},${count}`;
}

const maxTableCells = 4_000_000;

/** Longest common subsequence between the common head and tail. */
function changesOf(old: string[], next: string[]): Change[] {
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < next.length - head && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail += 1;
  const [rows, columns] = [old.length - head - tail, next.length - head - tail];
  if (rows === 0 && columns === 0) return [];
  // Simplified: where the changed part is very large it is shown as one change.
  if (rows === 0 || columns === 0 || rows * columns > maxTableCells) return [{ at: head, oldCount: rows, newAt: head, newCount: columns }];
  const width = columns + 1;
  const table = new Int32Array((rows + 1) * width);
  for (let r = rows - 1; r >= 0; r -= 1) {
    for (let c = columns - 1; c >= 0; c -= 1) {
      table[r * width + c] =
        old[head + r] === next[head + c]
          ? (table[(r + 1) * width + c + 1] as number) + 1
          : Math.max(table[(r + 1) * width + c] as number, table[r * width + c + 1] as number);
    }
  }
  const changes: Change[] = [];
  let [r, c] = [0, 0];
  while (r < rows || c < columns) {
    if (r < rows && c < columns && old[head + r] === next[head + c]) {
      r += 1;
      c += 1;
      continue;
    }
    const change: Change = { at: head + r, oldCount: 0, newAt: head + c, newCount: 0 };
    while ((r < rows || c < columns) && !(r < rows && c < columns && old[head + r] === next[head + c])) {
      if (c >= columns || (r < rows && (table[(r + 1) * width + c] as number) >= (table[r * width + c + 1] as number))) {
        change.oldCount += 1;
        r += 1;
      } else {
        change.newCount += 1;
        c += 1;
      }
    }
    changes.push(change);
  }
  return changes;
}
