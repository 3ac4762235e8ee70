// biome-ignore-all lint/a11y/useSemanticElements: a table of a million pixels is laid out by hand.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, aria-activedescendant says the row.
/** Rows of 20, of which only those in sight exist; keys go from row to row; a strip shows the whole chain. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type Joins, useJoins } from '../lens/joins.ts';
import { shortRule } from '../lens/rows.ts';
import { setUi, useUi } from '../state/ui.ts';
import { number } from '../words/en.ts';
import { lensWords as words } from '../words/lens.en.ts';
import type { Line, Met } from './lines.ts';
import { type ChainOf, usePages } from './pages.ts';

const t = words.rules;
const rowHeight = 20;
const spare = 12;
/** Browsers draw nothing beyond some ten million pixels. */
const mostPixels = 8_000_000;

interface Props {
  of: ChainOf;
  total: number;
  met: Met | null;
  /** Null: the whole chain. */
  lines: readonly Line[] | null;
  again: unknown;
  /** The row to stand at, from 1; 0: none. */
  place: number;
  onPlace(place: number): void;
  onJump(): void;
  onChain(chain: string): void;
  onText(text: string): void;
}

export function Table({ of, total, met, lines, again, place, onPlace, onJump, onChain, onText }: Props) {
  const joins = useJoins();
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [tall, setTall] = useState(400);
  const count = lines?.length ?? total;
  const pixels = Math.min(mostPixels, count * rowHeight);
  const firstLine = Math.max(0, Math.min(count - 1, Math.floor((top / Math.max(1, pixels)) * count) - spare));
  const lastLine = Math.min(count, firstLine + Math.ceil(tall / rowHeight) + 2 * spare);
  const inSight = lines?.slice(firstLine, lastLine) ?? wholeLines(firstLine, lastLine, met);
  const wanted = inSight.filter((l) => l.kind === 'row').map((l) => (l as Extract<Line, { kind: 'row' }>).row);
  const head = usePages(lines ? of : null, 0, 0, again);
  const middle = usePages(lines ? of : null, near(met) - 5, near(met), again);
  const tail = usePages(lines ? of : null, total - 2, total - 1, again);
  const pages = usePages(lines ? null : of, wanted[0] ?? 0, wanted[wanted.length - 1] ?? 0, again);
  const rowAt = (i: number) => (lines ? (middle.row(i) ?? head.row(i) ?? tail.row(i)) : pages.row(i));
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setTall(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another chain begins at its top.
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [of.table, of.chain, of.mode, lines === null]);
  useEffect(() => {
    const element = scroller.current;
    if (!element || place === 0) return;
    const line = lines ? lines.findIndex((l) => l.kind === 'row' && l.row === place - 1) : place - 1;
    if (line < 0) return;
    const y = (line / Math.max(1, count)) * pixels;
    if (y < element.scrollTop || y > element.scrollTop + element.clientHeight - rowHeight) element.scrollTo({ top: Math.max(0, y - element.clientHeight / 3) });
  }, [place, lines, count, pixels]);
  const current = place > 0 ? rowAt(place - 1) : undefined;
  useEffect(() => {
    onText(current?.text ?? '');
  }, [current?.text, onText]);
  const step = (by: number): void => {
    if (lines) {
      const rows = lines.filter((l): l is Extract<Line, { kind: 'row' }> => l.kind === 'row').map((l) => l.row + 1);
      const at = rows.indexOf(place);
      onPlace(rows[Math.max(0, Math.min(rows.length - 1, at + by))] ?? 1);
    } else onPlace(Math.max(1, Math.min(total, place + by)));
  };
  const page = Math.max(1, Math.floor(tall / rowHeight) - 1);
  const keys = new Map<string, () => void>([
    ['ArrowDown', () => step(1)],
    ['ArrowUp', () => step(-1)],
    ['PageDown', () => step(page)],
    ['PageUp', () => step(-page)],
    ['Home', () => onPlace(1)],
    ['End', () => onPlace(total)],
    ['Enter', () => current?.calls && onChain(current.calls)],
    ['j', onJump],
  ]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys.get(event.key);
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="rules-table">
      <div className="rules-heads" aria-hidden="true">
        <span>{t.columns.place}</span>
        <span>{t.columns.packets}</span>
        <span>{t.columns.rule}</span>
        <span>{t.columns.origin}</span>
      </div>
      <div
        ref={scroller}
        className="rules-rows"
        role="grid"
        tabIndex={0}
        aria-label={t.grid(of.chain)}
        aria-rowcount={total}
        aria-activedescendant={current ? `rule-${place}` : undefined}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: pixels, position: 'relative' }}>
          <div role="presentation" style={{ position: 'absolute', insetInline: 0, top: (firstLine / Math.max(1, count)) * pixels }}>
            {inSight.map((line) => (
              <LineRow
                key={line.key}
                line={line}
                row={line.kind === 'row' ? rowAt(line.row) : undefined}
                place={place}
                joins={joins}
                onPlace={onPlace}
                onChain={onChain}
              />
            ))}
          </div>
        </div>
      </div>
      <Strip total={total} met={met} at={lines ? place : Math.round((top / Math.max(1, pixels)) * total) + 1} onPlace={onPlace} />
      {pages.error && <p role="alert">{pages.error}</p>}
    </div>
  );
}

