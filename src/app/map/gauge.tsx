/** A probe's gauge: cells count the threshold; the line below grows until the next probe. */
import type { GaugeRecord } from '../../core/index.ts';
import { useRun } from '../state/run.ts';
import { words } from '../words/en.ts';

const letters = { startup: 'S', liveness: 'L', readiness: 'R' } as const;
const kinds = ['startup', 'liveness', 'readiness'] as const;

/** The strictest of several containers stands for all: the one nearest to failing. */
export function gaugesOf(probes: readonly GaugeRecord[]): Partial<Record<GaugeRecord['kind'], GaugeRecord>> {
  const badness = (g: GaugeRecord): number => (g.result === 'failure' ? 2 + g.run / g.threshold : g.result === 'unknown' ? 1 : 0);
  const out: Partial<Record<GaugeRecord['kind'], GaugeRecord>> = {};
  for (const g of probes) {
    const known = out[g.kind];
    if (!known || badness(g) > badness(known)) out[g.kind] = g;
  }
  return out;
}

export function Gauges({ probes, only }: { probes: readonly GaugeRecord[]; only?: boolean }) {
  if (probes.length === 0) return <span className="no-probes">{words.map.noProbes}</span>;
  const known = gaugesOf(probes);
  return (
    <div className="v-gauges">
      {kinds.map((kind) => {
        const g = known[kind];
        if (only && !g) return null;
        return g ? <Gauge key={kind} g={g} width={only ? 48 : 28} /> : <NoGauge key={kind} kind={kind} />;
      })}
    </div>
  );
}

const NoGauge = ({ kind }: { kind: GaugeRecord['kind'] }) => (
  <span className="v-gauge none">
    <b>{letters[kind]}</b>
    <i />
  </span>
);

type Cell = 'passed' | 'failed' | 'empty';

/** From left: filled passes left, then failures from the right; hollow successes still needed. */
export function cellsOf(g: GaugeRecord): Cell[] {
  const full = (g as { failureThreshold?: number }).failureThreshold ?? g.threshold;
  const n = Math.max(1, g.result === 'success' ? full : g.threshold);
  if (g.result === 'success') return Array<Cell>(n).fill(g.run >= g.threshold || g.threshold === 1 ? 'passed' : 'empty');
  if (g.result === 'failure') return Array.from({ length: n }, (_, i): Cell => (i >= n - g.run ? 'failed' : 'passed'));
  // Before its first answer a liveness probe counts as passed, the others do not.
  if (g.kind === 'liveness') return Array<Cell>(n).fill('passed');
  return Array.from({ length: n }, (_, i): Cell => (i < g.run ? 'passed' : 'empty'));
}

/** More cells than can be told apart are drawn as this many. */
const maxCells = 9;

export function Gauge({ g, width = 28 }: { g: GaugeRecord; width?: number }) {
  const cells = cellsOf(g);
  const all = cells.length > maxCells ? Array.from({ length: maxCells }, (_, i) => cells[Math.floor((i * cells.length) / maxCells)] as Cell) : cells;
  const gap = all.length > 5 ? 1 : 2;
  const w = (width - gap * (all.length - 1)) / all.length;
  const failures = cells.filter((c) => c === 'failed').length;
  const passes = cells.filter((c) => c === 'passed').length;
  const grown = useRun((run) => (g.nextAtMs === null ? 0 : Math.round(Math.max(0, Math.min(1, 1 - (g.nextAtMs - run.nowMs) / g.periodMs)) * width)));
  const left = g.nextAtMs === null ? null : g.nextAtMs - useRun.getState().nowMs;
  const name = failures > 0 ? words.map.gaugeFailing(g.kind, failures, cells.length, left) : words.map.gaugeName(g.kind, passes, cells.length, left);
  return (
    <span className="v-gauge" role="img" aria-label={name}>
      <b>{letters[g.kind]}</b>
      <svg viewBox={`0 0 ${width} 14`} width={width} height="14" aria-hidden="true">
        {all.map((cell, i) => {
          const x = i * (w + gap);
          if (cell === 'empty') return <rect key={x} x={x + 0.5} y="1.5" width={w - 1} height="8" fill="none" stroke="var(--ink-3)" />;
          return (
            <g key={x}>
              <rect x={x} y="1" width={w} height="9" fill={cell === 'failed' ? 'var(--red)' : 'var(--glass)'} />
              {cell === 'failed' && w >= 4 && <path d={`M${x + w / 2 - 2} 3.5l4 4m0-4l-4 4`} stroke="var(--plate)" strokeWidth="1.25" fill="none" />}
            </g>
          );
        })}
        {grown > 0 && <path d={`M0 13H${grown}`} stroke="var(--ink-3)" strokeWidth="1.25" />}
      </svg>
    </span>
  );
}
