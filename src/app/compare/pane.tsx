/** Two runs side by side over the map: their messages on one axis of time, what differs, how often, and why. */
import { useEffect } from 'react';
import type { CompareResult } from '../../session/protocol.ts';
import type { SlotProps } from '../slots.tsx';
import { openOverlay } from '../state/ui.ts';
import { durationText, timeText } from '../timebar/time-text.ts';
import { compareWords as t } from '../words/compare.en.ts';
import { number, words } from '../words/en.ts';
import { panelWords } from '../words/panels.en.ts';
import './compare.css';
import { causeText, type Run, runName } from './names.ts';
import { CompareRows } from './rows.tsx';
import { nextDifference, useCompare } from './store.ts';

export function Compare({ height }: SlotProps) {
  const { busy, error, result } = useCompare();
  useEffect(() => {
    // Nothing was chosen: there is nothing to show.
    if (!useCompare.getState().pair) openOverlay(null);
  }, []);
  return (
    <section className="compare" aria-label={t.title} style={{ height }}>
      <Head result={result} />
      {busy && (
        <p className="compare-note" role="status">
          {t.asking}
        </p>
      )}
      {error && (
        <p className="compare-note" role="alert">
          {t.failed(error)}
        </p>
      )}
      {result && (
        <>
          <CompareRows result={result} />
          <Foot result={result} />
        </>
      )}
    </section>
  );
}

function Head({ result }: { result: CompareResult | null }) {
  const at = useCompare((compare) => compare.at);
  const differences = result?.differences.length ?? 0;
  return (
    <div className="compare-head">
      {result && <RunHead run={result.a} other={null} />}
      {result && <RunHead run={result.b} other={result.a} />}
      <div className="compare-buttons">
        {differences > 0 && (
          <button type="button" className="btn" onClick={() => nextDifference()}>
            {t.next}
            <kbd>{t.nextKeys}</kbd>
          </button>
        )}
        <button type="button" className="btn bare" onClick={() => openOverlay(null)}>
          {t.close}
          <kbd>{panelWords.closeKeys}</kbd>
        </button>
        {differences > 0 && <span role="status">{t.of(at + 1, differences)}</span>}
      </div>
    </div>
  );
}

function RunHead({ run, other }: { run: Run; other: Run | null }) {
  const forked = other && run.parent === other.id && run.forkAtMs > 0 ? `, ${t.forkedAt(timeText(run.forkAtMs))}` : '';
  return (
    <div className="compare-run">
      <h2>{t.run(run.id)}</h2>
      <p title={runName(run)}>
        {runName(run)}
        {forked}
      </p>
      <code>{t.commands(run.seed, run.commands, 0)}</code>
    </div>
  );
}

function Foot({ result }: { result: CompareResult }) {
  const { counts, fromMs, untilMs } = result;
  return (
    <div className="compare-foot">
      <p>{t.span(timeText(fromMs), timeText(untilMs))}</p>
      <Counts of={t.run(result.a.id)} counts={counts.a} />
      <Counts of={t.run(result.b.id)} counts={counts.b} />
      <p>{t.cause}</p>
      <p className="compare-cause">
        {causeText(result)} {result.capped && t.capped(timeText(untilMs))}
      </p>
    </div>
  );
}

function Counts({ of, counts }: { of: string; counts: CompareResult['counts']['a'] }) {
  const { answered, refused, toReadyMs } = counts;
  return (
    <dl aria-label={of}>
      <div>
        <dd>{number(answered)}</dd>
        <dt>{t.counts.answered}</dt>
      </div>
      <div>
        <dd className={refused > 0 ? 'bad' : ''}>{number(refused)}</dd>
        <dt>{t.counts.refused}</dt>
      </div>
      <div>
        <dd>{toReadyMs === null ? words.absent : durationText(toReadyMs)}</dd>
        <dt>{t.counts.toReady}</dt>
      </div>
    </dl>
  );
}
