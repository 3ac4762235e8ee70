/** Which messages are listed. */
import { create } from 'zustand';
import type { MessageKind, MessageRecord } from '../../core/index.ts';

export interface Filter {
  /** '': all but decisions, which have no way over the map. */
  kind: MessageKind | '';
  /** A part's name as messages have it; '': all. */
  part: string;
  /** Only those about the selected thing. */
  selected: boolean;
}

export const useFilter = create<Filter>()(() => ({ kind: '', part: '', selected: false }));

export function passes(message: MessageRecord, filter: Filter, selectedId: string): boolean {
  if (filter.kind === '' ? message.kind === 'internal' : message.kind !== filter.kind) return false;
  if (filter.part !== '' && message.fromName !== filter.part && message.toName !== filter.part) return false;
  return !(filter.selected && selectedId !== '' && !message.about.includes(selectedId));
}

/** Names of who sent or got, most frequent first. */
export function partsOf(messages: readonly MessageRecord[], most = 40): string[] {
  const counts = new Map<string, number>();
  for (const m of messages) for (const name of m.fromName === m.toName ? [m.fromName] : [m.fromName, m.toName]) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.entries()]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
}
