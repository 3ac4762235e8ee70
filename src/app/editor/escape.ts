import type { KeyboardEvent } from 'react';
import { openDialog, useUi } from '../state/ui.ts';

/** Esc in a text leaves what the text opened, not the selection; what covers the page still closes by it. */
export function keepEscape(event: KeyboardEvent): void {
  const { dialog, overlay } = useUi.getState();
  if (event.key === 'Escape' && !dialog && !overlay) event.stopPropagation();
}

/** Ctrl K is the page's: the editor would wait for a second key. */
export function keepPalette(event: KeyboardEvent): void {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  openDialog('palette');
}
