/** The list of runs: which plays, which two are compared. */
import { useEffect, useState } from 'react';
import { replaceText, setApplied, useText } from '../editor/text.ts';
import { useFrame, useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { timeText } from '../timebar/time-text.ts';
import { compareWords as t } from '../words/compare.en.ts';
import { words } from '../words/en.ts';
import './compare.css';
import { type Run, runName, runOrigin } from './names.ts';
import { compareRuns, useCompare } from './store.ts';

const modes = ['iptables', 'ipvs', 'nftables'] as const;

export function RunsPanel() {
  const { list, current } = useFrame((run) => run.runs);
  const pair = useCompare((compare) => compare.pair);
  const [chosen, setChosen] = useState<readonly number[]>([]);
  useEffect(() => {
    if (pair) setChosen(pair);
  }, [pair]);
  const here = chosen.filter((id) => list.some((run) => run.id === id));
  const toggle = (id: number): void => {
    const next = here.includes(id) ? here.filter((one) => one !== id) : [...here.slice(-1), id];
    setChosen(next);
    const [a, b] = next;
    if (a !== undefined && b !== undefined) void compareRuns(a, b);
  };
  const mine = list.find((run) => run.id === current);
  return (
    <div className="runs">
      <ul className="runs-list" aria-label={t.runs}>
        {list.map((run) => (
          <Row key={run.id} run={run} current={run.id === current} chosen={here.includes(run.id)} toggle={() => toggle(run.id)} />
        ))}
      </ul>
      <p>{t.note}</p>
      {mine && (
        <div className="runs-again">
          <h3>{t.again}</h3>
          {modes
            .filter((mode) => mode !== mine.mode)
            .map((mode) => (
              <button key={mode} type="button" className="btn" onClick={() => void beside({ mode })}>
                {t.withMode(words.header.modes[mode])}
              </button>
            ))}
          <button type="button" className="btn" onClick={() => void beside({ seed: Math.max(...list.map((run) => run.seed)) + 1 })}>
            {t.withSeed(Math.max(...list.map((run) => run.seed)) + 1)}
          </button>
        </div>
      )}
    </div>
  );
}

/** The same run with another mode or seed, compared at once. */
export async function beside(change: { mode?: (typeof modes)[number]; seed?: number }): Promise<void> {
  const { current } = useRun.getState().runs;
  try {
    const run = await session.beside(current, change);
    await compareRuns(current, run);
  } catch {
    // The session says what is wrong by its health.
  }
}

async function play(id: number): Promise<void> {
  const applied = await session.switchRun(id);
  const { text, applied: before } = useText.getState();
  setApplied(applied);
  // A draft stays.
  if (text === before) replaceText(applied);
}

function Row({ run, current, chosen, toggle }: { run: Run; current: boolean; chosen: boolean; toggle(): void }) {
  const known = useFrame((state) => (current ? Math.max(state.nowMs, state.knownUntilMs) : run.untilMs));
  const name = runName(run);
  return (
    <li className={`run-row ${chosen ? 'chosen' : ''} ${current ? 'marked' : ''}`}>
      <button type="button" aria-pressed={chosen} aria-label={t.choose(`${t.run(run.id)}, ${name}`)} onClick={toggle}>
        <span>{run.id}</span>
        <span title={name}>
          <b>{name}</b> {runOrigin(run)}
        </span>
        <time>{timeText(known)}</time>
      </button>
      {current ? (
        <em>{t.playing}</em>
      ) : (
        <button type="button" className="btn bare" aria-label={t.playRun(t.run(run.id))} onClick={() => play(run.id).catch(() => {})}>
          {t.play}
        </button>
      )}
    </li>
  );
}
