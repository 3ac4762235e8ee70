/** Which scenarios are listed. */
import type { Entry } from '../../scenario/page.ts';

export interface Filter {
  search: string;
  level: Entry['level'] | 'any';
  length: 'any' | 'short' | 'long';
}
export const everything: Filter = { search: '', level: 'any', length: 'any' };
export const shortMinutes = 5;

/** Every word typed must stand somewhere in its title, summary, topics or name. */
export function listed(entries: readonly Entry[], { search, level, length }: Filter): Entry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 20);
  return entries.filter((entry) => {
    if (level !== 'any' && entry.level !== level) return false;
    if (length !== 'any' && entry.minutes <= shortMinutes !== (length === 'short')) return false;
    const text = `${entry.title} ${entry.summary} ${entry.topics.join(' ')} ${entry.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const order = { basic: 0, intermediate: 1, advanced: 2 } as const;
/** From easy to hard, then short to long. */
export const sorted = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort((a, b) => order[a.level] - order[b.level] || a.minutes - b.minutes || (a.title < b.title ? -1 : 1));
