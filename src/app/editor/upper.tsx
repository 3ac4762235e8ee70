/** The upper half of the left column: Manifest, and Lesson and Gallery once they are there. */
import type { ComponentType } from 'react';
import { useWindowSize } from '../frame/window-size.ts';
import { Tabs } from '../inspector/tabs.tsx';
import { setUi, type UpperTab, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { panelWords } from '../words/panels.en.ts';
import { apply, useApplied } from './apply.ts';
import { EditorPanel } from './editor-panel.tsx';
import { useText } from './text.ts';

/** Panels beside the manifest; a tab is there when its panel is. `aside`: what stands at the right of the tabs. */
export const upperPanels: Partial<Record<Exclude<UpperTab, 'manifest'>, { Panel: ComponentType; Aside?: ComponentType }>> = {};

export function Upper() {
  const wanted = useUi((ui) => ui.upperTab);
  const phone = useWindowSize().width < 640;
  const tabs: UpperTab[] = ['manifest', ...(['lesson', 'gallery'] as const).filter((tab) => upperPanels[tab])];
  const tab = tabs.includes(wanted) ? wanted : 'manifest';
  const other = tab === 'manifest' ? undefined : upperPanels[tab];
  const Aside = other?.Aside;
  return (
    <>
      <Tabs id="upper" label={words.regions.upper} tabs={tabs} names={words.upper} current={tab} onChange={(upperTab) => setUi({ upperTab })}>
        {tab === 'manifest' ? <ApplyButton /> : Aside ? <Aside /> : null}
      </Tabs>
      <div className="tab-panel" role="tabpanel" id="upper-panel" aria-labelledby={`upper-${tab}`}>
        {other ? <other.Panel /> : <EditorPanel phone={phone} />}
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
