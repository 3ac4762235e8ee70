/** The three columns: head with count and strip, then machine by machine the hooks side by side, then what came of it. */
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Journey, LensPacketQuestion, ProxyMode, WalkStep } from '../../core/index.ts';
import { number } from '../words/en.ts';
import { lensWords as t } from '../words/lens.en.ts';
import type { Chosen } from './detail.tsx';
import { type Joins, useJoins } from './joins.ts';
import { conntrackLine, type Journeys, type LegRow, legRows, modes, type StageRow } from './rows.ts';
import { SpreadRow } from './spread.tsx';
import { Step } from './step.tsx';
import { setLens, useLens } from './store.ts';

interface Props {
  journeys: Journeys;
  question: LensPacketQuestion | null;
  shape: string;
  running: ProxyMode;
  /** One column at a time. */
  narrow: boolean;
  chosen: Chosen | null;
  onChoose(chosen: Chosen | null): void;
}

export function Columns({ journeys, question, shape, running, narrow, chosen, onChoose }: Props) {
  const [one, setOne] = useState<ProxyMode>(running);
  const folds = useLens((lens) => lens.folds);
  const legs = useMemo(() => legRows(journeys), [journeys]);
  const joins = useJoins();
  const region = useRef<HTMLElement>(null);
  const shown: readonly ProxyMode[] = narrow ? [one] : modes;
  const isOpen = (leg: LegRow): boolean => folds[leg.key] ?? (leg.key.startsWith('out') && countsHere(leg, journeys));
  const step = (by: number): void => {
    const mode = chosen?.mode ?? shown[0] ?? 'iptables';
    const all = legs
      .filter(isOpen)
      .flatMap((leg) => leg.rows.flatMap((row) => (row.cells[mode] ?? []).map((s, i) => ({ mode, key: `${row.key}:${i}`, step: s }))));
    const told = all.filter(({ step: s }) => s.text !== '');
    const at = told.findIndex(({ key }) => key === chosen?.key);
    const next = told[Math.max(0, Math.min(told.length - 1, at + by))];
    if (!next) return;
    onChoose(next);
    requestAnimationFrame(() => region.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' }));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowRight') step(1);
    else if (event.key === 'ArrowLeft') step(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section
      className={`lens-walk ${narrow ? 'narrow' : ''}`}
      ref={region}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable, and arrow keys step here.
      tabIndex={0}
      aria-label={t.way}
      onKeyDown={onKeyDown}
    >
      {narrow && (
        <fieldset className="lens-choice">
          <legend className="unseen">{t.rules.mode}</legend>
          {modes.map((mode) => (
            <label key={mode}>
              <input type="radio" name="lens-one" checked={one === mode} onChange={() => setOne(mode)} />
              <span>{t.modes[mode]}</span>
            </label>
          ))}
        </fieldset>
      )}
      <div className="lens-row lens-head">
        <span />
        {shown.map((mode) => (
          <Head key={mode} mode={mode} journey={journeys[mode]} />
        ))}
      </div>
      {legs.map((leg) => (
        <Leg
          key={leg.key}
          leg={leg}
          shown={shown}
          open={isOpen(leg)}
          chosen={chosen}
          joins={joins}
          onFold={(open) => setLens({ folds: { ...folds, [leg.key]: open } })}
          onChoose={onChoose}
        />
      ))}
      <Results journeys={journeys} shown={shown} />
      {question && <SpreadRow question={question} shape={shape} shown={shown} />}
      <p className="lens-note">
        {t.estimateNote} {t.tools}
      </p>
    </section>
  );
}

/** The machine where kube-proxy's rules are counted, and those before it. */
function countsHere(leg: LegRow, journeys: Journeys): boolean {
  const at = Number(leg.key.split(':')[1]);
  return modes.some((mode) => {
    const j = journeys[mode];
    return (
      j !== undefined &&
      at <=
        Math.max(
          0,
          j.legs.filter((l) => l.way === 'out').findIndex((l) => l.host === j.countedOn),
        )
    );
  });
}

function Head({ mode, journey }: { mode: ProxyMode; journey: Journey | undefined }) {
  return (
    <div className="lens-mode">
      <h2>
        {t.modes[mode]} <small>{journey ? (journey.running ? t.running : t.notRunning) : t.asking}</small>
      </h2>
      {journey && (
        <p>
          <b>{number(journey.rules)}</b> <span>{t.looked(journey.lookups)}</span> <Strip journey={journey} />
        </p>
      )}
    </div>
  );
}

function Strip({ journey: { strip, rules } }: { journey: Journey }) {
  if (strip.length === 0 && rules > 0) {
    // From 200 on the strip is a bar, as long as the count has digits.
    const digits = String(rules).length - 1 + Number(String(rules)[0]) / 10;
    return <i className="lens-bar" style={{ width: Math.min(200, digits * 40) }} aria-hidden="true" />;
  }
  return (
    <svg
      className="lens-strip"
      viewBox={`0 0 ${strip.length * 7} 8`}
      width={strip.length * 7}
      height="8"
      role="img"
      aria-label={t.strip(strip.filter(Boolean).length, strip.length)}
    >
      {strip.map((matched, i) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: rules are their places on the way.
          key={i}
          x={i * 7 + 0.5}
          y="1.5"
          width="5"
          height="5"
          fill={matched ? 'var(--blue)' : 'none'}
          stroke={matched ? 'var(--blue)' : 'var(--ink-3)'}
        />
      ))}
    </svg>
  );
}

