/** The packet lens: one packet walked through the kernel, rule by rule. */
import { useMemo, useState } from 'react';
import type { WalkAnswer, WalkStep } from '../../core/index.ts';
import { useAsked } from '../inspector/use-asked.ts';
import type { SlotProps } from '../slots.tsx';
import { useRecord, useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { openOverlay, useUi } from '../state/ui.ts';
import { number, words } from '../words/en.ts';
import { panelWords } from '../words/panels.en.ts';
import { isKubeProxys, type LensSection, ruleText, sectionsOf } from './lens-walk.ts';
import './lens.css';

const t = panelWords.lens;
const other = 'other';
/** From as many rules on the strip is a bar. */
const mostCells = 200;

interface Goal {
  key: string;
  label: string;
  ip: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

export function Lens({ height }: SlotProps) {
  const pods = useRecords('pod');
  const services = useRecords('service');
  const nodes = useRecords('node');
  const mode = useRecord<'cluster'>('cluster')?.proxyMode ?? 'iptables';
  const selectedId = useUi((ui) => ui.selectedId);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [typed, setTyped] = useState({ ip: '', port: 80, protocol: 'tcp' as 'tcp' | 'udp' });
  const starts = useMemo(
    () => [
      ...pods.filter((p) => p.ip !== '' && !p.hostNetwork).map((p) => ({ key: `${p.namespace}/${p.name}`, label: `${p.name} ${p.ip}`, id: p.id })),
      ...nodes.map((n) => ({ key: n.name, label: `${n.name} ${n.ip}`, id: n.id })),
      { key: 'client', label: t.outside, id: '' },
    ],
    [pods, nodes],
  );
  const goals = useMemo(() => {
    const out: Goal[] = [];
    for (const s of services)
      if (s.clusterIP !== '' && s.clusterIP !== 'None')
        for (const p of s.ports)
          out.push({
            key: `${s.id}:${p.protocol}${p.port}`,
            label: `${t.service(s.name)} ${s.clusterIP}:${p.port}`,
            ip: s.clusterIP,
            port: p.port,
            protocol: p.protocol === 'UDP' ? 'udp' : 'tcp',
          });
    for (const p of pods) if (p.ip !== '') out.push({ key: p.id, label: `${p.name} ${p.ip}:80`, ip: p.ip, port: 80, protocol: 'tcp' });
    return out;
  }, [services, pods]);
  const start =
    starts.find((s) => s.key === from) ??
    starts.find((s) => s.id === selectedId && s.id.startsWith('pod/')) ??
    starts.find((s) => s.key === 'default/client') ??
    starts[0];
  const chosen =
    goals.find((g) => g.key === to) ??
    goals.find((g) => g.key.startsWith(selectedId) && selectedId.startsWith('service/')) ??
    goals.find((g) => /^Service (?!kube)/.test(g.label)) ??
    goals[0];
  const goal = to === other ? { ...typed, label: '', key: other } : chosen;
  const rules = useRecord<'kernel'>(`kernel/${nodes.find((n) => n.glassed)?.name ?? ''}/netfilter`)?.facts;
  const resting = useFrame((run) => (run.playing ? Math.floor(run.nowMs / 2000) : run.nowMs));
  const again = useMemo(() => ({ rules, resting }), [rules, resting]);
  const valid = start && goal && /^\d+\.\d+\.\d+\.\d+$/.test(goal.ip) && goal.port > 0;
  const { answer, error } = useAsked(
    valid ? { q: 'walk', mode, from: start.key, toIP: goal.ip, toPort: goal.port, protocol: goal.protocol } : null,
    again,
    800,
  );
  return (
    <section className="lens" aria-label={t.title} style={{ height }}>
      <div className="lens-ask">
        <div className="lens-path">
          <label>
            <span className="unseen">{t.from}</span>
            <select value={start?.key ?? ''} onChange={(event) => setFrom(event.currentTarget.value)}>
              {starts.map((s) => (
                <option key={s.key} value={s.key}>
                  {s.label}
                </option>
              ))}
            </select>
          </label>
          <span>{t.to}</span>
          <label>
            <span className="unseen">{t.address}</span>
            <select value={goal?.key ?? ''} onChange={(event) => setTo(event.currentTarget.value)}>
              {goals.map((g) => (
                <option key={g.key} value={g.key}>
                  {g.label}
                </option>
              ))}
              <option value={other}>{t.other}</option>
            </select>
          </label>
          {to === other && (
            <>
              <input
                className="mono"
                aria-label={t.address}
                value={typed.ip}
                placeholder="10.96.0.10"
                onChange={(event) => setTyped({ ...typed, ip: event.currentTarget.value.trim() })}
              />
              <input
                className="mono lens-port"
                aria-label={t.port}
                type="number"
                min={1}
                max={65535}
                value={typed.port}
                onChange={(event) => setTyped({ ...typed, port: Number(event.currentTarget.value) })}
              />
              <select
                aria-label={t.protocol}
                value={typed.protocol}
                onChange={(event) => setTyped({ ...typed, protocol: event.currentTarget.value as 'tcp' | 'udp' })}
              >
                <option value="tcp">TCP</option>
                <option value="udp">UDP</option>
              </select>
            </>
          )}
          <span className="lens-kind">
            {goal?.protocol.toUpperCase()}, {t.newConnection}
          </span>
        </div>
        <button type="button" className="btn bare" onClick={() => openOverlay(null)}>
          {panelWords.close}
          <kbd>{panelWords.closeKeys}</kbd>
        </button>
        <p>{t.note}</p>
      </div>
      {answer && !answer.error ? (
        <Walk answer={answer} mode={words.header.modes[mode]} />
      ) : (
        <p className="lens-empty">{answer?.error || error ? t.failed(answer?.error || error) : valid ? t.asking : t.empty}</p>
      )}
    </section>
  );
}

function Walk({ answer, mode }: { answer: WalkAnswer; mode: string }) {
  const sections = sectionsOf(answer.steps, t.sections);
  const rules = answer.steps.filter(isKubeProxys);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable.
    <section className="lens-walk" tabIndex={0} aria-label={t.way}>
      <div className="lens-head">
        <h2>{mode}</h2>
        <b>{number(rules.length)}</b>
        <span>{t.looked}</span>
        <Strip rules={rules} />
      </div>
      {sections.map((section) => (
        <Section key={section.key} section={section} />
      ))}
      <div className="lens-row">
        <p className="lens-hook">
          <b>{t.verdict}</b>
        </p>
        <p className="lens-verdict">
          <b>{answer.verdict}</b> {answer.endpoint && <span className="mono">{answer.endpoint}</span>} {answer.masquerade ? t.masquerade : t.kept}
        </p>
      </div>
    </section>
  );
}

function Strip({ rules }: { rules: readonly WalkStep[] }) {
  if (rules.length >= mostCells) {
    const width = Math.min(240, Math.log10(rules.length) * 60);
    return <i className="lens-bar" style={{ width }} aria-hidden="true" />;
  }
  return (
    <svg className="lens-strip" viewBox={`0 0 ${rules.length * 8} 8`} width={rules.length * 8} height="8" aria-hidden="true">
      {rules.map((rule, i) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: rules are their places on the way.
          key={i}
          x={i * 8 + 1}
          y="1"
          width="5"
          height="6"
          fill={rule.matched ? 'var(--blue)' : 'none'}
          stroke={rule.matched ? 'var(--blue)' : 'var(--ink-3)'}
        />
      ))}
    </svg>
  );
}

