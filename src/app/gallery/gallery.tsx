/** All scenarios in one list: search, level, length; the open one has the marker. */
import { entries } from 'virtual:scenarios';
import { type KeyboardEvent, useMemo, useState } from 'react';
import type { Entry } from '../../scenario/page.ts';
import { failed, openScenario, usePlayer } from '../lesson/player.ts';
import { useProgress } from '../lesson/progress.ts';
import { setAside } from '../state/kept-run.ts';
import { setUi } from '../state/ui.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { everything, type Filter, listed, sorted } from './filter.ts';
import './gallery.css';
import { LanePicture } from './lane-picture.tsx';

const t = lessonWords.gallery;
const all = sorted(entries);

export default function Gallery() {
  const [filter, setFilter] = useState<Filter>(everything);
  const shown = useMemo(() => listed(all, filter), [filter]);
  const change = (part: Partial<Filter>): void => setFilter((before) => ({ ...before, ...part }));
  return (
    <div className="gallery">
      <search className="gallery-filter">
        <input
          type="search"
          aria-label={t.search}
          placeholder={t.search}
          maxLength={200}
          value={filter.search}
          onChange={(event) => change({ search: event.currentTarget.value })}
        />
        <label>
          {t.level}
          <select value={filter.level} onChange={(event) => change({ level: event.currentTarget.value as Filter['level'] })}>
            <option value="any">{t.any}</option>
            {Object.entries(t.levels).map(([level, name]) => (
              <option key={level} value={level}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.length}
          <select value={filter.length} onChange={(event) => change({ length: event.currentTarget.value as Filter['length'] })}>
            {Object.entries(t.lengths).map(([length, name]) => (
              <option key={length} value={length}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </search>
      <p className="unseen" role="status">
        {t.count(shown.length)}
      </p>
      {shown.length === 0 ? (
        <div className="gallery-none">
          <p>{t.none}</p>
          <button type="button" className="btn" onClick={() => setFilter(everything)}>
            {t.clear}
          </button>
        </div>
      ) : (
        <ul className="gallery-list" aria-label={t.label} onKeyDown={betweenRows}>
          {shown.map((entry) => (
            <Row key={entry.name} entry={entry} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Row({ entry }: { entry: Entry }) {
  const open = usePlayer((player) => player.name === entry.name);
  const opening = usePlayer((player) => player.name === entry.name && !player.scenario && !player.error);
  const reached = useProgress((state) => state.reached[entry.name]);
  const [replay, setReplay] = useState(false);
  const { title, summary, level, minutes, steps, name } = entry;
  const state = opening ? t.opening : open ? t.running : reached?.done ? t.done : reached && steps > 0 ? t.reached(Math.min(reached.step, steps), steps) : '';
  return (
    <li className={open ? 'marked' : ''}>
      <button
        type="button"
        aria-current={open ? 'true' : undefined}
        onPointerEnter={() => setReplay(true)}
        onPointerLeave={() => setReplay(false)}
        onFocus={() => setReplay(true)}
        onBlur={() => setReplay(false)}
        onClick={() => {
          setAside();
          openScenario(name).catch(failed);
          setUi({ lowerTab: 'messages' });
        }}
      >
        <LanePicture picture={entry.picture} replay={replay} />
        <span className="gallery-words">
          <b>{title}</b>
          <span>{summary}</span>
          <small>
            {t.facts(t.levels[level], minutes, steps)}
            {state && <i>{state}</i>}
          </small>
        </span>
      </button>
    </li>
  );
}

/** Up and down go between the rows. */
function betweenRows(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
  event.preventDefault();
  event.stopPropagation();
}

export const GalleryCount = () => <span className="lesson-title">{t.count(entries.length)}</span>;
