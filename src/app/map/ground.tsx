/** What lies under the cards: the node's case with the kernel's soil, lines with their stations, the legend. No pointer meets it. */

import type { EdgeProps, NodeProps } from '@xyflow/react';
import { memo, type ReactNode } from 'react';
import { useRecord } from '../state/records.ts';
import { useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { useIsCut } from './cut.ts';
import type { BusLabel, CaseNode, ChannelEdge, LineNode } from './flow.ts';
import { MessageGlyph } from './glyphs.tsx';
import { useNodes } from './nodes.ts';
import { type Channel, type Point, pathOf, type Rect } from './scene.ts';

/**
 * Where React Flow finds the ends of a node's lines when it measures it. Lines have their own points, so one spot in the middle serves all, and
 * it hears nothing of the store, as a `Handle` would with every move.
 */
export const Spot = (): ReactNode => <i className="source target spot" data-handlepos="top" />;

/** A picture in the scene's own coordinates, in a node that stands at `x`, `y`. */
function Picture({ x, y, spot = false, children }: { x: number; y: number; spot?: boolean; children: ReactNode }) {
  return (
    <>
      {spot && <Spot />}
      <svg className="ground" width="1" height="1" viewBox={`${x} ${y} 1 1`} aria-hidden="true">
        {children}
      </svg>
    </>
  );
}

function Line({ channel, stations }: { channel: Channel; stations: readonly Point[] }) {
  const cut = useIsCut(channel.id);
  return (
    <>
      <path className={`channel ${channel.packets ? 'packets' : ''} ${channel.bus ? 'bus' : ''} ${cut ? 'cut' : ''}`} d={pathOf(channel.points)} />
      {stations.map(([x, y]) => (
        <circle key={`${x} ${y}`} className={`station ${channel.packets ? 'packets' : ''}`} cx={x} cy={y} r="3.5" />
      ))}
    </>
  );
}

export const ChannelLine = memo(function ChannelLine({ data }: EdgeProps<ChannelEdge>) {
  return data && <Line {...data} />;
});

export const BusLine = memo(function BusLine({ data, positionAbsoluteX: x, positionAbsoluteY: y }: NodeProps<LineNode>) {
  return (
    <Picture x={x} y={y} spot>
      <Line channel={data.channel} stations={data.stations} />
      {data.label && <Label label={data.label} />}
    </Picture>
  );
});

function Label({ label: { bus, at, turned } }: { label: BusLabel }) {
  const { glass } = useNodes();
  const node = useRecord<'node'>(`node/${glass}`);
  const gateway = node?.podCIDR.replace(/\.0\/(\d+)$/, '.1/$1') ?? '';
  const text = bus === 'wire' ? words.map.wire : bus === 'podBus' ? words.map.podBus(gateway) : words.map.busLabels[bus];
  return (
    <text
      className={`v-label ${bus === 'podBus' || bus === 'wire' ? 'mono' : ''}`}
      transform={turned ? `translate(${at[0] - 1} ${at[1] - 10}) rotate(-90)` : `translate(${at[0]} ${at[1]})`}
      textAnchor={turned ? 'middle' : 'start'}
    >
      {text}
    </text>
  );
}

export const Case = memo(function Case({ data: { scene } }: NodeProps<CaseNode>) {
  const { glass } = useNodes();
  const selected = useUi((ui) => glass !== '' && ui.selectedId === `node/${glass}`);
  const r = scene.vertices['worker-1'] as Rect;
  const k = scene.vertices.kernel as Rect;
  const [left, right, bottom] = [r.x + 3.5, r.x + r.width - 3.5, r.y + r.height - 3.5];
  return (
    <Picture x={r.x} y={r.y}>
      <rect className={`case ${selected ? 'selected' : ''}`} x={r.x} y={r.y} width={r.width} height={r.height} rx="7" />
      {selected && <rect className="marker" x={left} y={r.y + 3.5} width={r.width - 7} height={(scene.vertices['worker-1/label']?.height ?? 20) + 10} />}
      <path className="soil" d={`M${left} ${k.y}H${right}V${bottom - 3.5}a3.5 3.5 0 0 1 -3.5 3.5H${left + 3.5}a3.5 3.5 0 0 1 -3.5 -3.5z`} />
      <path className="hair" d={`M${left} ${k.y}H${right}`} />
      <rect className="case-inner" x={left} y={r.y + 3.5} width={r.width - 7} height={r.height - 7} rx="4" />
      <text className="v-label strong" x={r.x + (scene.name === 'wide' ? 16 : 12)} y={k.y + 19}>
        {words.map.kernel}
      </text>
    </Picture>
  );
});

const legend = [
  ['api', 'cri'],
  ['probe', 'cni'],
  ['tcp', 'udp'],
] as const;

export const Legend = memo(function Legend() {
  return (
    <Picture x={-8} y={-10}>
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
    </Picture>
  );
});
