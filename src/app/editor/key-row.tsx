/** Keys that a phone's keyboard hides. */
import { panelWords } from '../words/panels.en.ts';
import type { Surface } from './surface.ts';

export function KeyRow({ surface }: { surface: Surface }) {
  const t = panelWords.editor.keys;
  const keys: [string, string, () => void][] = [
    ['⇥', t.indent, () => surface.indent(1)],
    ['⇤', t.outdent, () => surface.indent(-1)],
    [':', t.colon, () => surface.insert(': ')],
    ['-', t.dash, () => surface.insert('- ')],
    ['{ }', t.braces, () => surface.insert('{ }')],
    ['↶', t.undo, () => surface.undo()],
  ];
  return (
    <div className="key-row" role="toolbar" aria-label={t.label}>
      {keys.map(([sign, label, act]) => (
        // The text area keeps the focus, and with it the screen's keyboard.
        <button type="button" key={label} aria-label={label} onPointerDown={(event) => event.preventDefault()} onClick={act}>
          {sign}
        </button>
      ))}
    </div>
  );
}
