/** "Why?": each row leads to its moment, the last one to the line of the manifest. */
import { useEffect, useMemo, useState } from 'react';
import { markLine, showLine } from '../editor/marked.ts';
import { MessageGlyph } from '../map/glyphs.tsx';
import { useRecord } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
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

function Decided({ decided: { line, path, text } }: { decided: WhyLine }) {
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
        <button type="button" title={t.showLine(line)} onClick={() => showLine(line)}>
          {words}
        </button>
      )}
    </li>
  );
}
