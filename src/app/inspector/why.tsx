/** "Why?": each row leads to its moment, the last one to the line of the manifest. */
import { useEffect, useMemo, useState } from 'react';
import { markLine, showLine } from '../editor/marked.ts';
import { currentSurface } from '../editor/surface.ts';
import { MessageGlyph } from '../map/glyphs.tsx';
import { useRecord } from '../state/records.ts';
import { useFrame, useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { setUi } from '../state/ui.ts';
import { seekTo } from '../timebar/controls.ts';
import { stampText, timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { useAsked } from './use-asked.ts';
import { type WhyLine, whyRows } from './why-rows.ts';

const t = panelWords.inspector;

export function Why({ about }: { about: string }) {
  const record = useRecord(about);
  const resets = useFrame((run) => run.resets);
  const again = useMemo(() => ({ record, resets }), [record, resets]);
  const { answer } = useAsked({ q: 'why', about }, again, 1000);
  const [all, setAll] = useState(false);
  const { rows, decided, hidden } = useMemo(() => whyRows(answer ?? []), [answer]);
  const line = decided?.line ?? null;
  useEffect(() => {
    markLine(line);
    return () => markLine(null);
  }, [line]);
  return (
    <section className="why" aria-label={t.why}>
      <h3>{t.why}</h3>
      {answer === null && <p className="quiet">{t.whyAsking}</p>}
      {answer?.length === 0 && <p className="quiet">{t.whyNothing}</p>}
      <ol>
        {(all ? whyRows(answer ?? []).rows : rows).map((row, i) => (
          <li key={row.key} className={row.decided && !decided && i === rows.length - 1 ? 'marked' : ''}>
            <button type="button" title={t.seek(timeText(row.atMs))} onClick={() => seekTo(row.atMs)}>
              <time>{stampText(row.atMs)}</time>
              <MessageGlyph message={{ kind: row.kind, text: row.text, reply: false }} />
              <span>
                {row.who && <b>{row.who} </b>}
                {row.text}
              </span>
            </button>
          </li>
        ))}
        {decided && <Decided decided={decided} />}
      </ol>
      {hidden > 0 && !all && (
        <button type="button" className="link" onClick={() => setAll(true)} hidden>
          {t.more(hidden)}
        </button>
      )}
    </section>
  );
}

/** To the moment at which the line decided, with the cursor in it: what is applied there makes another run. */
function whatIf(line: number, atMs: number): void {
  if (useRun.getState().playing) session.pause();
  seekTo(atMs);
  if (innerWidth < 640) setUi({ phoneTab: 'manifest' });
  showLine(line);
  // The editor may have to be shown first.
  requestAnimationFrame(() => requestAnimationFrame(() => currentSurface()?.goTo(line)));
}

function Decided({ decided: { line, path, text, atMs } }: { decided: WhyLine }) {
  const field = path.slice(path.indexOf(': ') + 2);
  const name = field.slice(field.lastIndexOf('.') + 1);
  const words = (
    <>
      <time>{line === null ? t.whyDefault : t.whyLine(line)}</time>
      <MessageGlyph message={{ kind: 'rules', text: '', reply: false }} />
      <span>
        {text ? (
          <code>{text}</code>
        ) : (
          <>
            <b>{name}</b> <code>{field}</code>
          </>
        )}
      </span>
    </>
  );
  return (
    <li className="marked">
      {line === null ? (
        <div className="why-row">{words}</div>
      ) : (
        <div className="why-decided">
          <button type="button" title={t.showLine(line)} onClick={() => showLine(line)}>
            {words}
          </button>
          <button type="button" className="btn why-what-if" title={t.whatIfHint(timeText(atMs))} onClick={() => whatIf(line, atMs)}>
            {t.whatIf}
          </button>
        </div>
      )}
    </li>
  );
}
