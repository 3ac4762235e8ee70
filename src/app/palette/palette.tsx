/** Find or do: a list under what is typed. */
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { StateGlyph } from '../map/glyphs.tsx';
import { setUi, useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { type Found, find, type Item } from './find.ts';
import { items } from './items.ts';
import { Popover } from './popover.tsx';

const t = panelWords.palette;

export function Palette() {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [made, setMade] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what can be done changes when something was.
  const all = useMemo(items, [made]);
  const found = useMemo(() => find(all, query), [all, query]);
  const list = useId();
  const box = useRef<HTMLDivElement>(null);
  const current = Math.min(at, found.length - 1);
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const act = (item: Item, keep: boolean): void => {
    const { dialog } = useUi.getState();
    item.act();
    if (keep) setMade(made + 1);
    else if (useUi.getState().dialog === dialog) setUi({ dialog: null });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by !== undefined && found.length > 0)
      setAt(Math.abs(by) === 1 ? (current + by + found.length) % found.length : Math.max(0, Math.min(found.length - 1, current + by)));
    else if (event.key === 'Enter' && found[current]) act((found[current] as Found).item, event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  };
  return (
    <Popover dialog="palette" label={t.title} width={560} className="palette" centred>
      <div className="palette-query">
        <input
          data-autofocus
          role="combobox"
          aria-label={t.input}
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={current >= 0 ? `${list}-${current}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={t.placeholder}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <span role="status">{t.results(found.length)}</span>
      </div>
      <div ref={box} className="palette-list" id={list} role="listbox" aria-label={t.title}>
        {(['go', 'do', 'set'] as const).map((group) => {
          const mine = found.map((one, i) => ({ one, i })).filter(({ one }) => one.item.group === group);
          if (mine.length === 0) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own.
            <div key={group} role="group" aria-label={t[group]}>
              <p className="palette-group" aria-hidden="true">
                {t[group]}
              </p>
              {mine.map(({ one, i }) => (
                <Option key={one.item.id} id={`${list}-${i}`} found={one} current={i === current} act={(keep) => act(one.item, keep)} />
              ))}
            </div>
          );
        })}
      </div>
      {found.length === 0 && <p>{t.nothing}</p>}
      <p className="palette-help">{t.help}</p>
    </Popover>
  );
}

function Option({ id, found: { item, from, to }, current, act }: { id: string; found: Found; current: boolean; act(keep: boolean): void }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the input's, which keeps the focus.
    <div id={id} role="option" aria-selected={current} tabIndex={-1} className="palette-row" onClick={(event) => act(event.ctrlKey || event.metaKey)}>
      {item.family ? <StateGlyph family={item.family} /> : <i />}
      <span>
        {item.name.slice(0, from)}
        <b>{item.name.slice(from, to)}</b>
        {item.name.slice(to)} <small>{item.fact}</small>
      </span>
      <kbd>{current && item.keys === '' ? '↵' : item.keys}</kbd>
    </div>
  );
}