function Section({ section: { title, tables, steps } }: { section: LensSection }) {
  return (
    <div className="lens-row">
      <p className="lens-hook">
        <b>{title}</b>
        {tables.join(', ')}
      </p>
      <ol>
        {steps.map((step, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are their places on the way.
          <Step key={i} step={step} />
        ))}
      </ol>
    </div>
  );
}

function Step({ step }: { step: WalkStep }) {
  if (step.kind === 'nat')
    return (
      <li className="lens-nat" style={{ paddingLeft: 20 + step.depth * 12 }}>
        {step.before && step.after ? (
          step.before.dst === step.after.dst && step.before.dport === step.after.dport ? (
            <>
              src {step.before.src}:{step.before.sport} → <b>{`${step.after.src}:${step.after.sport}`}</b>
            </>
          ) : (
            <>
              dst {step.before.dst}:{step.before.dport} → <b>{`${step.after.dst}:${step.after.dport}`}</b>
            </>
          )
        ) : (
          step.text
        )}
      </li>
    );
  const hit = step.kind !== 'rule' || step.matched === true;
  return (
    <li className={`lens-step ${hit ? 'hit' : ''}`} style={{ paddingLeft: Math.max(0, step.depth - 1) * 12 }}>
      <svg viewBox="0 0 11 11" role="img" aria-label={hit ? t.matched : t.seen}>
        {hit ? (
          <path d="M1 5.5h7M5.5 2.5l3 3-3 3" fill="none" stroke="var(--blue)" strokeWidth="1.8" />
        ) : (
          <circle cx="5.5" cy="5.5" r="1.8" fill="var(--ink-3)" />
        )}
      </svg>
      <span title={step.text}>
        <code>{ruleText(step.text)}</code> {step.detail && <em>{step.detail}</em>}
      </span>
    </li>
  );
}
