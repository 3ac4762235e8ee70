/** Colours of the style sheet for the canvas, read anew when the theme changes. */
const names = [
  'paper',
  'plate',
  'well',
  'ink',
  'ink-2',
  'ink-3',
  'hair',
  'rule',
  'glass',
  'amber',
  'red',
  'blue',
  'marker',
  'marker-line',
  'on-ink',
  'sans',
] as const;
export type Colours = Record<(typeof names)[number], string>;

let known: Colours | null = null;
const listeners = new Set<() => void>();

export function colours(): Colours {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  known = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
  return known;
}

function forget(): void {
  known = null;
  for (const listener of listeners) listener();
}

let watching = false;

export function onColours(listener: () => void): () => void {
  if (!watching) {
    watching = true;
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'])
      matchMedia(query).addEventListener('change', forget);
    new MutationObserver(forget).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}
