/** The line of the manifest that decided: highlighted where it is written. */
import { create } from 'zustand';
import { setUi } from '../state/ui.ts';

export const useMarked = create<{ line: number | null; reveal: number }>()(() => ({ line: null, reveal: 0 }));

export function markLine(line: number | null): void {
  useMarked.setState(({ reveal }) => ({ line, reveal }));
}

/** Marks the line and brings it into view. */
export function showLine(line: number): void {
  setUi({ upperTab: 'manifest' });
  useMarked.setState(({ reveal }) => ({ line, reveal: reveal + 1 }));
}
