/** A thousand connections at once in each mode, against what is expected. */
import { useEffect, useState } from 'react';
import type { LensPacketQuestion, ProxyMode, Spread } from '../../core/index.ts';
import { number } from '../words/en.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { askOnce } from './ask.ts';
import { modes } from './rows.ts';
import { setLens, useLens } from './store.ts';

const counts = [100, 1000, 10_000];

export function SpreadRow({ question, shape, shown }: { question: LensPacketQuestion; shape: string; shown: readonly ProxyMode[] }) {
  const { count, clients, services } = useLens();
  const [found, setFound] = useState<{ key: string; spreads: Partial<Record<ProxyMode, Spread>>; error: string }>({ key: '', spreads: {}, error: '' });
  const [walking, setWalking] = useState(false);
  const key = JSON.stringify([question, shape, count, clients, services]);
  const known = found.key === key ? found : null;
  const ask = async (): Promise<void> => {
    setWalking(true);
    const spreads: Partial<Record<ProxyMode, Spread>> = {};
    try {
      for (const mode of modes) {
        spreads[mode] = await askOnce({ ask: 'spread', mode, services, question: { ...question, packet: 'first' }, count, clients });
        setFound({ key, spreads: { ...spreads }, error: '' });
      }
    } catch (error) {
      setFound({ key, spreads, error: error instanceof Error ? error.message : String(error) });
    }
    setWalking(false);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once at the start; afterwards by its button.
  useEffect(() => {
    if (services === 0) void ask();
  }, [key]);
  return (
    <div className="lens-row lens-spread">
      <div className="lens-hook">
        <b>{t.spread}</b>
        <label>
          <span className="unseen">{t.spreadCount}</span>
          <select value={count} onChange={(event) => setLens({ count: Number(event.currentTarget.value) })}>
            {counts.map((n) => (
              <option key={n} value={n}>
                {t.spreadAsk(n)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span className="unseen">{t.spreadFrom}</span>
          <select value={clients} onChange={(event) => setLens({ clients: event.currentTarget.value as 'one' | 'many' })}>
            <option value="one">{t.clients.one}</option>
            <option value="many">{t.clients.many}</option>
          </select>
        </label>
        {!known && (
          <button type="button" className="btn" disabled={walking} onClick={() => void ask()}>
            {walking ? t.asking : t.paste.walk}
          </button>
        )}
        {known?.error}
      </div>
      {shown.map((mode) => (
        <Bars key={mode} mode={mode} spread={known?.spreads[mode]} />
      ))}
    </div>
  );
}

function Bars({ mode, spread }: { mode: ProxyMode; spread: Spread | undefined }) {
  if (!spread) return <p className="lens-none">{t.asking}</p>;
  if (spread.error) return <p className="lens-none">{spread.error}</p>;
  const most = Math.max(1, ...spread.rows.map((row) => Math.max(row.count, row.expected)));
  return (
    <div>
      <p>
        {spread.rows.length > 0 && t.spreadHow(spread.how)}
        {spread.margin > 0 && `, ${t.spreadMargin(spread.margin)}`}
      </p>
      <ul aria-label={`${t.modes[mode]}: ${t.spread}`}>
        {spread.rows.slice(0, 12).map((row) => (
          <li key={row.backend} title={row.name}>
            <span className="mono">{row.backend}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect x="0" y="1" width={(row.count / most) * 100} height="6" fill="var(--blue)" />
              <path d={`M${(row.expected / most) * 100} 0v8`} stroke="var(--ink)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
            </svg>
            <span>{t.spreadRow(row.count, row.expected)}</span>
          </li>
        ))}
      </ul>
      {spread.rows.length > 12 && <p>+{number(spread.rows.length - 12)}</p>}
      {spread.lost > 0 && <p>{t.lost(spread.lost, spread.lostWhy)}</p>}
    </div>
  );
}
