/** The shell's log and history. They outlive tabs; lines beyond the cap are dropped, and said to be. */
import { create } from 'zustand';
import { load, save } from '../state/storage.ts';

export interface Entry {
  id: number;
  line: string;
  atMs: number;
  /** null while it runs. */
  rc: number | null;
  out: string;
  err: string;
  /** Said by the page, not by a tool. */
  note: string;
}

export const maxLines = 5000;
const maxHistory = 200;

export interface ShellState {
  entries: readonly Entry[];
  dropped: number;
  history: readonly string[];
  /** What stands in the input. */
  line: string;
}

const key = 'kubarium.shell';

export const useShell = create<ShellState>()(() => ({ entries: [], dropped: 0, history: readHistory(), line: '' }));

/** The lines typed outlive a reload; what they printed belongs to the run. */
function readHistory(): string[] {
  try {
    const kept: unknown = JSON.parse(load(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((line): line is string => typeof line === 'string' && line.length <= 2000).slice(-maxHistory) : [];
  } catch {
    return [];
  }
}

let nextId = 1;

export function beginEntry(line: string, atMs: number): number {
  const id = nextId;
  nextId += 1;
  const { entries, history } = useShell.getState();
  useShell.setState({
    entries: [...entries, { id, line, atMs, rc: null, out: '', err: '', note: '' }],
    history: [...history.filter((old) => old !== line), line].slice(-maxHistory),
  });
  save(key, JSON.stringify(useShell.getState().history));
  return id;
}

export function endEntry(id: number, end: Partial<Omit<Entry, 'id' | 'line'>>): void {
  const entries = useShell.getState().entries.map((entry) => (entry.id === id ? { ...entry, ...end } : entry));
  useShell.setState(capped(entries, useShell.getState().dropped));
}

export const clearLog = (): void => useShell.setState({ entries: [], dropped: 0 });

const linesOf = (entry: Entry): number => 1 + count(entry.out) + count(entry.err);
const count = (text: string): number => (text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0));

/** Whole entries go, oldest first; a last one that is too long by itself loses its first lines. */
export function capped(entries: readonly Entry[], dropped: number, cap = maxLines): Pick<ShellState, 'entries' | 'dropped'> {
  let total = entries.reduce((sum, entry) => sum + linesOf(entry), 0);
  let from = 0;
  let gone = dropped;
  while (total > cap && from < entries.length - 1) {
    const lines = linesOf(entries[from] as Entry);
    total -= lines;
    gone += lines;
    from += 1;
  }
  const kept = entries.slice(from);
  const only = kept[0];
  if (only && total > cap) {
    const excess = total - cap;
    kept[0] = { ...only, out: only.out.split('\n').slice(excess).join('\n') };
    gone += excess;
  }
  return { entries: kept, dropped: gone };
}
