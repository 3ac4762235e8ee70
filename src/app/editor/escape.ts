import type { KeyboardEvent } from 'react';
import { useUi } from '../state/ui.ts';

/** Esc in a text leaves what the text opened, not the selection; what covers the page still closes by it. */
export function keepEscape(event: KeyboardEvent): void {
  const { dialog, overlay } = useUi.getState();
  if (event.key === 'Escape' && !dialog && !overlay) event.stopPropagation();
}
