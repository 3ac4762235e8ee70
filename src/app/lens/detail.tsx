/** The chosen step: its whole text, why, addresses before and after; copied by a button. */
import { useState } from 'react';
import type { ProxyMode, WalkStep } from '../../core/index.ts';
import { lensWords as t } from '../words/lens.en.ts';

export interface Chosen {
  mode: ProxyMode;
  key: string;
  step: WalkStep;
}

const told = (a: NonNullable<WalkStep['before']>): string => `${a.src}:${a.sport} → ${a.dst}:${a.dport}${a.mark ? ` mark 0x${a.mark.toString(16)}` : ''}`;

export function Detail({ chosen }: { chosen: Chosen | null }) {
  if (!chosen) return null;
  const { step, mode } = chosen;
  return (
    <section className="lens-detail" aria-label={t.detail} aria-live="polite">
      <p>
        <b>{t.modes[mode]}</b> {[step.hook, step.table].filter(Boolean).join(', ')}{' '}
        {step.place !== undefined && step.chain ? t.place(step.place, step.chain) : ''}
      </p>
      <WholeText text={step.text} />
      <p>
        {step.kind === 'rule' && <b>{step.matched ? t.matched : t.seen}</b>} {step.detail}{' '}
        <span className="mono">{step.before && step.after ? `${told(step.before)} ⇒ ${told(step.after)}` : ''}</span>
      </p>
    </section>
  );
}

export function WholeText({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  const copy = (): void => {
    const done = (words: string) => (): void => setSaid(words);
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done(t.copied), done(t.notCopied));
    else setSaid(t.notCopied);
  };
  return (
    <div className="lens-whole">
      <code>{text}</code>
      <button type="button" className="btn" onClick={copy} onBlur={() => setSaid('')}>
        {said || t.copy}
      </button>
    </div>
  );
}
