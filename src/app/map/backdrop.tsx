/** Cases, soil, lines and stations: one picture under the vertices, that no pointer meets. */
import { memo } from 'react';
import { useRecord, useRecords } from '../state/records.ts';
import { useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { MessageGlyph } from './glyphs.tsx';
import { useNodes } from './nodes.ts';
import type { Channel, Point, Scene } from './scene.ts';

export const pathOf = (points: readonly Point[]): string => `M${points.map((p) => p.join(' ')).join('L')}`;

interface Props {
  scene: Scene;
  taps: readonly Channel[];
}

export const Backdrop = memo(function Backdrop({ scene, taps }: Props) {
  const { glass } = useNodes();
  const cut = useCut(glass);
  const drawn = [...scene.channels, ...taps].filter((c) => !c.hidden);
  const stations = [...scene.stations, ...taps.filter((c) => !c.hidden).map((c) => ({ at: c.points.at(-1) as Point, packets: c.packets }))];
  return (
    <svg className="backdrop" width={scene.width} height={scene.height} viewBox={`0 0 ${scene.width} ${scene.height}`} aria-hidden="true">
      <Case scene={scene} />
      {drawn.map((c) => (
        <path key={c.id} className={`channel ${c.packets ? 'packets' : ''} ${c.bus ? 'bus' : ''} ${cut(c.id) ? 'cut' : ''}`} d={pathOf(c.points)} />
      ))}
      {stations.map(({ at, packets }) => (
        <circle key={`${at.join()}${packets}`} className={`station ${packets ? 'packets' : ''}`} cx={at[0]} cy={at[1]} r="3.5" />
      ))}
      <Labels scene={scene} />
      {scene.vertices.legend && <Legend x={scene.vertices.legend.x + 8} y={scene.vertices.legend.y + 10} />}
    </svg>
  );
});

function Case({ scene }: { scene: Scene }) {
  const { glass } = useNodes();
  const selected = useUi((ui) => glass !== '' && ui.selectedId === `node/${glass}`);
  const r = scene.vertices['worker-1'];
  const k = scene.vertices.kernel;
  if (!r || !k) return null;
  const [left, right, bottom] = [r.x + 3.5, r.x + r.width - 3.5, r.y + r.height - 3.5];
  return (
    <>
      <rect className={`case ${selected ? 'selected' : ''}`} x={r.x} y={r.y} width={r.width} height={r.height} rx="7" />
      {selected && <rect className="marker" x={left} y={r.y + 3.5} width={r.width - 7} height={(scene.vertices['worker-1/label']?.height ?? 20) + 10} />}
      <path className="soil" d={`M${left} ${k.y}H${right}V${bottom - 3.5}a3.5 3.5 0 0 1 -3.5 3.5H${left + 3.5}a3.5 3.5 0 0 1 -3.5 -3.5z`} />
      <path className="hair" d={`M${left} ${k.y}H${right}`} />
      <rect className="case-inner" x={left} y={r.y + 3.5} width={r.width - 7} height={r.height - 7} rx="4" />
      <text className="v-label strong" x={r.x + (scene.name === 'wide' ? 16 : 12)} y={k.y + 19}>
        {words.map.kernel}
      </text>
    </>
  );
}

function Labels({ scene }: { scene: Scene }) {
  const { glass } = useNodes();
  const node = useRecord<'node'>(`node/${glass}`);
  const gateway = node?.podCIDR.replace(/\.0\/(\d+)$/, '.1/$1') ?? '';
  const { apiBus, nodeBus, podBus, wire } = scene.labels;
  return (
    <>
      {apiBus && (
        <text className="v-label" x={apiBus[0]} y={apiBus[1]}>
          {words.map.busLabels.apiBus}
        </text>
      )}
      {nodeBus && (
        <text className="v-label" x={nodeBus[0]} y={nodeBus[1]}>
          {words.map.busLabels.nodeBus}
        </text>
      )}
      {podBus && (
        <text className="v-label mono" x={podBus[0]} y={podBus[1]}>
          {words.map.podBus(gateway)}
        </text>
      )}
      {wire && (
        <text
          className="v-label mono"
          transform={scene.name === 'wide' ? `translate(${wire[0] - 1} ${wire[1] - 10}) rotate(-90)` : `translate(${wire[0]} ${wire[1]})`}
          textAnchor={scene.name === 'wide' ? 'middle' : 'start'}
        >
          {words.map.wire}
        </text>
      )}
    </>
  );
}

const legend = [
  ['api', 'cri'],
  ['probe', 'cni'],
  ['tcp', 'udp'],
] as const;

function Legend({ x, y }: { x: number; y: number }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      {legend.flatMap((pair, row) =>
        pair.map((kind, column) => (
          <g key={kind} transform={`translate(${column * 80} ${row * 22})`}>
            <svg aria-hidden="true" x="-7" y="-7" width="14" height="14" overflow="visible">
              <MessageGlyph message={{ kind, text: '', reply: false }} />
            </svg>
            <text className="v-label" x="14" y="4">
              {words.map.kinds[kind]}
            </text>
          </g>
        )),
      )}
    </g>
  );
}

/** Which lines are dead: those of stopped components, and those that a fault cut. */
export function useCut(glass: string): (channel: string) => boolean {
  const components = useRecords('component');
  const cluster = useRecord<'cluster'>('cluster');
  const faults = cluster?.faults ?? [];
  const parts = new Set<string>();
  const vertexOf: Record<string, string> = { 'kube-proxy': 'kubeProxy' };
  for (const c of components) {
    if (c.up || !c.address.startsWith(`${glass}/`)) continue;
    const part = c.address.slice(glass.length + 1);
    parts.add(vertexOf[part] ?? part);
  }
  const apart = faults.filter((f) => f.label === 'cutApiServer').map((f) => f.target);
  const unreachable = faults.some((f) => f.label === 'registryUnreachable');
  return (channel) => {
    const ends = channel.replace(/ \(.*\)$/, '').split('/');
    if (ends.some((end) => parts.has(end))) return true;
    if (unreachable && ends.includes('registry')) return true;
    if (ends[0] === 'apiBus' && apart.includes(glass) && (ends[1] === 'kubelet' || ends[1] === 'kubeProxy')) return true;
    if (channel === 'apiBus/worker-2' && apart.some((node) => node !== glass)) return true;
    return ends[0] === 'api' && apart.includes(ends[1] ?? '');
  };
}
