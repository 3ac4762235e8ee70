/** Rules looked at against the number of Services: each point is a walk on rules that kube-proxy wrote for so many. */
import { useEffect, useRef, useState } from 'react';
import type { Cost, LensPacketQuestion, ProxyMode } from '../../core/index.ts';
import { openOverlay } from '../state/ui.ts';
import { number } from '../words/en.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { askOnce } from './ask.ts';
import { modes } from './rows.ts';
import { useLens } from './store.ts';

const few = [10, 100, 1000];
const many = [5000, 20_000];
const box = { left: 52, right: 96, top: 10, bottom: 20, width: 560, height: 104 };
const dashes: Record<ProxyMode, string> = { iptables: '', ipvs: '5 3', nftables: '2 3' };

export function Curve({ question, own, shape }: { question: LensPacketQuestion; own: number; shape: string }) {
  const services = useLens((lens) => lens.services);
  const [costs, setCosts] = useState<Cost[]>([]);
  const [walking, setWalking] = useState(0);
  const [all, setAll] = useState(false);
  const { from, toIP, toPort, protocol } = question;
  const run = useRef(0);
  const key = JSON.stringify([from, toIP, toPort, protocol, own, shape]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which question.
  useEffect(() => {
    run.current += 1;
    const mine = run.current;
    const sizes = [0, ...few.filter((n) => n > own), ...(all || services > 1000 ? many : [])];
    setCosts([]);
    const walk = async (): Promise<void> => {
      // One size and one mode at a time: between them the session plays on.
      for (const size of sizes)
        for (const mode of modes) {
          setWalking(size || own);
          const cost = await askOnce({ ask: 'cost', mode, services: size, question: { ...question, packet: 'first' } }).catch(() => null);
          if (run.current !== mine) return;
          if (cost && !cost.error) setCosts((before) => [...before, cost]);
        }
      setWalking(0);
    };
    void walk();
    return () => {
      run.current += 1;
    };
  }, [key, all, services > 1000]);
  const biggest = Math.max(own, ...costs.map((c) => c.services), 1000);
  const highest = Math.max(100, ...costs.map((c) => c.rules));
  const x = (n: number): number => box.left + ((log(n) - log(own)) / Math.max(0.1, log(biggest) - log(own))) * (box.width - box.left - box.right);
  const y = (n: number): number => box.height - box.bottom - (log(n) / log(highest * 1.2)) * (box.height - box.top - box.bottom);
  const ticks = [own, ...few, ...many].filter((n) => n >= own && n <= biggest && (n !== 5000 || biggest < 20_000));
  const levels = [1, 10, 100, 1000, 10_000].filter((n) => n <= highest * 1.2);
  const labels = spaced(
    modes.map((mode) => ({ mode, cost: of(costs, mode).at(-1) })).filter((l) => l.cost !== undefined) as { mode: ProxyMode; cost: Cost }[],
    y,
  );
  return (
    <section className="lens-curve" aria-label={t.curve.title}>
      <div>
        <h3>{t.curve.title}</h3>
        <p>{t.curve.note}</p>
        <p role="status">{walking > 0 ? t.curve.walking(walking) : ''}</p>
        {!all && services <= 1000 && walking === 0 && (
          <button type="button" className="as-link" onClick={() => setAll(true)}>
            {t.curve.more}
          </button>
        )}
        <button type="button" className="as-link" onClick={() => openOverlay('rules')}>
          {t.curve.table}
        </button>
      </div>
      <svg viewBox={`0 0 ${box.width} ${box.height}`} aria-hidden="true">
        {levels.map((n) => (
          <g key={n}>
            <path d={`M${box.left} ${y(n)}H${box.width - box.right}`} stroke="var(--hair)" />
            <text x={box.left - 8} y={y(n) + 4} textAnchor="end">
              {number(n)}
            </text>
          </g>
        ))}
        {ticks.map((n) => (
          <text key={n} x={x(n)} y={box.height - 5} textAnchor="middle">
            {number(n)}
          </text>
        ))}
        {modes.map((mode) => (
          <path
            key={mode}
            d={of(costs, mode)
              .map((c, i) => `${i === 0 ? 'M' : 'L'}${x(c.services).toFixed(1)} ${y(c.rules).toFixed(1)}`)
              .join('')}
            fill="none"
            stroke="var(--ink)"
            strokeWidth="1.75"
            strokeDasharray={dashes[mode]}
          />
        ))}
        {costs.map((c) => (
          <circle key={`${c.mode} ${c.services}`} cx={x(c.services)} cy={y(c.rules)} r="2.5" fill="var(--ink)" />
        ))}
        {labels.map(({ mode, cost, at }) => (
          <text key={mode} x={box.width - box.right + 10} y={at + 4} className="lens-curve-name">
            {t.modes[mode]} {number(cost.rules)}
          </text>
        ))}
      </svg>
      <table className="unseen">
        <caption>{t.curve.title}</caption>
        <thead>
          <tr>
            <th scope="col">{t.curve.axis}</th>
            {modes.map((mode) => (
              <th key={mode} scope="col">
                {t.modes[mode]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...new Set(costs.map((c) => c.services))].map((size) => (
            <tr key={size}>
              <th scope="row">{number(size)}</th>
              {modes.map((mode) => (
                <td key={mode}>{number(costs.find((c) => c.mode === mode && c.services === size)?.rules ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const log = (n: number): number => Math.log10(Math.max(1, n));
const of = (costs: readonly Cost[], mode: ProxyMode): Cost[] => costs.filter((c) => c.mode === mode).sort((a, b) => a.services - b.services);

/** Names beside the ends of the lines, none over another. */
function spaced(labels: { mode: ProxyMode; cost: Cost }[], y: (n: number) => number): { mode: ProxyMode; cost: Cost; at: number }[] {
  const out = labels.map((l) => ({ ...l, at: y(l.cost.rules) })).sort((a, b) => b.at - a.at);
  for (let i = 1; i < out.length; i += 1) {
    const [below, here] = [out[i - 1], out[i]];
    if (below && here && below.at - here.at < 13) here.at = below.at - 13;
  }
  return out;
}
