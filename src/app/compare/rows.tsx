/** Messages of two runs, in order of time. Only the rows in sight are made. */

import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { CompareResult } from '../../session/protocol.ts';
import { MessageGlyph } from '../map/glyphs.tsx';
import { focusRow } from '../state/focus-row.ts';
import { seekTo } from '../timebar/controls.ts';
import { stampText } from '../timebar/time-text.ts';
import { compareWords as t } from '../words/compare.en.ts';
import { useCompare } from './store.ts';

const rowHeight = 26;

type Row = CompareResult['rows'][number];
type Side = NonNullable<Extract<Row, { row: 'pair' }>['pair']['a']>;

export function CompareRows({ result }: { result: CompareResult }) {
  const { rows, first, differences } = result;
  const at = useCompare((compare) => compare.at);
  const goal = differences[at]?.row ?? null;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const [current, setCurrent] = useState(first?.row ?? 0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const read = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || goal === null) return;
    setCurrent(goal);
    element.scrollTop = Math.max(0, goal * rowHeight - element.clientHeight / 4);
  }, [goal]);
  const from = Math.max(0, Math.floor(view.top / rowHeight) - 4);
  const to = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + 4);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[event.key];
    const element = box.current;
    if (by === undefined || !element) return;
    const next = Math.max(0, Math.min(rows.length - 1, current + by));
    setCurrent(next);
    focusRow(element, next, rowHeight);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows inside, which have the focus.
    <div
      ref={box}
      className="compare-scroll"
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <ul aria-label={t.list} style={{ height: rows.length * rowHeight, position: 'relative' }}>
        {rows.slice(from, to).map((row, i) => {
          const index = from + i;
          return (
            <li key={index} className="compare-item" style={{ top: index * rowHeight, height: rowHeight }}>
              <RowButton
                row={row}
                index={index}
                stop={index === current || (i === 0 && (current < from || current >= to))}
                marked={index === goal || index === first?.row}
                before={first !== null && index < first.row}
                onFocus={setCurrent}
              />
            </li>
          );
        })}
      </ul>
      {first === null && <p className="compare-note">{t.equal}</p>}
      {result.rowsLeft > 0 && <p className="compare-note">{t.rowsLeft(result.rowsLeft)}</p>}
    </div>
  );
}

interface RowProps {
  row: Row;
  index: number;
  stop: boolean;
  marked: boolean;
  /** Before the first difference. */
  before: boolean;
  onFocus(index: number): void;
}

function RowButton({ row, index, stop, marked, before, onFocus }: RowProps) {
  const atMs = row.row === 'fold' ? row.untilMs : row.pair.atMs;
  const common = { type: 'button' as const, 'data-row': index, tabIndex: stop ? 0 : -1, onFocus: () => onFocus(index), onClick: () => seekTo(atMs) };
  if (row.row === 'fold')
    return (
      <button {...common} className="compare-row fold">
        <time />
        <span>
          {before ? t.same(row.count) : t.fold(row.count)}
          {row.laterMs !== 0 && `, ${t.upTo(row.laterMs)}`}
        </span>
      </button>
    );
  const { pair } = row;
  const { a, b } = pair;
  return (
    <button {...common} className={`compare-row ${pair.what} ${marked ? 'marked' : ''}`}>
      <time>{stampText(atMs)}</time>
      {pair.what === 'same' && a ? (
        <span className="both">
          <Message side={a} />
          {pair.laterMs !== 0 && <em>{t.later(pair.laterMs)}</em>}
        </span>
      ) : (
        <>
          <span>{a && <Message side={a} />}</span>
          <span>{b && <Message side={b} />}</span>
        </>
      )}
    </button>
  );
}

function Message({ side }: { side: Side }) {
  const { fromName, toName, text, detail } = side;
  const whole = `${fromName} → ${toName} ${text}${detail ? `: ${detail}` : ''}`;
  return (
    <span className="compare-message" title={whole}>
      <MessageGlyph message={side} />
      <span>
        <b>{fromName}</b>
        {toName !== fromName && (
          <>
            {' → '}
            <b>{toName}</b>
          </>
        )}{' '}
        {text}
        {detail && (
          <>
            {' '}
            <b>{detail}</b>
          </>
        )}
      </span>
    </span>
  );
}