interface LegProps {
  leg: LegRow;
  shown: readonly ProxyMode[];
  open: boolean;
  chosen: Chosen | null;
  joins: Joins;
  onFold(open: boolean): void;
  onChoose(chosen: Chosen): void;
}

function Leg({ leg, shown, open, chosen, joins, onFold, onChoose }: LegProps) {
  return (
    <>
      <div className="lens-row lens-leg">
        <button type="button" aria-expanded={open} onClick={() => onFold(!open)}>
          {leg.title}
          <span className="unseen">, {open ? t.hide : t.show}</span>
        </button>
        {shown.map((mode) => {
          const { answer, host } = leg.hosts[mode] ?? {};
          return (
            <p key={mode}>
              <b>{host ?? '–'}</b> {answer && t.legSum(answer.verdict, answer.steps.length)}
            </p>
          );
        })}
      </div>
      {open && leg.rows.map((row) => <Stage key={row.key} row={row} shown={shown} chosen={chosen} joins={joins} onChoose={onChoose} />)}
    </>
  );
}

interface StageProps {
  row: StageRow;
  shown: readonly ProxyMode[];
  chosen: Chosen | null;
  joins: Joins;
  onChoose(chosen: Chosen): void;
}

function Stage({ row, shown, chosen, joins, onChoose }: StageProps) {
  return (
    <div className="lens-row">
      <p className="lens-hook">
        <b>{row.title}</b>
        {row.sub}
      </p>
      {shown.map((mode) => {
        const steps = row.cells[mode];
        return (
          <ol key={mode} aria-label={`${t.modes[mode]}, ${row.title}`}>
            {steps?.map((s: WalkStep, i) => {
              const key = `${row.key}:${i}`;
              return (
                <Step
                  key={key}
                  step={s}
                  joins={joins}
                  current={chosen?.mode === mode && chosen.key === key}
                  onChoose={() => onChoose({ mode, key, step: s })}
                />
              );
            })}
            {steps?.length === 0 && <li className="lens-none">{t.empties}</li>}
            {row.stage === 'first' && mode === 'ipvs' && steps && !steps.some((s) => s.kind === 'nat' || s.kind === 'ipvs') && (
              <li className="lens-none">{t.noAddress}</li>
            )}
          </ol>
        );
      })}
    </div>
  );
}

function Results({ journeys, shown }: { journeys: Journeys; shown: readonly ProxyMode[] }) {
  return (
    <>
      <div className="lens-row lens-result">
        <p className="lens-hook">
          <b>{t.result}</b>
        </p>
        {shown.map((mode) => {
          const j = journeys[mode];
          return (
            <div key={mode}>
              {j && (
                <>
                  <p>
                    <b>{t.outcomes[j.outcome]}</b>
                    {j.outcome !== 'rejected' && j.backend && <span className="mono"> {t.backend(j.backend, j.backendName)}</span>}
                  </p>
                  <p>
                    {t.estimate(j.ns)}
                    {j.outcome !== 'rejected' && `, ${j.legs.some((l) => l.answer.masquerade) ? t.masquerade : t.kept}`}
                    {j.others > 0 && <>, {t.others(j.others)}</>}
                  </p>
                </>
              )}
            </div>
          );
        })}
      </div>
      <div className="lens-row">
        <p className="lens-hook">
          <b>{t.conntrack}</b>
        </p>
        {shown.map((mode) => {
          const leg = journeys[mode]?.legs.find((l) => l.host === journeys[mode]?.countedOn) ?? journeys[mode]?.legs[0];
          const made = leg?.answer.verdict === 'DELIVERED' || leg?.answer.verdict === 'FORWARDED';
          return (
            <p key={mode} className="mono lens-flow">
              {leg && made ? conntrackLine(leg.answer) || t.noFlow : t.noFlow}
            </p>
          );
        })}
      </div>
    </>
  );
}
