/** What applying did, in kubectl's words; errors of the text where Monaco cannot show them; a draft kept aside. */
import { StateGlyph } from '../map/glyphs.tsx';
import { useFrame } from '../state/run.ts';
import { stampText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { forgetApplied, useApplied } from './apply.ts';
import { useCheck } from './check.ts';
import { dropAside, restoreAside, useText } from './text.ts';

const t = panelWords.editor;

export function Outcome() {
  const { atMs, out, err } = useApplied();
  const later = useFrame((run) => atMs !== null && run.nowMs < atMs);
  return (
    <div className="outcome" role="status">
      {atMs !== null && !later && (
        <div className={`outcome-box ${err ? 'bad' : ''}`}>
          <time>{stampText(atMs)}</time>
          <div>
            {out && <pre>{out.trimEnd()}</pre>}
            {err && <pre>{err.trimEnd()}</pre>}
          </div>
          <button type="button" className="btn bare" aria-label={t.dismiss} onClick={forgetApplied}>
            ×
          </button>
        </div>
      )}
    </div>
  );
}

export function PlainErrors() {
  const diagnostics = useCheck((check) => check.diagnostics);
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (errors.length === 0) return null;
  return (
    <ul className="plain-errors" aria-label={t.errors}>
      {errors.slice(0, 20).map((d) => (
        <li key={`${d.line}:${d.column}:${d.message}`}>
          <StateGlyph family="failed" />
          <span>
            <b>{t.line(d.line)}</b> {d.message}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function AsideNotice() {
  const aside = useText((state) => state.aside);
  if (!aside) return null;
  return (
    <div className="editor-notice" role="status">
      <p>{t.aside}</p>
      <button type="button" className="btn" onClick={restoreAside}>
        {t.bringBack}
      </button>
      <button type="button" className="btn bare" onClick={dropAside}>
        {t.discard}
      </button>
    </div>
  );
}
