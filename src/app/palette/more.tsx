/** What the header has no room for. */

import { exportKinds, takeAlong } from '../export/take.ts';
import { useWindowSize } from '../frame/window-size.ts';
import { useRecord } from '../state/records.ts';
import { session } from '../state/session.ts';
import { openOverlay, setUi, type UiState } from '../state/ui.ts';
import { Buttons, Speed } from '../timebar/clock.tsx';
import { words } from '../words/en.ts';
import { panelWords } from '../words/panels.en.ts';
import { Settings } from './keys-dialog.tsx';
import { Popover } from './popover.tsx';

export function More() {
  const phone = useWindowSize().width < 640;
  const mode = useRecord<'cluster'>('cluster')?.proxyMode;
  const opens = (dialog: UiState['dialog'], label: string) => (
    <button type="button" className="menu-row as-button" onClick={() => setUi({ dialog })}>
      {label}
    </button>
  );
  return (
    <Popover dialog="more" label={panelWords.more.title} width={260}>
      {phone && (
        <section className="more-time" aria-label={panelWords.more.time}>
          <Buttons />
          <Speed />
        </section>
      )}
      <button type="button" className="menu-row as-button" onClick={() => openOverlay('lens')}>
        {words.header.lens}
      </button>
      {opens('faults', words.header.faults)}
      {opens('share', words.header.share)}
      {exportKinds.map((kind) => (
        <button
          key={kind}
          type="button"
          className="menu-row as-button"
          onClick={() => {
            setUi({ dialog: null });
            takeAlong(kind);
          }}
        >
          {panelWords.palette.exports[kind]}
        </button>
      ))}
      {opens('palette', words.header.find)}
      {opens('keys', panelWords.keys.title)}
      <hr />
      {mode && (
        <div className="settings">
          <label>
            {words.header.proxyMode}
            <select
              value={mode}
              onChange={(event) => {
                session.command({ type: 'setOption', option: 'proxyMode', value: event.currentTarget.value as typeof mode }).catch(() => {});
              }}
            >
              {Object.entries(words.header.modes).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <Settings />
    </Popover>
  );
}
