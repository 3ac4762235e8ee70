/** Storage that may be refused (frames of other sites), and that embeds leave alone: then what is kept lasts as long as the page. */
const memory = new Map<string, string>();
const embedded = typeof document !== 'undefined' && 'embed' in document.documentElement.dataset;

export function load(key: string): string | null {
  if (embedded) return memory.get(key) ?? null;
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function save(key: string, value: string): void {
  memory.set(key, value);
  if (embedded) return;
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept in memory.
  }
}
