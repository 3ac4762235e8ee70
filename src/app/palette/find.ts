/** Looks for typed letters in names. */

export interface Item {
  id: string;
  group: 'go' | 'do' | 'set';
  name: string;
  /** Beside the name, quieter. */
  fact: string;
  keys: string;
  /** State of an object. */
  family: import('../../core/index.ts').StateFamily | null;
  act(): void;
}

export interface Found {
  item: Item;
  /** The part of the name that matched, for bold letters. */
  from: number;
  to: number;
}

const groups = { go: 0, do: 1, set: 2 };
const mostOfGroup = 8;

/** Every word of the query must occur in name or fact; the earlier in the name the better. Groups keep their order. */
export function find(items: readonly Item[], query: string): Found[] {
  const parts = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const scored: { found: Found; score: number; at: number }[] = [];
  for (const [at, item] of items.entries()) {
    const name = item.name.toLowerCase();
    const all = `${name} ${item.fact.toLowerCase()}`;
    if (!parts.every((part) => all.includes(part))) continue;
    const first = parts[0] ?? '';
    const from = first === '' ? -1 : name.indexOf(first);
    const score =
      from < 0 ? (first === '' ? 0 : 1000) : from + (name.length === first.length ? -1 : 0) + (from > 0 && /[\w]/.test(name[from - 1] as string) ? 50 : 0);
    scored.push({ found: { item, from: Math.max(0, from), to: from < 0 ? 0 : from + first.length }, score, at });
  }
  scored.sort((a, b) => groups[a.found.item.group] - groups[b.found.item.group] || a.score - b.score || a.at - b.at);
  const counts = { go: 0, do: 0, set: 0 };
  return scored.filter(({ found }) => ++counts[found.item.group] <= mostOfGroup).map(({ found }) => found);
}