const near = (met: Met | null): number => met?.matched[met.matched.length - 1] ?? met?.far ?? 1;

function wholeLines(from: number, to: number, met: Met | null): Line[] {
  const out: Line[] = [];
  for (let row = from; row < to; row += 1)
    out.push({ kind: 'row', row, key: `row ${row}`, matched: met && row + 1 <= met.far ? met.matched.includes(row + 1) : null });
  return out;
}

interface RowProps {
  line: Line;
  row: { place: number; packets: number; text: string; calls: string; origin: string } | undefined;
  place: number;
  joins: Joins;
  onPlace(place: number): void;
  onChain(chain: string): void;
}

function LineRow({ line, row, place, joins, onPlace, onChain }: RowProps) {
  const text = line.kind === 'step' ? line.step.text : (row?.text ?? '');
  const about = joins.of({ text, ...(line.kind === 'step' && line.step.chain ? { chain: line.step.chain } : {}) });
  const marked = useUi((ui) => about.length > 0 && (about.includes(ui.hoveredId) || (ui.selectedId !== '' && about.includes(ui.selectedId))));
  if (line.kind === 'gap')
    return (
      <div role="row" className="rules-gap">
        <span role="gridcell">{line.after ? t.after(line.rules) : t.before(line.rules)}</span>
      </div>
    );
  if (line.kind === 'chain')
    return (
      <div role="row" className="rules-called" style={{ paddingLeft: 110 + line.depth * 14 }}>
        <span role="gridcell" className="mono">
          {line.name}
        </span>
      </div>
    );
  const inside = line.kind === 'step';
  const matched = inside ? line.step.matched === true : line.matched;
  const nth = inside ? (line.step.place ?? 0) : line.row + 1;
  const here = !inside && place === nth;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys.
    <div
      role="row"
      id={inside ? undefined : `rule-${nth}`}
      aria-rowindex={inside ? undefined : nth}
      aria-selected={here}
      tabIndex={-1}
      className={`rules-row ${matched ? 'hit' : ''} ${here || marked ? 'marked' : ''} ${here ? 'here' : ''}`}
      style={inside ? { paddingLeft: line.depth * 14 } : undefined}
      onClick={() => (inside ? undefined : onPlace(nth))}
      onDoubleClick={() => row?.calls && onChain(row.calls)}
      onPointerEnter={() => about[0] && setUi({ hoveredId: about[0] })}
      onPointerLeave={() => about[0] && setUi({ hoveredId: '' })}
      title={text}
    >
      <span role="gridcell">{number(nth)}</span>
      <span role="gridcell">{row ? number(row.packets) : ''}</span>
      <span role="gridcell" className="mono">
        <i aria-hidden="true">{matched === null ? '' : matched ? '→' : '·'}</i>
        <code>{text ? shortRule(text) : '…'}</code>
        {row?.calls && here && <em>{t.unfold(row.calls)}</em>}
      </span>
      <span role="gridcell">{inside ? line.step.detail : row?.origin}</span>
    </div>
  );
}

/** The chain from end to end: blue as far as the packet came; a click goes there. */
function Strip({ total, met, at, onPlace }: { total: number; met: Met | null; at: number; onPlace(place: number): void }) {
  const share = (n: number): number => (n / Math.max(1, total)) * 100;
  return (
    <label className="rules-strip" style={{ ['--far' as string]: `${share(met?.far ?? 0)}%` }}>
      <span className="unseen">{t.stripLabel(total)}</span>
      <input type="range" min={1} max={total} value={Math.max(1, Math.min(total, at))} onChange={(event) => onPlace(Number(event.currentTarget.value))} />
      <i aria-hidden="true" style={{ top: `calc(${share(Math.max(0, at - 1))}% - 3px)` }} />
      {met?.matched.map((place) => (
        <b key={place} aria-hidden="true" style={{ top: `${share(place - 1)}%` }} />
      ))}
      <small aria-hidden="true">{number(total)}</small>
    </label>
  );
}
