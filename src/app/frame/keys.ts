/** Keys of the frame: regions, leaving, overlays. The time bar and the map have their own. */
import { openDialog, openOverlay, setUi, useUi } from '../state/ui.ts';

export const inText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('.monaco-editor') !== null);

export function listenToKeys(): () => void {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  if (event.key === 'F6') nextRegion(event.shiftKey ? -1 : 1);
  else if (event.key === 'k' && (event.ctrlKey || event.metaKey)) openDialog('palette');
  else if (event.key === 'Escape') {
    if (!leave()) return;
  } else if (!single(event)) return;
  event.preventDefault();
}

/** Dialog, then overlay, then Present, then the opened component, then the selection. */
function leave(): boolean {
  const ui = useUi.getState();
  if (ui.dialog) setUi({ dialog: null });
  else if (ui.overlay) setUi({ overlay: null });
  else if (ui.present) setUi({ present: false });
  else if (ui.opened) setUi({ opened: '' });
  else if (ui.selectedId) setUi({ selectedId: '' });
  else return false;
  return true;
}

function single(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || inText(event.target) || !useUi.getState().singleKeys) return false;
  if (event.key === 'l') openOverlay(useUi.getState().overlay === 'lens' ? null : 'lens');
  else if (event.key === 'w') setUi({ lowerTab: 'inspector', phoneTab: 'why' });
  else if (event.key === 'P') setUi({ present: !useUi.getState().present });
  else if (event.key === '?') openDialog('keys');
  else return false;
  return true;
}

function nextRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((region) => region.offsetWidth > 0);
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  regions[(at + by + regions.length) % regions.length]?.focus();
}
