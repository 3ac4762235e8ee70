/** The link of the present moment, to be copied. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useText } from '../editor/text.ts';
import { takeAlong } from '../export/take.ts';
import { Popover } from '../palette/popover.tsx';
import { useFrame } from '../state/run.ts';
import { setUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { embedCode, type Moment, markdownOf, momentLink } from './moment.ts';
import { openFile } from './open-link.ts';
import './share.css';

const t = panelWords.share;
const QrCode = lazy(() => import('./qr-code.tsx'));

export function Share() {
  const [moment, setMoment] = useState<Moment | null>(null);
  const [said, setSaid] = useState('');
  const [qr, setQr] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const draft = useText((state) => state.text !== state.applied);
  const resting = useFrame((run) => (run.playing ? -1 : run.nowMs));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment is that at which it was opened, or where the clock rests.
  useEffect(() => {
    let here = true;
    momentLink().then(
      (made) => here && setMoment(made),
      (error: Error) => here && setSaid(error.message),
    );
    return () => {
      here = false;
    };
  }, [resting]);
  const copy = (text: string): void => {
    const refused = (): void => {
      field.current?.select();
      setSaid(t.notCopied);
    };
    if (!navigator.clipboard) refused();
    else navigator.clipboard.writeText(text).then(() => setSaid(t.copied), refused);
  };
  return (
    <Popover dialog="share" label={t.title} width={400} className="share">
      <h3>{t.title}</h3>
      <p>{moment ? t.what(timeText(moment.atMs)) : t.making}</p>
      {moment && (
        <>
          <label>
            <span className="unseen">{t.link}</span>
            <input ref={field} className="mono" readOnly value={moment.tooLong ? '' : moment.url} onFocus={(event) => event.currentTarget.select()} />
          </label>
          <p className={moment.long ? 'warn' : ''}>{moment.tooLong ? t.tooLong : moment.long ? t.long(moment.length) : t.length(moment.length)}</p>
          {draft && <p>{t.draft}</p>}
          <div className="share-actions">
            <button type="button" className="btn solid" data-autofocus disabled={moment.tooLong} onClick={() => copy(moment.url)}>
              {t.copyLink}
            </button>
            <button type="button" className="btn" disabled={moment.tooLong} onClick={() => copy(markdownOf(moment))}>
              {t.copyMarkdown}
            </button>
            <button type="button" className="btn" disabled={moment.tooLong} onClick={() => copy(embedCode(moment))}>
              {t.copyEmbed}
            </button>
            <button type="button" className="btn" disabled={moment.tooLong} aria-expanded={qr} onClick={() => setQr(!qr)}>
              {qr ? t.qrHide : t.qr}
            </button>
          </div>
          <div className="share-actions">
            {(['png', 'svg', 'markdown'] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                className="btn"
                onClick={() => {
                  setUi({ dialog: null });
                  takeAlong(kind);
                }}
              >
                {panelWords.palette.exports[kind]}
              </button>
            ))}
          </div>
          {qr && !moment.tooLong && (
            <Suspense fallback={<p>{t.making}</p>}>
              <QrCode text={moment.url} title={moment.title} />
            </Suspense>
          )}
          <div className={`share-actions ${moment.long ? '' : 'share-file'}`}>
            {moment.long && (
              <button type="button" className="btn" onClick={() => save(moment)}>
                {t.save}
              </button>
            )}
            <label className="btn bare">
              {t.openFile}
              <input type="file" accept=".json,application/json" className="unseen" onChange={(event) => void open(event.currentTarget)} />
            </label>
          </div>
        </>
      )}
      <p role="status">{said}</p>
    </Popover>
  );
}

/** `NAME.kubarium.json`, opened by the same dialog. */
function save({ title, text }: Moment): void {
  const a = document.createElement('a');
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  a.href = url;
  a.download = `${
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'run'
  }.kubarium.json`;
  a.click();
  URL.revokeObjectURL(url);
}

async function open(input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  if (!file) return;
  setUi({ dialog: null });
  await openFile(file);
}
