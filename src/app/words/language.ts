/** The page's language. English is built in; another is loaded when it is chosen. */
import { useUi } from '../state/ui.ts';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** Of `?lang=`, else of the settings. */
export function wantedLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang');
  return asked !== null && Object.hasOwn(languages, asked) ? (asked as Language) : useUi.getState().language;
}

let shown: Language = 'en';

/** Puts the words of a language in place. What was drawn must be drawn anew. */
export async function speak(language: Language): Promise<void> {
  if (language === shown) return;
  const { german, english } = await import('./german.ts');
  (language === 'de' ? german : english)();
  shown = language;
  document.documentElement.lang = language;
}
