/** `status` of the first document's object, live, folded to one line; a click unfolds it. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { useRecord } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { session } from '../state/session.ts';
import { panelWords } from '../words/panels.en.ts';
import { useCheck } from './check.ts';
import { statusLine, statusYaml } from './status.ts';
import { currentSurface } from './surface.ts';

const StoredView = lazy(() => import('./stored-view.tsx'));

const t = panelWords.editor;

export function StatusLine() {
  const document = useCheck((check) => check.documents[0]);
  const [open, setOpen] = useState(false);
  /** The line whose document is shown as stored; 0: none. */
  const [stored, setStored] = useState(0);
  const [status, setStatus] = useState<{ line: string; yaml: string } | null>(null);
  const revision = useRecord<'cluster'>('cluster')?.resourceVersion ?? 0;
  const health = useFrame((run) => run.health.state);
  const { kind, namespace, name } = document ?? { kind: '', namespace: '', name: '' };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when anything was written.
  useEffect(() => {
    if (!kind || !name || health !== 'open') {
      setStatus(null);
      return;
    }
    let here = true;
    const timer = setTimeout(() => {
      session.query({ q: 'object', kind, namespace, name }).then(
        ({ object, yaml }) => {
          if (here) setStatus(object ? { line: statusLine(object.status), yaml: statusYaml(yaml) } : null);
        },
        () => {},
      );
    }, 120);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [kind, namespace, name, revision, health]);
  if (!status?.line) return null;
  return (
    <div className="status-line">
      <div className="status-row">
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <i aria-hidden="true">{open ? '⌄' : '›'}</i>
          <code>
            <u>status:</u> {status.line}
          </code>
          <span>{t.live}</span>
        </button>
        <button type="button" className="status-stored" aria-expanded={stored > 0} onClick={() => setStored(stored > 0 ? 0 : (currentSurface()?.line() ?? 1))}>
          {t.stored.button}
        </button>
      </div>
      {stored > 0 && (
        <Suspense>
          <StoredView line={stored} />
        </Suspense>
      )}
      {open && <pre>{status.yaml}</pre>}
    </div>
  );
}
