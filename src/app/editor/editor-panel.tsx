/** The manifest: the text, what the run says of it, and what applying it did. */
import { type ComponentType, type CSSProperties, lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { records, useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { setUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { checkText, useCheck } from './check.ts';
import { documentAt, recordOf } from './documents.ts';
import './editor.css';
import { keepEscape, keepPalette } from './escape.ts';
import { FactsLayer } from './facts-layer.tsx';
import { listenToDrops, takePaste } from './intake-door.ts';
import { useIntake } from './intake-store.ts';
import { KeyRow } from './key-row.tsx';
import { useMarked } from './marked.ts';
import { AsideNotice, Outcome, PlainErrors } from './outcome.tsx';
import { PlainEditor, type PlainPlace } from './plain-editor.tsx';
import { StatusLine } from './status-line.tsx';
import { currentSurface, type Surface, type SurfaceProps, setSurface } from './surface.ts';
import { openText, useText } from './text.ts';

const IntakeNotice = lazy(() => import('./intake-notice.tsx'));

type Loaded = ComponentType<SurfaceProps & { place: PlainPlace | null }>;
type Loading = { state: 'plain' | 'loading' | 'failed' } | { state: 'ready'; Editor: Loaded; place: PlainPlace | null };

const desk = { fontSize: 12, lineHeight: 18 };
const touch = { fontSize: 13, lineHeight: 22 };

export function EditorPanel({ phone }: { phone: boolean }) {
  const opened = useFrame((run) => run.opened?.manifest ?? null);
  const ready = useFrame((run) => run.health.state === 'open');
  const text = useText((state) => state.text);
  const [loading, setLoading] = useState<Loading>({ state: 'plain' });
  const place = useRef<(() => PlainPlace) | null>(null);
  const intake = useIntake((state) => state.read.length > 0 || state.refused.length > 0 || state.cleaned !== null);
  useEffect(listenToDrops, []);
  useEffect(() => {
    if (opened !== null) openText(opened);
  }, [opened]);
  useEffect(() => {
    if (ready) checkText(text);
  }, [text, ready]);
  const load = (again = false): void => {
    if (phone || (loading.state !== 'plain' && !(again && loading.state === 'failed'))) return;
    setLoading({ state: 'loading' });
    import('./monaco-editor.tsx')
      .then(async ({ MonacoEditor, setUp }) => {
        await setUp();
        setLoading({ state: 'ready', Editor: MonacoEditor, place: place.current?.() ?? null });
      })
      .catch(() => setLoading({ state: 'failed' }));
  };
  return (
    <>
      <AsideNotice />
      {intake && (
        <Suspense>
          <IntakeNotice />
        </Suspense>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: coming near loads the editor; nothing is done. */}
      <div
        className="editor-pane"
        onPointerEnter={() => load()}
        onFocus={() => load()}
        onKeyDown={keepEscape}
        onKeyDownCapture={keepPalette}
        onPasteCapture={(event) => {
          if (!takePaste(event.clipboardData, (pasted) => currentSurface()?.paste(pasted))) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <Pane loading={loading} place={place} size={phone ? touch : desk} phone={phone} />
      </div>
      {loading.state === 'failed' && (
        <div className="editor-notice" role="status">
          <p>{panelWords.editor.notLoaded}</p>
          <button type="button" className="btn" onClick={() => load(true)}>
            {panelWords.editor.retry}
          </button>
        </div>
      )}
      {loading.state !== 'ready' && <PlainErrors />}
      <StatusLine />
      <Outcome />
    </>
  );
}

interface PaneProps {
  loading: Loading;
  place: { current: (() => PlainPlace) | null };
  size: { fontSize: number; lineHeight: number };
  phone: boolean;
}

function Pane({ loading, place, size, phone }: PaneProps) {
  const [surface, setShown] = useState<Surface | null>(null);
  const [moved, setMoved] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const onMove = useCallback(() => setMoved((n) => n + 1), []);
  const onHoverLine = useHoverLine();
  const marked = useMarked();
  useEffect(() => {
    if (marked.reveal > 0 && marked.line) surface?.reveal(marked.line);
  }, [marked, surface]);
  const onSurface = useCallback((next: Surface | null) => {
    setShown(next);
    setSurface(next);
  }, []);
  const props: SurfaceProps = { ...size, onMove, onSurface, onHoverLine };
  return (
    <>
      <div ref={box} className="editor-text" style={{ '--line': `${size.lineHeight}px` } as CSSProperties}>
        {loading.state === 'ready' ? <loading.Editor {...props} place={loading.place} /> : <PlainEditor {...props} place={place} />}
        {surface && <FactsLayer surface={surface} height={box.current?.clientHeight ?? 2000} moved={moved} />}
      </div>
      {phone && surface && <KeyRow surface={surface} />}
    </>
  );
}

/** The line under the pointer marks the object that its document made. */
function useHoverLine(): (line: number | null) => void {
  useRecords('object');
  return useCallback((line: number | null) => {
    const document = line === null ? undefined : documentAt(useCheck.getState().documents, line);
    const world = { pods: records.list('pod'), services: records.list('service'), objects: records.list('object') };
    setUi({ hoveredId: document ? recordOf(document, world) : '' });
  }, []);
}
