/** Indented text with tabs, aligned at the end. Models k8s.io/kubectl/pkg/describe/describe.go PrefixWriter, v1.36.2. */
import { formatLabelSelector } from '../../api/selector.ts';
import { civil, parseTime } from '../../engine/time.ts';
import { byCodePoint } from '../printers/json.ts';
import { describeTabs, tabulate } from '../printers/tabwriter.ts';

export class Writer {
  private text = '';

  /** `level` × 2 spaces, then the text as it stands. */
  write(level: number, text: string): void {
    this.text += '  '.repeat(level) + text;
  }
  /** `Key:\tvalue\n`. */
  field(level: number, key: string, value: string | number | boolean): void {
    this.write(level, `${key}:\t${value}\n`);
  }
  /** Cells parted by tabs. */
  row(level: number, ...cells: (string | number)[]): void {
    this.write(level, `${cells.join('\t')}\n`);
  }
  toString(): string {
    return tabulate(this.text, describeTabs);
  }
  /** As written, for what is shown without alignment. */
  raw(): string {
    return this.text;
  }
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC1123Z of an API time; Go's zero time when it is none. */
export function rfc1123(time: string | null | undefined): string {
  const at = typeof time === 'string' ? parseTime(time) : Number.NaN;
  if (Number.isNaN(at)) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  const c = civil(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${days[c.weekday]}, ${two(c.day)} ${months[c.month - 1]} ${c.year} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} +0000`;
}

/** Labels: one a line, aligned under the first. */
export function labels(w: Writer, title: string, map: Record<string, string> | undefined, level = 0): void {
  const keys = Object.keys(map ?? {}).sort(byCodePoint);
  if (keys.length === 0) {
    w.field(level, title, '<none>');
    return;
  }
  for (const [i, key] of keys.entries()) w.write(i === 0 ? level : 0, `${i === 0 ? `${title}:` : ''}\t${key}=${(map as Record<string, string>)[key]}\n`);
}

const maxAnnotation = 140;
const hidden = 'kubectl.kubernetes.io/last-applied-configuration';

export function annotations(w: Writer, title: string, map: Record<string, string> | undefined, level = 0): void {
  const keys = Object.keys(map ?? {})
    .filter((key) => key !== hidden)
    .sort(byCodePoint);
  if (keys.length === 0) {
    w.field(level, title, '<none>');
    return;
  }
  for (const [i, key] of keys.entries()) {
    const value = (map as Record<string, string>)[key] as string;
    const trimmed = value.endsWith('\n') ? value.slice(0, -1) : value;
    w.write(i === 0 ? level : 0, i === 0 ? `${title}:\t` : '\t');
    if (`${key}: ${trimmed}`.length > maxAnnotation - 2 || value.includes('\n')) {
      w.write(0, `${key}:\n`);
      for (const line of trimmed.split('\n')) w.write(0, `\t  ${shorten(line)}\n`);
    } else w.write(0, `${key}: ${trimmed}\n`);
  }
}

const shorten = (text: string): string => (text.length > maxAnnotation ? `${text.slice(0, maxAnnotation - 3)}...` : text);

export const selectorText = (selector: Parameters<typeof formatLabelSelector>[0]): string => formatLabelSelector(selector);
