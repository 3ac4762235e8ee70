/** Finding and copying in long output. */
import { type RefObject, useEffect, useState } from 'react';
import { panelWords } from '../words/panels.en.ts';

const t = panelWords.shell;
/** Of one output; more are not marked. */
const mostFound = 500;

/** The text with what is sought marked, whatever its case. */
export function Found({ text, query }: { text: string; query: string }) {
  if (query === '') return text;
  const [low, sought] = [text.toLowerCase(), query.toLowerCase()];
  const parts: (string | { mark: string; at: number })[] = [];
  let from = 0;
  // Letters that change their length with their case would shift the places.
  if (low.length !== text.length) return text;
  for (let at = low.indexOf(sought); at >= 0 && parts.length < mostFound * 2; at = low.indexOf(sought, from)) {
    parts.push(text.slice(from, at), { mark: text.slice(at, at + query.length), at });
    from = at + query.length;
  }
  parts.push(text.slice(from));
  return parts.map((part) => (typeof part === 'string' ? part : <mark key={part.at}>{part.mark}</mark>));
}

export function Search({ box, query, onChange }: { box: RefObject<HTMLElement | null>; query: string; onChange(query: string): void }) {
  const [at, setAt] = useState(0);
  const [count, setCount] = useState(0);
  useEffect(() => {
    const marks = [...(box.current?.querySelectorAll('mark') ?? [])];
    setCount(marks.length);
    const n = marks.length === 0 ? 0 : ((at % marks.length) + marks.length) % marks.length;
    for (const [i, mark] of marks.entries()) mark.classList.toggle('current', i === n);
    if (query !== '') marks[n]?.scrollIntoView({ block: 'nearest' });
  }, [box, query, at]);
  return (
    <div className="shell-search">
      <input
        type="search"
        aria-label={t.search}
        placeholder={t.search}
        value={query}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') setAt(at + (event.shiftKey ? -1 : 1));
          else if (event.key === 'Escape' && query !== '') onChange('');
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span role="status">{query === '' ? '' : t.found(count === 0 ? 0 : (((at % count) + count) % count) + 1, count)}</span>
    </div>
  );
}

export function Copy({ line, text }: { line: string; text: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      className="btn bare shell-copy"
      aria-label={t.copyOf(line)}
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setDone(true),
          () => {},
        );
      }}
    >
      {done ? t.copied : t.copy}
    </button>
  );
}
