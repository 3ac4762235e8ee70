/** The keys, and what of the page can be set. */
import { setUi, type Theme, type UiState, useUi } from '../state/ui.ts';
import { type Language, languages } from '../words/language.ts';
import { panelWords } from '../words/panels.en.ts';
import { Popover } from './popover.tsx';

const t = panelWords.keys;
const p = panelWords.palette;

export function KeysDialog() {
  return (
    <Popover dialog="keys" label={t.title} width={420} className="keys" centred>
      <div className="keys-head">
        <h2>{t.title}</h2>
        <button type="button" className="btn bare" onClick={() => setUi({ dialog: null })}>
          {panelWords.close}
          <kbd>{panelWords.closeKeys}</kbd>
        </button>
      </div>
      <dl className="keys-list">
        {t.list.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Settings />
    </Popover>
  );
}

export function Settings() {
  const { theme, motion, singleKeys, language } = useUi();
  return (
    <div className="settings">
      <label>
        {t.theme}
        <select value={theme} onChange={(event) => setUi({ theme: event.currentTarget.value as Theme })}>
          {Object.entries(p.themes).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.motion}
        <select value={motion} onChange={(event) => setUi({ motion: event.currentTarget.value as UiState['motion'] })}>
          {Object.entries(p.motions).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.language}
        <select value={language} onChange={(event) => setUi({ language: event.currentTarget.value as Language })}>
          {Object.entries(languages).map(([value, name]) => (
            <option key={value} value={value} lang={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.single}
        <input type="checkbox" checked={singleKeys} onChange={(event) => setUi({ singleKeys: event.currentTarget.checked })} />
      </label>
    </div>
  );
}
