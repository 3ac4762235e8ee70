/** Moments that a person marked. They belong to what was opened, and outlive a reload. */
import { create } from 'zustand';
import { useRun } from '../state/run.ts';
import { load, save } from '../state/storage.ts';
import { seekTo } from './controls.ts';

const key = 'kubarium.bookmarks';
const most = 100;
/** Scenes whose bookmarks are kept, the newest. */
const mostScenes = 30;

export const useBookmarks = create<{ times: readonly number[] }>()(() => ({ times: [] }));

/** A scene by what was opened: a short hash, as manifests are long. */
function sceneKey(): string {
  const { opened } = useRun.getState();
  const text = `${opened?.title}\n${opened?.seed}\n${opened?.manifest}`;
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return `s${hash >>> 0}`;
}

function readAll(): Record<string, number[]> {
  try {
    const kept: unknown = JSON.parse(load(key) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([scene, times]) =>
        Array.isArray(times) ? [[scene, times.filter((ms): ms is number => Number.isInteger(ms) && ms >= 0).slice(0, most)]] : [],
      ),
    );
  } catch {
    return {};
  }
}

function set(times: readonly number[]): void {
  useBookmarks.setState({ times });
  const scene = sceneKey();
  const others = Object.entries(readAll()).filter(([name]) => name !== scene);
  save(key, JSON.stringify(Object.fromEntries([...others.slice(-mostScenes), ...(times.length > 0 ? [[scene, times]] : [])])));
}

/** At the present moment: set, or taken away. */
export function toggleBookmark(): void {
  const atMs = Math.floor(useRun.getState().nowMs);
  const { times } = useBookmarks.getState();
  set(times.includes(atMs) ? times.filter((ms) => ms !== atMs) : [...times, atMs].sort((a, b) => a - b).slice(0, most));
}

/** The next one, from the last to the first. */
export function nextBookmark(): boolean {
  const { times } = useBookmarks.getState();
  const { nowMs } = useRun.getState();
  const next = times.find((ms) => ms > nowMs) ?? times[0];
  if (next === undefined) return false;
  seekTo(next);
  return true;
}

const read = (): void => useBookmarks.setState({ times: readAll()[sceneKey()] ?? [] });
// This part may come after what was opened.
if (useRun.getState().opened) read();
useRun.subscribe((now, before) => {
  if (now.opened !== before.opened) read();
});
