/** The document at the cursor as the API server has it: what nobody wrote is dimmed, what was written otherwise is marked. */
import { useEffect, useState } from 'react';
import type { StoredLine } from '../../session/protocol.ts';
import { useRecord } from '../state/records.ts';
import { session } from '../state/session.ts';
import { panelWords } from '../words/panels.en.ts';
import { useText } from './text.ts';

const t = panelWords.editor.stored;

export default function StoredView({ line }: { line: number }) {
  const text = useText((state) => state.text);
  const revision = useRecord<'cluster'>('cluster')?.resourceVersion ?? 0;
  const [lines, setLines] = useState<StoredLine[] | null | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when anything was written.
  useEffect(() => {
    let here = true;
    const timer = setTimeout(() => {
      session.query({ q: 'stored', text, line }).then(
        (answer) => here && setLines(answer.lines),
        () => here && setLines(null),
      );
    }, 120);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [text, line, revision]);
  if (lines === undefined) return null;
  if (lines === null) return <p className="stored-note">{t.none}</p>;
  return (
    <>
      <p className="stored-note">{t.legend(lines.filter((l) => l.of === 'default').length, lines.filter((l) => l.of === 'changed').length)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <section className="stored" tabIndex={0} aria-label={t.label}>
        <pre>
          {lines.map((l, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are their places.
            <span key={i} className={l.of}>
              <i>{l.of === 'written' ? ' ' : l.of === 'default' ? '+' : '≠'}</i>
              {l.text}
              {'\n'}
            </span>
          ))}
        </pre>
      </section>
    </>
  );
}
