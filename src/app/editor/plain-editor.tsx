/** The editor before Monaco, without it, and on the phone: a plain text area with numbers. */
import { useEffect, useImperativeHandle, useRef } from 'react';
import { panelWords } from '../words/panels.en.ts';
import { apply } from './apply.ts';
import { useMarked } from './marked.ts';
import type { Surface, SurfaceProps } from './surface.ts';
import { typeText, useText } from './text.ts';

const padding = 8;

/** Where the text area was when Monaco takes over. */
export interface PlainPlace {
  focused: boolean;
  from: number;
  to: number;
  scrollTop: number;
}

export function PlainEditor({ fontSize, lineHeight, onMove, onSurface, onHoverLine, place }: SurfaceProps & { place: { current: (() => PlainPlace) | null } }) {
  const text = useText((state) => state.text);
  const marked = useMarked((state) => state.line);
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const count = text.split('\n').length;
  useImperativeHandle<() => PlainPlace, () => PlainPlace>(place, () => () => {
    const a = area.current;
    return { focused: document.activeElement === a, from: a?.selectionStart ?? 0, to: a?.selectionEnd ?? 0, scrollTop: a?.scrollTop ?? 0 };
  });
  useEffect(() => {
    onSurface(surfaceOf(area, lineHeight));
    return () => onSurface(null);
  }, [onSurface, lineHeight]);
  const scrolled = (): void => {
    const a = area.current;
    if (a && numbers.current) numbers.current.style.transform = `translateY(${-a.scrollTop}px)`;
    onMove();
  };
  return (
    <div className="plain" style={{ font: `400 ${fontSize}px/${lineHeight}px var(--mono)` }}>
      <div ref={numbers} className="plain-numbers" aria-hidden="true">
        {Array.from({ length: count }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: line numbers are their places.
          <div key={i} className={marked === i + 1 ? 'marked' : ''}>
            <i>{i + 1}</i>
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        value={text}
        aria-label={panelWords.editor.label}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        wrap="off"
        onChange={(event) => typeText(event.currentTarget.value)}
        onScroll={scrolled}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void apply();
        }}
        onPointerMove={(event) => {
          const { top } = event.currentTarget.getBoundingClientRect();
          const line = Math.floor((event.clientY - top - padding + event.currentTarget.scrollTop) / lineHeight) + 1;
          onHoverLine(line >= 1 && line <= count ? line : null);
        }}
        onPointerLeave={() => onHoverLine(null)}
      />
    </div>
  );
}

function surfaceOf(area: { current: HTMLTextAreaElement | null }, lineHeight: number): Surface {
  const typed = (): void => {
    if (area.current) typeText(area.current.value);
  };
  const insert = (text: string): void => {
    const a = area.current;
    if (!a) return;
    a.focus();
    // The browser's own way keeps what was typed for undo.
    if (!document.execCommand('insertText', false, text)) a.setRangeText(text, a.selectionStart, a.selectionEnd, 'end');
    typed();
  };
  return {
    lineHeight,
    topOf: (line) => padding + (line - 1) * lineHeight - (area.current?.scrollTop ?? 0),
    focus: () => area.current?.focus(),
    reveal: (line) => {
      const a = area.current;
      if (!a) return;
      const top = (line - 1) * lineHeight;
      if (top < a.scrollTop || top + 2 * lineHeight > a.scrollTop + a.clientHeight) a.scrollTop = Math.max(0, top - a.clientHeight / 3);
    },
    insert,
    indent: (by) => {
      const a = area.current;
      if (!a) return;
      const from = a.value.lastIndexOf('\n', a.selectionStart - 1) + 1;
      const [start, end] = [a.selectionStart, a.selectionEnd];
      const remove = by < 0 ? Math.min(2, /^ */.exec(a.value.slice(from))?.[0].length ?? 0) : 0;
      a.focus();
      a.setRangeText(by > 0 ? '  ' : '', from, from + remove, 'preserve');
      const shift = by > 0 ? 2 : -remove;
      a.setSelectionRange(Math.max(from, start + shift), Math.max(from, end + shift));
      typed();
    },
    line: () => (area.current ? area.current.value.slice(0, area.current.selectionStart).split('\n').length : 1),
    goTo: (line) => {
      const a = area.current;
      if (!a) return;
      const end = a.value.split('\n').slice(0, line).join('\n').length;
      a.focus();
      a.setSelectionRange(end, end);
    },
    paste: insert,
    undo: () => {
      area.current?.focus();
      document.execCommand('undo');
      typed();
    },
  };
}
