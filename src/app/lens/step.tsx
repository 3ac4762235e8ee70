/** One step of a walk in its column. */
import type { WalkStep } from '../../core/index.ts';
import { setUi, useUi } from '../state/ui.ts';
import { lensWords as t } from '../words/lens.en.ts';
import type { Joins } from './joins.ts';
import { shortRule } from './rows.ts';

export interface StepProps {
  step: WalkStep;
  current: boolean;
  onChoose(): void;
  joins: Joins;
}

const side = (a: { ip: string; port: number }): string => (a.port ? `${a.ip}:${a.port}` : a.ip);

export function Step({ step, current, onChoose, joins }: StepProps) {
  const about = joins.of(step);
  const marked = useUi((ui) => about.length > 0 && (about.includes(ui.hoveredId) || (ui.selectedId !== '' && about.includes(ui.selectedId))));
  if (step.skipped !== undefined && step.text === '')
    return (
      <li className="lens-gap" style={{ marginLeft: indent(step) }}>
        {t.gap(step.skipped)}
      </li>
    );
  const hit = step.kind !== 'rule' || step.matched === true;
  const { before, after } = step;
  const translated = (step.kind === 'nat' || step.kind === 'ipvs') && before && after;
  return (
    <li
      className={`lens-step ${hit ? 'hit' : ''} ${current ? 'current' : ''} ${marked ? 'marked' : ''}`}
      style={{ paddingLeft: indent(step) }}
      aria-current={current || undefined}
      onPointerEnter={() => about[0] && setUi({ hoveredId: about[0] })}
      onPointerLeave={() => about[0] && setUi({ hoveredId: '' })}
    >
      <svg viewBox="0 0 11 11" role="img" aria-label={hit ? t.matched : t.seen}>
        {hit ? (
          <path d="M1 5.5h7M5.5 2.5l3 3-3 3" fill="none" stroke="var(--blue)" strokeWidth="1.8" />
        ) : (
          <circle cx="5.5" cy="5.5" r="1.8" fill="var(--ink-3)" />
        )}
      </svg>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the walk choose steps. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the list is walked with arrow keys. */}
      <span onClick={onChoose} title={step.text}>
        {step.kind === 'nat' ? null : (
          <>
            <code>{shortRule(step.text)}</code> {step.detail && <em>{step.detail}</em>}
          </>
        )}
        {translated && (
          <b className="lens-nat">
            {before.dst === after.dst && before.dport === after.dport ? (
              <>
                src {side({ ip: before.src, port: before.sport })} → <strong>{side({ ip: after.src, port: after.sport })}</strong>
              </>
            ) : (
              <>
                dst {side({ ip: before.dst, port: before.dport })} → <strong>{side({ ip: after.dst, port: after.dport })}</strong>
              </>
            )}
          </b>
        )}
      </span>
    </li>
  );
}

const indent = (step: WalkStep): number => Math.min(48, Math.max(0, step.depth - 1) * 10);
