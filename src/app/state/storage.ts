/**
 * Storage that may be refused (frames of other sites), full or another's, and that embeds leave alone: then what is kept lasts as long as the page,
 * and that is said once.
 */
import { create } from 'zustand';

/** `newer`: what is there was written by a newer version. `damaged`: what was there could not be read and was cleared. */
export type Trouble = 'refused' | 'full' | 'newer' | 'damaged';

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

/** What is kept, null when nothing is. What is damaged is cleared, and that is said: the page starts clean. */
export function loadJson(key: string): unknown {
  const text = load(key);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object') return value;
  } catch {
    // Cleared below.
  }
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Refused: then it was not read from there.
  }
  say('damaged');
  return null;
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
