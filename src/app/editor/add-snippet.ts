/** A snippet into the text, where the cursor is. */
import { showLine } from './marked.ts';
import { insertSnippet, type SnippetId } from './snippets.ts';
import { currentSurface } from './surface.ts';
import { replaceText, useText } from './text.ts';

/** False when there is no place for it. */
export function addSnippet(id: SnippetId): boolean {
  const surface = currentSurface();
  const done = insertSnippet(useText.getState().text, surface?.line() ?? 1, id);
  if (!done) return false;
  replaceText(done.text);
  showLine(done.line);
  surface?.focus();
  return true;
}
