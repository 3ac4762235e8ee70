/** Rows of a chain as the page shows them: asked for a page at a time, the latest kept. */
import { useEffect, useRef, useState } from 'react';
import type { ProxyMode, RuleRow } from '../../core/index.ts';
import { askOnce } from '../lens/ask.ts';

const pageRows = 100;
/** Pages that are kept: rows far away are asked for again. */
const mostPages = 12;

export interface ChainOf {
  node: string;
  mode: ProxyMode;
  services: number;
  table: string;
  chain: string;
}

export interface Pages {
  total: number;
  row(i: number): RuleRow | undefined;
  error: string;
}

/** `again`: asks anew what is shown. `from`, `to`: rows in sight. */
export function usePages(of: ChainOf | null, from: number, to: number, again: unknown): Pages {
  const [state, setState] = useState<{ key: string; total: number; pages: Map<number, RuleRow[]>; error: string }>({
    key: '',
    total: 0,
    pages: new Map(),
    error: '',
  });
  const asked = useRef(new Set<string>());
  const key = of ? JSON.stringify(of) : '';
  const now = useRef(key);
  now.current = key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is known is another thing when `again` changes.
  useEffect(() => {
    asked.current.clear();
  }, [key, again]);
  const [first, last] = [Math.max(0, Math.floor(from / pageRows)), Math.max(0, Math.floor(to / pageRows))];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which chain.
  useEffect(() => {
    if (!of) return;
    for (let page = first; page <= Math.min(last, first + 3); page += 1) {
      const name = `${key} ${page}`;
      if (asked.current.has(name)) continue;
      asked.current.add(name);
      askOnce({ ask: 'rows', ...of, from: page * pageRows, count: pageRows }).then(
        (answer) => {
          if (now.current !== key) return;
          setState((before) => {
            const pages = new Map(before.key === key ? before.pages : []);
            pages.delete(page);
            pages.set(page, answer.rows);
            for (const old of pages.keys()) if (pages.size > mostPages) pages.delete(old);
            for (const old of asked.current) if (!pages.has(Number(old.slice(old.lastIndexOf(' ') + 1)))) asked.current.delete(old);
            return { key, total: answer.total, pages, error: '' };
          });
        },
        (error: Error) => now.current === key && setState((before) => ({ ...before, key, error: error.message })),
      );
    }
  }, [key, first, last, again]);
  const mine = state.key === key ? state : null;
  return {
    total: mine?.total ?? 0,
    row: (i) => mine?.pages.get(Math.floor(i / pageRows))?.[i % pageRows],
    error: mine?.error ?? '',
  };
}
