/** The text of the editor. It outlives the editor, errors and reloads; opening something else keeps the draft aside. */
import { create } from 'zustand';
import { loadJson, save } from '../state/storage.ts';

export interface TextState {
  text: string;
  /** As it was opened. */
  opened: string;
  /** As it was last applied without error. */
  applied: string;
  /** Unapplied text of what was open before. */
  aside: string;
  /** Grows when the text is replaced as a whole, not typed. */
  version: number;
}

const key = 'kubarium.manifest';
const delayMs = 300;

export const useText = create<TextState>()(() => ({ text: '', opened: '', applied: '', aside: '', version: 0 }));

export function openText(manifest: string): void {
  const before = useText.getState();
  if (before.version > 0 && before.opened === manifest) return;
  const kept = before.version > 0 ? { opened: before.opened, text: before.text, applied: before.applied } : readKept();
  const same = kept !== null && kept.opened === manifest;
  const aside = kept && !same && kept.text !== kept.opened && kept.text !== kept.applied ? kept.text : '';
  useText.setState({ text: same ? kept.text : manifest, opened: manifest, applied: manifest, aside, version: before.version + 1 });
}

export const typeText = (text: string): void => useText.setState({ text });
export const replaceText = (text: string): void => useText.setState(({ version }) => ({ text, version: version + 1 }));
export const setApplied = (applied: string): void => useText.setState({ applied });

/** Something from outside takes the place of the text; what was not applied is kept aside. */
export function keepAside(text: string): void {
  const before = useText.getState();
  if (before.text !== before.applied) useText.setState({ aside: before.text });
  replaceText(text);
}

export function restoreAside(): void {
  const { aside, text } = useText.getState();
  useText.setState({ aside: text });
  replaceText(aside);
}
export const dropAside = (): void => useText.setState({ aside: '' });

let timer: ReturnType<typeof setTimeout> | undefined;
useText.subscribe((now, before) => {
  if (now.text === before.text && now.applied === before.applied) return;
  clearTimeout(timer);
  timer = setTimeout(() => save(key, JSON.stringify({ opened: now.opened, text: now.text, applied: now.applied })), delayMs);
});

function readKept(): { opened: string; text: string; applied: string } | null {
  try {
    const kept = loadJson(key) as { opened?: unknown; text?: unknown; applied?: unknown } | null;
    if (kept && typeof kept.opened === 'string' && typeof kept.text === 'string' && typeof kept.applied === 'string')
      return { opened: kept.opened, text: kept.text, applied: kept.applied };
  } catch {
    // What cannot be read is none.
  }
  return null;
}
