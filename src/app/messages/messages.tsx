/** Messages in words: what the dots show, newest first. Only the rows in sight are made. */

import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { MessageKind, MessageRecord } from '../../core/index.ts';
import { MessageGlyph } from '../map/glyphs.tsx';
import { focusRow } from '../state/focus-row.ts';
import { useFrame, useRun } from '../state/run.ts';
import { session, togglePlay } from '../state/session.ts';
import { setUi, useUi } from '../state/ui.ts';
import { seekTo } from '../timebar/controls.ts';
import { shortName } from '../timebar/rows.ts';
import { stampText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { partsOf, passes, useFilter } from './filter.ts';
import './messages.css';

const t = panelWords.messages;
const rowHeight = 24;
const page = 200;
/** No part is called so. */
const chosen = '*';

export function MessagesAside() {
  const { kind, part, selected } = useFilter();
  const anything = useUi((ui) => ui.selectedId !== '');
  const messages = useFrame((run) => run.messages);
  const names = useMemo(() => partsOf(messages), [messages]);
  return (
    <div className="msg-filters">
      <select
        aria-label={t.part}
        value={selected && anything ? chosen : part}
        onChange={(event) => {
          const { value } = event.currentTarget;
          useFilter.setState(value === chosen ? { part: '', selected: true } : { part: value, selected: false });
        }}
      >
        <option value="">{t.allParts}</option>
        {anything && <option value={chosen}>{t.selected}</option>}
        {(names.includes(part) || part === '' ? names : [part, ...names]).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select aria-label={t.kind} value={kind} onChange={(event) => useFilter.setState({ kind: event.currentTarget.value as MessageKind | '' })}>
        <option value="">{t.allKinds}</option>
        {Object.entries(t.kinds).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Messages() {
  const filter = useFilter();
  const selectedId = useUi((ui) => ui.selectedId);
  const newest = useFrame((run) => run.messages);
  const { older, more, loadMore } = useOlder();
  const rows = useMemo(() => {
    const all = older.length > 0 ? [...older, ...newest] : newest;
    return all.filter((m) => passes(m, filter, selectedId)).reverse();
  }, [older, newest, filter, selectedId]);
  const playing = useFrame((run) => run.playing);
  if (rows.length === 0)
    return (
      <div className="msg-empty">
        <p>{t.empty}</p>
        {!playing && (
          <button type="button" className="btn" onClick={togglePlay}>
            {t.play}
          </button>
        )}
        {more && (
          <button type="button" className="btn bare" onClick={loadMore}>
            {t.older}
          </button>
        )}
      </div>
    );
  return <Rows rows={rows} more={more} loadMore={loadMore} />;
}

function Rows({ rows, more, loadMore }: { rows: readonly MessageRecord[]; more: boolean; loadMore(): void }) {
  const focusedSeq = useUi((ui) => ui.focusedSeq);
  const calm = useFrame((run) => !run.playing || run.speed <= 1);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  const [current, setCurrent] = useState('');
  useStaying(box, rows);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const read = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - 4);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + 4);
  const at = Math.max(
    0,
    rows.findIndex((m) => keyOf(m) === current),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[event.key];
    const element = box.current;
    if (by === undefined || !element) return;
    const next = Math.max(0, Math.min(rows.length - 1, at + by));
    setCurrent(keyOf(rows[next] as MessageRecord));
    focusRow(element, next, rowHeight);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
      className="msg-scroll"
      role="log"
      aria-label={t.label}
      aria-live={calm ? 'polite' : 'off'}
      aria-relevant="additions"
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: rows.length * rowHeight, position: 'relative' }}>
        {rows.slice(first, last).map((m, i) => (
          <Row
            key={keyOf(m)}
            message={m}
            i={first + i}
            stop={first + i === at || (i === 0 && (at < first || at >= last))}
            chosen={m.seq === focusedSeq}
            onFocus={setCurrent}
          />
        ))}
      </div>
      {more && (
        <button
          type="button"
          className="btn bare msg-older"
          onClick={loadMore}
          // What only the keyboard's way past it brought into view goes back to the newest.
          onBlur={(event) => {
            const to = event.relatedTarget;
            if (box.current && to instanceof Node && !box.current.contains(to)) box.current.scrollTop = 0;
          }}
        >
          {t.older}
        </button>
      )}
    </div>
  );
}

/** Names that a controller made, as the lanes have them; others whole. */
const podShort = (name: string): string => (/^[a-z0-9.-]+-[a-z0-9]{5}$/.test(name) ? shortName(name) : name);

const keyOf = (m: MessageRecord): string => `${m.seq}-${m.atMs}-${m.to}`;

interface RowProps {
  message: MessageRecord;
  i: number;
  stop: boolean;
  chosen: boolean;
  onFocus(key: string): void;
}

function Row({ message: m, i, stop, chosen, onFocus }: RowProps) {
  const go = (): void => {
    setUi({ focusedSeq: m.seq });
    if (m.atMs !== useRun.getState().nowMs) seekTo(m.atMs);
  };
  return (
    <button
      type="button"
      data-row={i}
      className={`msg-row ${chosen ? 'marked' : ''}`}
      style={{ height: rowHeight, transform: `translateY(${i * rowHeight}px)` }}
      tabIndex={stop ? 0 : -1}
      onFocus={() => onFocus(keyOf(m))}
      onClick={go}
      title={m.text}
    >
      <time>{stampText(m.atMs)}</time>
      <MessageGlyph message={m} />
      <span>
        <b>{podShort(m.fromName)}</b>
        {m.toName !== m.fromName && (
          <>
            {' → '}
            <b>{podShort(m.toName)}</b>
          </>
        )}{' '}
        {m.text}
        {m.outcome !== 'ok' && <em> {t[m.outcome]}</em>}
      </span>
    </button>
  );
}

/** Who reads further down keeps what is read in place when new rows come above. */
function useStaying(box: { current: HTMLElement | null }, rows: readonly MessageRecord[]): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const element = box.current;
    const top = before.current[0];
    if (element && top && element.scrollTop > rowHeight && rows !== before.current) {
      const added = rows.indexOf(top);
      if (added > 0) element.scrollTop += added * rowHeight;
    }
    before.current = rows;
  }, [box, rows]);
}

/** Messages from before those that the page keeps; forgotten when the run starts anew. */
function useOlder(): { older: readonly MessageRecord[]; more: boolean; loadMore(): void } {
  const resets = useFrame((run) => run.resets);
  const [older, setOlder] = useState<{ resets: number; list: MessageRecord[]; more: boolean }>({ resets, list: [], more: true });
  const mine = older.resets === resets ? older : { resets, list: [], more: true };
  const loadMore = (): void => {
    const first = mine.list[0] ?? useRun.getState().messages[0];
    session.query({ q: 'messages', beforeSeq: first?.seq ?? 0, limit: page }).then(
      (list) => setOlder({ resets, list: [...list, ...mine.list].slice(-4000), more: list.length > 0 }),
      () => setOlder({ ...mine, more: false }),
    );
  };
  return { older: mine.list, more: mine.more, loadMore };
}
