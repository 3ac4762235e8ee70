/** What stands on the map: which card at which place. */
import { memo } from 'react';
import { type CardProps, ComponentCard, KernelCard, NodeCard, NodeGrid, NodeLabel, NotReady, OutsideCard, Port } from './cards.tsx';
import { PodCard } from './pod-card.tsx';
import type { PodLayout } from './pod-places.ts';
import type { Density, Rect, Scene } from './scene.ts';
import { recordOf } from './vertices.ts';

interface Base {
  /** Vertex, or the pod's id. */
  id: string;
  record: string;
  rect: Rect;
}
export type PieceData =
  | (Base & { kind: 'vertex'; lines: number; narrow: boolean })
  | (Base & { kind: 'pod'; density: Density['name']; portrait: boolean })
  | (Base & { kind: 'vanished' });

/** No cards: areas, and what the backdrop draws. */
const notCards: ReadonlySet<string> = new Set(['worker-1', 'pods', 'kernel', 'legend']);
/** Narrower cards have less margin and no room beside the title. */
const narrowBelow = 120;

export function piecesOf(scene: Scene, layout: PodLayout | null, glass: string, second: string): PieceData[] {
  const out: PieceData[] = [];
  const portrait = scene.name === 'portrait';
  for (const [id, rect] of Object.entries(scene.vertices)) {
    if (notCards.has(id) || (id === 'eth0' && rect.width < 20)) continue;
    out.push({ kind: 'vertex', id, record: recordOf(id, glass, second), rect, lines: linesIn(scene, id, rect), narrow: rect.width < narrowBelow });
  }
  for (const { id, rect, vanished } of layout?.places ?? [])
    out.push(
      vanished ? { kind: 'vanished', id, record: '', rect } : { kind: 'pod', id, record: id, rect, density: (layout as PodLayout).density.name, portrait },
    );
  return out;
}

function linesIn(scene: Scene, vertex: string, r: Rect): number {
  if (r.height < 32) return 0;
  if (scene.name === 'portrait' || scene.name === 'small') return 1;
  if (vertex === 'notReady') return 5;
  return Math.max(1, Math.floor((r.height - 30) / 17));
}

const cards: Record<string, (props: CardProps) => React.ReactNode> = {
  registry: OutsideCard,
  loadBalancer: OutsideCard,
  client: OutsideCard,
  'worker-1/label': NodeLabel,
  'worker-2': NodeCard,
  eth0: Port,
  notReady: NotReady,
  cgroups: KernelCard,
  routes: KernelCard,
  conntrack: KernelCard,
  netfilter: KernelCard,
};

export const Piece = memo(
  function Piece({ piece }: { piece: PieceData }) {
    if (piece.kind === 'vanished') return <div className="vertex v-card vanished" />;
    if (piece.kind === 'pod') return <PodCard id={piece.id} density={piece.density} portrait={piece.portrait} />;
    const Card = piece.id.startsWith('node:') ? NodeGrid : (cards[piece.id] ?? ComponentCard);
    return <Card vertex={piece.id} record={piece.record} lines={piece.lines} narrow={piece.narrow} />;
  },
  (a, b) => a.piece === b.piece || (a.piece.kind !== 'vertex' && JSON.stringify({ ...a.piece, rect: 0 }) === JSON.stringify({ ...b.piece, rect: 0 })),
);
