/** The packet lens: one packet in three modes, a pasted rule set, and what is not simulated. */
import { useState } from 'react';
import type { LensQuestion, ProxyMode } from '../../core/index.ts';
import type { SlotProps } from '../slots.tsx';
import { useRecord } from '../state/records.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { useLensAnswer } from './ask.ts';
import { AskRow } from './ask-row.tsx';
import { Columns } from './columns.tsx';
import { Curve } from './curve.tsx';
import { type Chosen, Detail } from './detail.tsx';
import { Others } from './others.tsx';
import { Paste } from './paste.tsx';
import { useAsking } from './question.ts';
import type { Journeys } from './rows.ts';
import { useLens } from './store.ts';
import './lens.css';

/** Walks with other sets of rules are asked anew only when the question is another. */
const never = 'never';

export function LensPane({ width, height }: SlotProps) {
  const view = useLens((lens) => lens.view);
  const services = useLens((lens) => lens.services);
  const asking = useAsking();
  const running = useRecord<'cluster'>('cluster')?.proxyMode ?? 'iptables';
  const { question } = asking;
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const again = services > asking.own ? never : asking.again;
  const ask = (mode: ProxyMode): Extract<LensQuestion, { ask: 'journey' }> | null =>
    question && view === 'modes' ? { ask: 'journey', mode, services, question } : null;
  const answers = {
    iptables: useLensAnswer(ask('iptables'), again, 800),
    ipvs: useLensAnswer(ask('ipvs'), again, 800),
    nftables: useLensAnswer(ask('nftables'), again, 800),
  };
  const journeys: Journeys = {};
  for (const mode of ['iptables', 'ipvs', 'nftables'] as const) {
    const { answer } = answers[mode];
    if (answer && !answer.error) journeys[mode] = answer;
  }
  const error = answers[running].answer?.error || answers[running].error;
  const narrow = width < 860;
  return (
    <section className="lens" aria-label={t.title} style={{ height }}>
      <AskRow asking={asking} />
      {view === 'paste' && <Paste />}
      {view === 'others' && <Others />}
      {view === 'modes' &&
        (Object.keys(journeys).length > 0 ? (
          <>
            <Columns journeys={journeys} question={question} shape={asking.shape} running={running} narrow={narrow} chosen={chosen} onChoose={setChosen} />
            <Detail chosen={chosen} />
            {height > 460 && !narrow && question && <Curve question={question} own={asking.own} shape={asking.shape} />}
          </>
        ) : (
          <p className="lens-empty" role="status">
            {error ? t.failed(error) : !question ? t.empty : services > 0 ? t.making(services) : t.asking}
          </p>
        ))}
    </section>
  );
}
