/**
 * Storage that may be refused (frames of other sites), full or another's, and that embeds leave alone: then what is kept lasts as long as the page,
 * and that is said once.
 */
import { create } from 'zustand';

/** `newer`: what is there was written by a newer version. */
export type Trouble = 'refused' | 'full' | 'newer';

/** What is to be said; null once it was closed, and it is not said again. */
export const useStorageTrouble = create<{ trouble: Trouble | null; said: boolean }>()(() => ({ trouble: null, said: false }));

const memory = new Map<string, string>();
const embedded = typeof document !== 'undefined' && 'embed' in document.documentElement.dataset;

export function say(trouble: Trouble): void {
  if (!useStorageTrouble.getState().said) useStorageTrouble.setState({ trouble, said: true });
}

export function load(key: string): string | null {
  if (embedded) return memory.get(key) ?? null;
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

export function save(key: string, value: string): void {
  memory.set(key, value);
  if (embedded) return;
  try {
    localStorage.setItem(key, value);
    memory.delete(key);
  } catch (error) {
    // Kept in memory.
    say(error instanceof DOMException && /quota/i.test(error.name) ? 'full' : 'refused');
  }
}
