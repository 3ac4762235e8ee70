/** German in place of English, and back. Loaded when German is chosen. */
import { compareDe } from './compare.de.ts';
import { compareWords } from './compare.en.ts';
import { embedDe } from './embed.de.ts';
import { embedWords } from './embed.en.ts';
import { words } from './en.ts';
import { exportDe } from './export.de.ts';
import { exportWords } from './export.en.ts';
import { frameDe } from './frame.de.ts';
import { lessonsDe } from './lessons.de.ts';
import { lessonWords } from './lessons.en.ts';
import { panelsDe } from './panels.de.ts';
import { panelWords } from './panels.en.ts';
import { scenesDe } from './scenes.de.ts';
import { sceneWords } from './scenes.en.ts';
import { copyWords, overwrite } from './translation.ts';

/** Each part's English words, as its files hold them, and its German ones. */
export const parts: readonly (readonly [english: object, german: object])[] = [
  [words, frameDe],
  [panelWords, panelsDe],
  [compareWords, compareDe],
  [exportWords, exportDe],
  [sceneWords, scenesDe],
  [lessonWords, lessonsDe],
  [embedWords, embedDe],
];

const originals = parts.map(([own]) => copyWords(own));

export function german(): void {
  for (const [own, other] of parts) overwrite(own, other);
}

export function english(): void {
  for (const [i, [own]] of parts.entries()) overwrite(own, originals[i] as object);
}
