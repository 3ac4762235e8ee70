/** The graph that React Flow is given: vertices and lines as nodes, taps as edges. Places and ids only; what stands in them is each card's own record. */
import { type Edge, type Node, Position } from '@xyflow/react';
import type { PieceData } from './pieces.tsx';
import { type Channel, liesOn, type Point, type Rect, type Scene, touches } from './scene.ts';
import { drawnVertices } from './vertices.ts';

export type VertexNode = Node<{ piece: PieceData }, 'vertex' | 'pod'>;
/** A bus, or another line that no two vertices own. */
export type LineNode = Node<{ channel: Channel; stations: readonly Point[]; label: BusLabel | null }, 'line'>;
/** The case of the glassed node and the kernel's soil. */
export type CaseNode = Node<{ scene: Scene }, 'case'>;
export type LegendNode = Node<Record<string, never>, 'legend'>;
/** Where lines end that no card is drawn for. */
export type PortNode = Node<Record<string, never>, 'port'>;
export type FlowNode = VertexNode | LineNode | CaseNode | LegendNode | PortNode;
export type ChannelEdge = Edge<{ channel: Channel; stations: readonly Point[] }, 'channel'>;
export interface BusLabel {
  bus: 'apiBus' | 'nodeBus' | 'podBus' | 'wire';
  at: Point;
  turned: boolean;
}
export interface Graph {
  nodes: FlowNode[];
  edges: ChannelEdge[];
}

/** From the ground up. */
const layers = { ground: -2, line: -1, card: 1 } as const;

/** `taps`: the pods' lines. `before`: the last graph; what is equal in both stays the same object, so that nothing else is drawn anew. */
export function graphOf(scene: Scene, pieces: readonly PieceData[], taps: readonly Channel[], before: Graph | null): Graph {
  const channels = [...scene.channels, ...taps].filter((c) => !c.hidden);
  const rects = new Map<string, Rect>(Object.entries(drawnVertices(scene)));
  for (const piece of pieces) if (piece.kind === 'pod') rects.set(piece.id, piece.rect);
  const stations = stationsByChannel(scene, taps, channels);
  const lines = new Map<string, Channel>();
  const edges: ChannelEdge[] = [];
  const buses = channels.filter((c) => c.bus);
  const ends = (channel: Channel): [string, string] | null => {
    if (channel.bus) return null;
    const [from, to] = [channel.points[0], channel.points.at(-1)].map((point) => point && endAt(point, channel, rects, buses));
    return from && to && from !== to ? [from, to] : null;
  };
  for (const channel of channels) {
    const found = ends(channel);
    if (found) edges.push(edge(channel, found, stations.get(channel.id) ?? []));
    else lines.set(channel.id, channel);
  }
  const nodes: FlowNode[] = [];
  const shell = scene.vertices['worker-1'];
  if (shell && scene.vertices.kernel) nodes.push({ ...placed('case', shell, layers.ground), type: 'case', data: { scene } });
  if (scene.vertices.legend) nodes.push({ ...placed('legend', scene.vertices.legend, layers.ground), type: 'legend', data: {} });
  for (const channel of lines.values())
    nodes.push({
      ...placed(lineId(channel), hull(channel.points), layers.line),
      type: 'line',
      data: { channel, stations: stations.get(channel.id) ?? [], label: labelOf(scene, channel) },
    });
  const carded = new Set(pieces.map((piece) => piece.id));
  for (const [id, rect] of rects) if (!carded.has(id)) nodes.push({ ...placed(id, rect, layers.ground), type: 'port', data: {} });
  for (const piece of pieces)
    nodes.push({
      ...placed(piece.id, piece.rect, layers.card),
      domAttributes: named,
      type: piece.kind === 'vertex' ? 'vertex' : 'pod',
      data: { piece },
    });
  return { nodes: kept(nodes, before?.nodes), edges: kept(edges, before?.edges) };
}

// Cards have roles and names of their own; the picture under them has words in the messages.
const named = { 'aria-roledescription': undefined };
const unspoken = { 'aria-hidden': true, 'aria-roledescription': undefined };

const lineId = (channel: Channel): string => `line:${channel.id}`;

function placed(id: string, rect: Rect, zIndex: number) {
  const { x, y, width, height } = rect;
  const handle = { position: Position.Top, x: width / 2, y: height / 2, width: 1, height: 1 };
  return {
    id,
    position: { x, y },
    width,
    height,
    // Given, so that nothing waits for being measured.
    measured: { width, height },
    handles: [
      { ...handle, type: 'source' as const },
      { ...handle, type: 'target' as const },
    ],
    zIndex,
    domAttributes: unspoken,
  };
}

const edge = (channel: Channel, [source, target]: [string, string], stations: readonly Point[]): ChannelEdge => ({
  id: channel.id,
  type: 'channel',
  source,
  target,
  data: { channel, stations },
  domAttributes: unspoken,
});

/** The vertex that a line's end touches, else the bus on which it lies. */
function endAt(point: Point, self: Channel, rects: ReadonlyMap<string, Rect>, buses: readonly Channel[]): string | undefined {
  for (const [id, rect] of rects) if (touches(point, rect)) return id;
  const bus = buses.find((c) => c !== self && c.packets === self.packets && liesOn(point, c.points)) ?? buses.find((c) => liesOn(point, c.points));
  return bus && lineId(bus);
}

function stationsByChannel(scene: Scene, taps: readonly Channel[], channels: readonly Channel[]): Map<string, Point[]> {
  const out = new Map<string, Point[]>();
  const add = (id: string, at: Point): void => void out.set(id, [...(out.get(id) ?? []), at]);
  const ending = (c: Channel, at: Point): boolean => [c.points[0], c.points.at(-1)].some((p) => p?.[0] === at[0] && p[1] === at[1]);
  for (const { at, packets } of scene.stations) {
    const owner = channels.filter((c) => c.packets === packets && ending(c, at)).sort((a, b) => Number(a.bus) - Number(b.bus))[0];
    if (owner) add(owner.id, at);
  }
  for (const tap of taps) if (!tap.hidden) add(tap.id, tap.points.at(-1) as Point);
  return out;
}

function labelOf(scene: Scene, channel: Channel): BusLabel | null {
  const bus = (['apiBus', 'nodeBus', 'podBus', 'wire'] as const).find((name) => name === channel.id.split(' ')[0]);
  const at = bus && channel.bus ? scene.labels[bus] : undefined;
  return bus && at ? { bus, at, turned: bus === 'wire' && scene.name === 'wide' } : null;
}

function hull(points: readonly Point[]): Rect {
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(1, Math.max(...xs) - x), height: Math.max(1, Math.max(...ys) - y) };
}

function kept<T extends { id: string }>(now: T[], before: readonly T[] | undefined): T[] {
  if (!before) return now;
  const known = new Map(before.map((item) => [item.id, item]));
  const same = (a: T, b: T | undefined): b is T => b !== undefined && JSON.stringify(a) === JSON.stringify(b);
  const out = now.map((item) => {
    const last = known.get(item.id);
    return same(item, last) ? last : item;
  });
  return out.length === before.length && out.every((item, i) => item === before[i]) ? (before as T[]) : out;
}
