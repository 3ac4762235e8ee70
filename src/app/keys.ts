/** Keys of the run, wherever the focus is. Those of the frame (regions, leaving, overlays) are in `frame/keys.ts`. */
import { nextDifference } from './compare/store.ts';
import { inText } from './frame/keys.ts';
import { panels } from './load-panels.ts';
import { records } from './state/records.ts';
import { togglePlay } from './state/session.ts';
import { openOverlay, select, useUi } from './state/ui.ts';

export function listenToRunKeys(): () => void {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const ui = useUi.getState();
  if (event.key === '`' && (event.ctrlKey || event.metaKey)) openOverlay(ui.overlay === 'shell' ? null : 'shell');
  else if (event.ctrlKey || event.metaKey || event.altKey || inText(event.target) || !ui.singleKeys || !single(event, ui.selectedId)) return;
  event.preventDefault();
}

function single(event: KeyboardEvent, selectedId: string): boolean {
  switch (event.key) {
    case ' ':
      // A button with the focus is pressed by it.
      if (event.target instanceof HTMLElement && event.target.closest('button, summary, [role="button"], [role="option"], a[href]')) return false;
      if (!event.repeat) togglePlay();
      return true;
    case '.':
      time(({ stepMessage }) => stepMessage(1));
      return true;
    case ',':
      time(({ stepMessage }) => stepMessage(-1));
      return true;
    case '>':
      time(({ stepSecond }) => stepSecond(1));
      return true;
    case '<':
      time(({ stepSecond }) => stepSecond(-1));
      return true;
    case '[':
      time(({ scrubKey }) => scrubKey(-1));
      return true;
    case ']':
      time(({ scrubKey }) => scrubKey(1));
      return true;
    case 'e':
      time(({ jumpChange }) => jumpChange(1));
      return true;
    case 'E':
      time(({ jumpChange }) => jumpChange(-1));
      return true;
    case 'b':
      time(({ toggleBookmark }) => toggleBookmark());
      return true;
    case 'B':
      time(({ nextBookmark }) => void nextBookmark());
      return true;
    case 'n':
      return nextDifference();
    case 'N':
      return nextDifference();
    case 'm':
      return nextMarked(selectedId);
    default:
      return false;
  }
}

/** Keys of the time bar wait for it: the first press counts too. */
function time(act: (bar: Awaited<ReturnType<typeof panels>>) => void): void {
  panels().then(act, () => {});
}

/** From the selected thing to the next place where the marker is, in the order of the page. */
function nextMarked(selectedId: string): boolean {
  const marked = [...document.querySelectorAll<HTMLElement>('.marked, .marked-line, [aria-selected="true"][data-id]')].filter((e) => e.offsetWidth > 0);
  if (marked.length === 0) {
    const first = records.list('pod').find((pod) => pod.family === 'failed' || pod.family === 'backoff' || pod.family === 'notReady');
    if (!first || first.id === selectedId) return false;
    select(first.id);
    return true;
  }
  const at = marked.findIndex((e) => e.contains(document.activeElement));
  const next = marked[(at + 1) % marked.length] as HTMLElement;
  next.scrollIntoView({ block: 'nearest' });
  (next.matches('button, [tabindex]') ? next : next.querySelector<HTMLElement>('button, [tabindex]'))?.focus();
  return true;
}
