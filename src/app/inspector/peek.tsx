/** The phone's line about what is selected. */
import { StateGlyph } from '../map/glyphs.tsx';
import { useRecord } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { setUi, useUi } from '../state/ui.ts';
import { shortName } from '../timebar/rows.ts';
import { panelWords } from '../words/panels.en.ts';
import { podNext } from './pod.tsx';
import './inspector.css';

const t = panelWords.inspector;

export function Peek() {
  const record = useRecord(useUi((ui) => ui.selectedId));
  const nowMs = useFrame((run) => Math.floor(run.nowMs / 100) * 100);
  if (!record) return null;
  const title =
    record.type === 'pod'
      ? record.family === 'notReady'
        ? t.notReady(record.status)
        : record.status
      : record.type === 'node'
        ? record.status
        : record.type === 'component'
          ? record.title
          : record.type === 'kernel'
            ? record.table
            : 'name' in record
              ? record.name
              : '';
  const family = 'family' in record ? record.family : null;
  const right = record.type === 'pod' ? shortName(record.name) : record.type === 'node' ? record.name : record.type === 'component' ? record.right : '';
  const line =
    record.type === 'pod'
      ? record.message || podNext(record, nowMs)
      : record.type === 'component'
        ? record.facts.map((pair) => pair.filter(Boolean).join(' ')).join(', ')
        : record.type === 'object'
          ? record.summary
          : '';
  return (
    <button type="button" className="peek" onClick={() => setUi({ phoneTab: 'why', lowerTab: 'inspector' })}>
      <span className="peek-title">
        {family && <StateGlyph family={family} />}
        <b>{title}</b>
        <small>{right}</small>
      </span>
      <span className="peek-line">{line}</span>
    </button>
  );
}
