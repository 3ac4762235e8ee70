/** How far each lesson was taken. Kept on this device only. */
import { create } from 'zustand';
import { loadJson, save, say } from '../state/storage.ts';

export interface Reached {
  /** Steps that were reached, from 1. */
  step: number;
  done: boolean;
}

const key = 'kubarium.lessons';
const version = 1;
const maxNames = 200;

type Kept = Record<string, Reached>;

export const useProgress = create<{ reached: Kept }>()(() => ({ reached: read() ?? {} }));

/** Another tab may have gone further meanwhile: what it kept is read first, and nothing goes back. */
export function reach(name: string, step: number, done: boolean): void {
  const kept = read();
  const merged = mergeProgress(kept ?? {}, useProgress.getState().reached);
  const before = merged[name];
  const reached = { ...merged, [name]: { step: Math.max(step, before?.step ?? 0), done: done || (before?.done ?? false) } };
  useProgress.setState({ reached });
  if (kept) save(key, JSON.stringify({ v: version, reached }));
}

export function mergeProgress(a: Kept, b: Kept): Kept {
  const out: Kept = Object.assign(Object.create(null), a);
  for (const [name, { step, done }] of Object.entries(b)) out[name] = { step: Math.max(step, out[name]?.step ?? 0), done: done || (out[name]?.done ?? false) };
  return out;
}

/** null: a newer version wrote it, and it is not to be touched. What cannot be read is none. */
function read(): Kept | null {
  try {
    const value = loadJson(key) as { v?: unknown; reached?: unknown } | null;
    if (typeof value?.v === 'number' && value.v > version) {
      say('newer');
      return null;
    }
    const out: Kept = Object.create(null);
    if (value?.v !== version || typeof value.reached !== 'object' || value.reached === null) return out;
    for (const [name, one] of Object.entries(value.reached as Record<string, Partial<Reached> | null>).slice(0, maxNames))
      if (/^[a-z0-9-]{1,60}$/.test(name) && one && Number.isInteger(one.step) && (one.step as number) > 0)
        out[name] = { step: Math.min(100, one.step as number), done: one.done === true };
    return out;
  } catch {
    return Object.create(null) as Kept;
  }
}

if (typeof addEventListener !== 'undefined')
  addEventListener('storage', (event) => {
    if (event.key === key) useProgress.setState(({ reached }) => ({ reached: mergeProgress(read() ?? {}, reached) }));
  });
