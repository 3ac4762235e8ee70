/** Ruler and lanes: one stop for the keyboard, roving from the ruler down the lanes. */
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { StateGlyph } from '../map/glyphs.tsx';
import { useFrame, useRun } from '../state/run.ts';
import { select, useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { nearest, panBy, xOf, zoomBy } from './axis.ts';
import { useBookmarks } from './bookmarks.ts';
import { type CanvasControl, LaneCanvas } from './canvas.tsx';
import { scrub, seekTo } from './controls.ts';
import { rowHeight, rulerHeight } from './draw.ts';
import { changesOf, intervalsInWords } from './lane-list.ts';
import type { Row } from './rows.ts';
import { timeText } from './time-text.ts';
import { useRows } from './use-rows.ts';
import { useScrub } from './use-scrub.ts';
import { currentAxis, setZoom, zoomKey } from './view.ts';

const t = panelWords.time;

export function Lanes({ width, height, names }: { width: number; height: number; names: number }) {
  const rows = useRows();
  const track = Math.max(1, width - names);
  const [at, setAt] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const control = useRef<CanvasControl>({ scrollTop: 0, hoverX: null, repaint: () => {} });
  const current = Math.min(at, rows.length - 1);
  useWheel(box, scroll, track, names);
  const move = (to: number): void => {
    const next = Math.max(-1, Math.min(rows.length - 1, to));
    setAt(next);
    box.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[current];
    if (event.key === 'ArrowDown') move(current + 1);
    else if (event.key === 'ArrowUp') move(current - 1);
    else if (event.key === 'PageUp' || event.key === 'PageDown') leap(event.key === 'PageUp' ? 1 : -1, track);
    else if (event.key === 'Home') seekTo(0);
    else if (event.key === 'End') seekTo(useRun.getState().knownUntilMs);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') go(row, event.key === 'ArrowRight' ? 1 : -1, track);
    else if (event.key === '+' || event.key === '=') zoomKey(0.5, track);
    else if (event.key === '-') zoomKey(2, track);
    else if (event.key === '0') setZoom(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the elements inside, which have the focus.
    <div ref={box} className="lanes" onKeyDown={onKeyDown} style={{ gridTemplateColumns: `${names}px minmax(0, 1fr)` }}>
      <div className="lanes-plate" style={{ left: names }}>
        <LaneCanvas width={track} height={height} rows={rows} control={control} />
      </div>
      <div className="lanes-corner" />
      <Ruler width={track} at={current} onFocus={() => setAt(-1)} />
      <div
        ref={scroll}
        className="lanes-scroll"
        // Lanes that do not fit are scrolled by keys too.
        {...(rows.length * rowHeight > height - rulerHeight ? { tabIndex: 0, role: 'group', 'aria-label': t.lanes } : {})}
        onScroll={(event) => {
          control.current.scrollTop = event.currentTarget.scrollTop;
          control.current.repaint();
        }}
        style={{ height: height - rulerHeight }}
      >
        <ul className="lanes-rows" aria-label={t.lanes} style={{ height: rows.length * rowHeight }}>
          {rows.map((row, i) => (
            <LaneRow key={row.id} row={row} i={i} current={i === current} names={names} track={track} onFocus={setAt} />
          ))}
        </ul>
      </div>
    </div>
  );
}

/** A tenth of what the axis shows, and no further than is known. */
function leap(by: 1 | -1, width: number): void {
  const { nowMs, knownUntilMs } = useRun.getState();
  const axis = currentAxis(width);
  seekTo(Math.round(Math.max(0, Math.min(knownUntilMs, nowMs + (by * (axis.toMs - axis.fromMs)) / 10))));
}

function go(row: Row | undefined, by: 1 | -1, width: number): void {
  const { nowMs, marks } = useRun.getState();
  const axis = currentAxis(width);
  if (!row) {
    scrub(by, axis.toMs - axis.fromMs);
    return;
  }
  const changes = changesOf(row, marks);
  const next = by > 0 ? changes.find((ms) => ms > nowMs) : changes.findLast((ms) => ms < nowMs);
  if (next !== undefined) seekTo(next);
}

function Ruler({ width, at, onFocus }: { width: number; at: number; onFocus(): void }) {
  const nowMs = useFrame((run) => run.nowMs);
  const known = useFrame((run) => Math.max(run.knownUntilMs, run.nowMs));
  const scrubbing = useScrub(width);
  const times = useBookmarks((state) => state.times);
  const axis = currentAxis(width);
  const span = axis.toMs - axis.fromMs;
  return (
    <div
      className="lanes-ruler"
      role="slider"
      tabIndex={at === -1 ? 0 : -1}
      data-at={-1}
      aria-label={t.ruler}
      aria-valuemin={0}
      aria-valuemax={known}
      aria-valuenow={nowMs}
      aria-valuetext={timeText(nowMs)}
      aria-description={times.length > 0 ? t.bookmarks(times.map(timeText).join(', ')) : undefined}
      data-span-ms={span}
      title={t.rulerHint}
      onFocus={onFocus}
      onDoubleClick={() => setZoom(null)}
      {...scrubbing}
    />
  );
}

interface RowProps {
  row: Row;
  i: number;
  current: boolean;
  names: number;
  track: number;
  onFocus(i: number): void;
}

function LaneRow({ row, i, current, names, track, onFocus }: RowProps) {
  const selected = useUi((ui) => row.about !== '' && ui.selectedId === row.about);
  const list = useId();
  const click = (event: MouseEvent<HTMLElement>): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - names;
    if (x >= 0 && event.detail > 0) {
      const axis = currentAxis(track);
      const ms = nearest(changesOf(row, useRun.getState().marks), axis.fromMs + (x / track) * (axis.toMs - axis.fromMs));
      if (Math.abs(xOf(axis, ms) - x) <= 6) seekTo(ms);
    }
    if (row.about) select(row.about);
  };
  return (
    <li className={`lane ${selected && row.strong ? 'marked' : ''}`} style={{ height: rowHeight, transform: `translateY(${i * rowHeight}px)` }}>
      <button
        type="button"
        data-at={i}
        tabIndex={current ? 0 : -1}
        aria-describedby={list}
        aria-pressed={row.about ? selected : undefined}
        onFocus={() => onFocus(i)}
        onClick={click}
      >
        <span className="lane-name" style={{ width: names }} title={row.lane?.label}>
          {row.strong ? <b>{row.label}</b> : <span>{row.label}</span>}
          {row.family ? <StateGlyph family={row.family} /> : <i className="glyph" />}
        </span>
      </button>
      <Intervals id={list} row={row} />
    </li>
  );
}

/** Made anew once a second while the run goes on. */
function Intervals({ id, row }: { id: string; row: Row }) {
  const second = useFrame((run) => Math.floor(run.nowMs / 1000));
  const marks = useFrame((run) => run.marks);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the present is read once a second.
  const lines = useMemo(() => intervalsInWords(row, marks, useRun.getState().nowMs), [row, marks, second]);
  return (
    <ol id={id} className="unseen">
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a list of words, made anew as a whole.
        <li key={i}>{line}</li>
      ))}
    </ol>
  );
}

/** Over the ruler, or with Ctrl: zoom. Sideways: move. Otherwise the lanes scroll when they do not fit, and zoom when they do. */
function useWheel(box: { current: HTMLElement | null }, scroll: { current: HTMLElement | null }, width: number, names: number): void {
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      const area = element.getBoundingClientRect();
      const [x, y] = [event.clientX - area.left - names, event.clientY - area.top];
      const list = scroll.current;
      const scrolls = list !== null && list.scrollHeight > list.clientHeight + 1;
      if (x < 0) return;
      const axis = currentAxis(width);
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) setZoom(panBy(axis, event.deltaX || event.deltaY));
      else if (y < rulerHeight || event.ctrlKey || event.metaKey || !scrolls) setZoom(zoomBy(axis, Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), x));
      else return;
      event.preventDefault();
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [box, scroll, width, names]);
}
