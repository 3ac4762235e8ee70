import { useUi } from './ui.ts';

/** The chosen theme on the page; `system` leaves it to the style sheet. */
export function applyTheme(): void {
  const set = (theme: string): void => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  set(useUi.getState().theme);
  useUi.subscribe((now, before) => {
    if (now.theme !== before.theme) set(now.theme);
  });
}
