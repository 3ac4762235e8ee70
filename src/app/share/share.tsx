/** The link of the present moment, to be copied. */
import { useEffect, useRef, useState } from 'react';
import { useText } from '../editor/text.ts';
import { Popover } from '../palette/popover.tsx';
import { useFrame } from '../state/run.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { type Moment, markdownOf, momentLink } from './moment.ts';
import './share.css';

const t = panelWords.share;

export function Share() {
  const [moment, setMoment] = useState<Moment | null>(null);
  const [said, setSaid] = useState('');
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
          </div>
        </>
      )}
      <p role="status">{said}</p>
    </Popover>
  );
}
