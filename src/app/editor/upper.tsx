/** The upper half of the left column: Manifest, Lesson, Gallery. The latter two come when they are first shown. */
import { useWindowSize } from '../frame/window-size.ts';
import { Tabs } from '../inspector/tabs.tsx';
import { setUi, type UpperTab, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { panelWords } from '../words/panels.en.ts';
import { apply, useApplied } from './apply.ts';
import { EditorPanel } from './editor-panel.tsx';
import { Loaded } from './loaded.tsx';
import { StorageNotice } from './storage-notice.tsx';
import { useText } from './text.ts';

const tabs: readonly UpperTab[] = ['manifest', 'lesson', 'gallery'];
const loads = {
  lesson: () => import('../lesson/lesson.tsx').then(({ default: Panel, LessonTitle: Aside }) => ({ Panel, Aside })),
  gallery: () => import('../gallery/gallery.tsx').then(({ default: Panel, GalleryCount: Aside }) => ({ Panel, Aside })),
};

export function Upper() {
  const tab = useUi((ui) => ui.upperTab);
  // On a projector it is applied by its key.
  const present = useUi((ui) => ui.present);
  const phone = useWindowSize().width < 640;
  return (
    <>
      <Tabs id="upper" label={words.regions.upper} tabs={tabs} names={words.upper} current={tab} onChange={(upperTab) => setUi({ upperTab })}>
        {tab === 'manifest' ? !present && <ApplyButton /> : <Loaded key={tab} load={loads[tab]} part="Aside" />}
      </Tabs>
      <div className="tab-panel" role="tabpanel" id="upper-panel" aria-labelledby={`upper-${tab}`}>
        {tab === 'manifest' ? <EditorPanel phone={phone} /> : <Loaded key={tab} load={loads[tab]} part="Panel" />}
        <StorageNotice />
      </div>
    </>
  );
}

function ApplyButton() {
  const busy = useApplied((applied) => applied.busy);
  const changed = useText((state) => state.text !== state.applied);
  const t = panelWords.editor;
  return (
    <button
      type="button"
      className={`btn ${changed ? 'solid' : ''}`}
      aria-disabled={busy}
      title={changed ? t.notApplied : undefined}
      onClick={() => void apply()}
    >
      {busy ? t.applying : t.apply}
      <kbd>{t.applyKeys}</kbd>
    </button>
  );
}
