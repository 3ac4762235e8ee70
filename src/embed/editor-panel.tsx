/** The manifest in an embed: the text alone, without Monaco. */
import { apply, useApplied } from '../app/editor/apply.ts';
import { EditorPanel } from '../app/editor/editor-panel.tsx';
import { useText } from '../app/editor/text.ts';
import { panelWords } from '../app/words/panels.en.ts';

export default function EmbedEditor() {
  const busy = useApplied((applied) => applied.busy);
  const changed = useText((state) => state.text !== state.applied);
  const t = panelWords.editor;
  return (
    <>
      <div className="tab-panel">
        <EditorPanel phone />
      </div>
      <button type="button" className={`btn figure-apply ${changed ? 'solid' : ''}`} aria-disabled={busy} onClick={() => void apply()}>
        {busy ? t.applying : t.apply}
        <kbd>{t.applyKeys}</kbd>
      </button>
    </>
  );
}
