/** Files and text coming in from outside: what is heard at once; what reads them is loaded then. */
import type { Incoming } from './intake-store.ts';

/** Only an API server writes these. */
const exported = /^\s*(managedFields|resourceVersion|uid|creationTimestamp):/m;
/** From here on no text is typed. */
const longPaste = 1_400_000;

/** True when the paste is taken care of. */
export function takePaste(data: DataTransfer | null, insert: (text: string) => void): boolean {
  if (!data) return false;
  if (data.files.length > 0) {
    take(incomingOf(data));
    return true;
  }
  const text = data.getData('text/plain');
  if (text.length < longPaste && !exported.test(text)) return false;
  void import('./intake.ts').then(({ takeText }) => takeText(text, insert)).catch(() => {});
  return true;
}

function take(incoming: readonly Incoming[]): void {
  void import('./intake.ts').then(({ takeFiles }) => takeFiles(incoming)).catch(() => {});
}

/** The entries must be asked for while the event lasts. */
function incomingOf(data: DataTransfer): Incoming[] {
  const items = [...data.items].filter((item) => item.kind === 'file');
  return items.flatMap((item): Incoming[] => {
    const entry = item.webkitGetAsEntry?.() ?? null;
    if (entry?.isDirectory) return [{ name: entry.name, size: 0, type: '', folder: true, arrayBuffer: () => Promise.reject(new Error('a folder')) }];
    const file = item.getAsFile();
    return file ? [file] : [];
  });
}

/** Files dropped anywhere on the page: without this the browser would leave for them. */
export function listenToDrops(): () => void {
  const files = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  const over = (event: DragEvent): void => {
    if (!files(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'copy';
  };
  const drop = (event: DragEvent): void => {
    if (!files(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.stopPropagation();
    take(incomingOf(event.dataTransfer));
  };
  addEventListener('dragover', over, true);
  addEventListener('drop', drop, true);
  return () => {
    removeEventListener('dragover', over, true);
    removeEventListener('drop', drop, true);
  };
}

/** The browser's own dialog. */
export function chooseFiles(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.accept = '.yaml,.yml,.json,text/*,application/json';
  input.addEventListener('change', () => take([...(input.files ?? [])]));
  input.click();
}
