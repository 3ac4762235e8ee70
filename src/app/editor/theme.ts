/** Monaco's colours from the style sheet. It wants hexadecimal, whatever the sheet says. */
import type { monaco as Monaco } from './monaco-setup.ts';

const names = ['case', 'plate', 'well', 'hair', 'rule', 'ink', 'ink-2', 'ink-3', 'marker', 'marker-line', 'red', 'amber', 'blue', 'focus', 'glass'] as const;
type Name = (typeof names)[number];

function readColours(): Record<Name, string> {
  const ctx = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const style = getComputedStyle(document.documentElement);
  const hex = (name: Name): string => {
    if (!ctx) return '#000000';
    ctx.clearRect(0, 0, 1, 1);
    ctx.fillStyle = style.getPropertyValue(`--${name}`).trim();
    ctx.fillRect(0, 0, 1, 1);
    const [r, g, b] = ctx.getImageData(0, 0, 1, 1).data;
    return `#${[r, g, b].map((n) => (n ?? 0).toString(16).padStart(2, '0')).join('')}`;
  };
  return Object.fromEntries(names.map((name) => [name, hex(name)])) as Record<Name, string>;
}

export function setTheme(monaco: typeof Monaco): void {
  const c = readColours();
  const dark = Number.parseInt(c.case.slice(1, 3), 16) < 128;
  const bare = (hex: string): string => hex.slice(1);
  monaco.editor.defineTheme('kubarium', {
    base: dark ? 'vs-dark' : 'vs',
    inherit: false,
    rules: [
      { token: '', foreground: bare(c.ink) },
      { token: 'type', foreground: bare(c['ink-2']) },
      { token: 'operators', foreground: bare(c['ink-2']) },
      { token: 'comment', foreground: bare(c['ink-3']) },
    ],
    colors: {
      'editor.background': c.case,
      'editor.foreground': c.ink,
      'editorLineNumber.foreground': c['ink-3'],
      'editorLineNumber.activeForeground': c['ink-2'],
      'editorCursor.foreground': c.ink,
      'editor.selectionBackground': c.marker,
      'editor.inactiveSelectionBackground': c.marker,
      'editor.lineHighlightBackground': c.well,
      'editorIndentGuide.background1': c.hair,
      'editorBracketMatch.border': c.rule,
      'editorBracketMatch.background': c.well,
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`editorBracketHighlight.foreground${n}`, c.ink])),
      'editorWidget.background': c.plate,
      'editorWidget.foreground': c.ink,
      'editorWidget.border': c.rule,
      'editorSuggestWidget.background': c.plate,
      'editorSuggestWidget.foreground': c.ink,
      'editorSuggestWidget.selectedBackground': c.well,
      'editorSuggestWidget.selectedForeground': c.ink,
      'editorSuggestWidget.highlightForeground': c.ink,
      'editorSuggestWidget.focusHighlightForeground': c.ink,
      'editorHoverWidget.background': c.plate,
      'editorHoverWidget.border': c.rule,
      'editorError.foreground': c.red,
      'editorWarning.foreground': c.amber,
      'editorInfo.foreground': c['ink-3'],
      'list.hoverBackground': c.well,
      focusBorder: c.focus,
      'scrollbarSlider.background': `${c.rule}66`,
      'scrollbarSlider.hoverBackground': `${c.rule}99`,
      'scrollbarSlider.activeBackground': c.rule,
      'textLink.foreground': c.ink,
    },
  });
  monaco.editor.setTheme('kubarium');
}
