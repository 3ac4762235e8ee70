/** The shell: a log and one input. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { keepEscape } from '../editor/escape.ts';
import { openOverlay, setUi, useUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { common, complete } from './complete.ts';
import { type Entry, maxLines, useShell } from './log.ts';
import { known, runLine } from './run.ts';
import { Copy, Found, Search } from './search.tsx';
import './shell.css';

const t = panelWords.shell;

export function ShellAside() {
  const wide = useUi((ui) => ui.overlay === 'shell');
  // The wide shell has its own way back.
  if (wide) return null;
  return (
    <button type="button" className="btn bare" onClick={() => openOverlay('shell')}>
      {t.wide}
      <kbd>{t.wideKeys}</kbd>
    </button>
  );
}

export function Shell({ wide = false }: { wide?: boolean }) {
  const entries = useShell((shell) => shell.entries);
  const dropped = useShell((shell) => shell.dropped);
  const elsewhere = useUi((ui) => !wide && ui.overlay === 'shell');
  const box = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: new words bring the end into view.
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [entries]);
  if (elsewhere) return <p className="shell-empty">{t.verbatim}</p>;
  return (
    <div className={`shell ${wide ? 'wide' : ''}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <div ref={box} className="shell-log" role="log" aria-label={t.label} tabIndex={0}>
        {dropped > 0 && <p className="shell-note">{t.dropped(dropped, maxLines)}</p>}
        {entries.length === 0 && (
          <div className="shell-empty">
            <p>{t.empty}</p>
            <button type="button" className="btn" onClick={() => void runLine(t.begin)}>
              <code>{t.begin}</code>
            </button>
          </div>
        )}
        {entries.map((entry) => (
          <Lines key={entry.id} entry={entry} query={query} />
        ))}
      </div>
      {wide && entries.length > 0 && <Search box={box} query={query} onChange={setQuery} />}
      <Input autoFocus={wide} />
    </div>
  );
}

function Lines({ entry: { line, atMs, rc, out, err, note }, query }: { entry: Entry; query: string }) {
  return (
    <div className="shell-entry">
      <div className="shell-command">
        <b aria-hidden="true">$</b>
        <span>{line}</span>
        {out && <Copy line={line} text={out} />}
        <time>{timeText(atMs)}</time>
      </div>
      {out && (
        <pre>
          <Found text={out.replace(/\n$/, '')} query={query} />
        </pre>
      )}
      {err && <pre className="err">{err.replace(/\n$/, '')}</pre>}
      {(rc === null || note || (rc !== 0 && rc !== null)) && (
        <p className="shell-note">{[rc === null ? t.waiting : rc !== 0 ? t.exit(rc) : '', note].filter(Boolean).join('; ')}</p>
      )}
    </div>
  );
}

function Input({ autoFocus }: { autoFocus: boolean }) {
  const line = useShell((shell) => shell.line);
  const [options, setOptions] = useState<string[]>([]);
  const [at, setAt] = useState<number | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, [autoFocus]);
  const write = (next: string): void => useShell.setState({ line: next });
  const submit = (): void => {
    const given = line;
    write('');
    setOptions([]);
    setAt(null);
    void runLine(given);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    // No form that is submitted: in a sandboxed frame nothing is.
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) submit();
    else if (event.key === 'Tab' && !event.shiftKey && line !== '') {
      const done = tab(line);
      if (!done) return;
      write(done.line);
      setOptions(done.options);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const { history } = useShell.getState();
      const next = (at ?? history.length) + (event.key === 'ArrowUp' ? -1 : 1);
      if (next < 0) return;
      setAt(next >= history.length ? null : next);
      write(history[next] ?? '');
    } else if (event.key === 'l' && event.ctrlKey) useShell.setState({ entries: [], dropped: 0 });
    else if (event.key === 'c' && event.ctrlKey && input.current?.selectionStart === input.current?.selectionEnd) write('');
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps Esc within the shell.
    <div className="shell-input" onKeyDown={keepEscape}>
      {options.length > 1 && (
        <p className="shell-options" role="status">
          {options.slice(0, 60).map((option) => (
            <code key={option}>{option.trim()}</code>
          ))}
        </p>
      )}
      <b aria-hidden="true">$</b>
      <input
        ref={input}
        value={line}
        aria-label={t.input}
        placeholder={t.hint}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="send"
        onChange={(event) => {
          write(event.currentTarget.value);
          setOptions([]);
        }}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}

/** undefined: nothing to complete; Tab goes on. */
export function tab(line: string): { line: string; options: string[] } | undefined {
  const { from, options } = complete(line, known());
  if (options.length === 0) return undefined;
  const begun = common(options);
  if (options.length === 1) {
    const option = options[0] as string;
    return { line: line.slice(0, from) + (option.endsWith(' ') || option.endsWith('=') ? option : `${option} `), options: [] };
  }
  return { line: line.slice(0, from) + begun, options };
}

/** Over the lower part of the map. */
export function WideShell({ height }: { height: number }) {
  return (
    <section className="wide-shell" aria-label={t.label} style={{ height: Math.min(524, height - 40) }}>
      <div className="tabs">
        <h2>{t.label}</h2>
        <span className="grow" />
        <span className="tabs-aside">{t.verbatim}</span>
        <button type="button" className="btn bare" onClick={() => setUi({ overlay: null })}>
          {t.back}
          <kbd>{t.wideKeys}</kbd>
        </button>
      </div>
      <Shell wide />
    </section>
  );
}
