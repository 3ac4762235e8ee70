/** Ways along the channels: from vertex to tap, bus, tap, vertex. */
import { type Channel, liesOn, type Point, type Rect, touches } from '../map/scene.ts';

export interface Network {
  nodes: Map<string, Point>;
  /** Neighbours by key, gray and blue lines apart. */
  edges: Map<string, { to: string; length: number; packets: boolean }[]>;
  /** Points where lines touch a vertex. */
  ports: Map<string, string[]>;
}

const keyOf = ([x, y]: Point): string => `${Math.round(x * 2)},${Math.round(y * 2)}`;

/** `vertices`: those that lines serve; areas that merely lie around others are left out by the caller. */
export function network(channels: readonly Channel[], vertices: Readonly<Record<string, Rect>>): Network {
  const out: Network = { nodes: new Map(), edges: new Map(), ports: new Map() };
  const ends = channels.flatMap((c) => [...c.points]);
  const through = Object.values(vertices).map((r): Point => [r.x + r.width / 2, r.y + r.height / 2]);
  for (const channel of channels) {
    for (let i = 1; i < channel.points.length; i += 1) {
      const a = channel.points[i - 1] as Point;
      const b = channel.points[i] as Point;
      const cuts = [...ends, ...through].filter((p) => liesOn(p, [a, b]));
      const along = (p: Point): number => Math.abs(p[0] - a[0]) + Math.abs(p[1] - a[1]);
      const points = [a, ...cuts, b].sort((p, q) => along(p) - along(q));
      for (let j = 1; j < points.length; j += 1) connect(out, points[j - 1] as Point, points[j] as Point, channel.packets);
    }
  }
  for (const [id, rect] of Object.entries(vertices)) {
    const ports = [...out.nodes].filter(([, p]) => touches(p, rect)).map(([key]) => key);
    if (ports.length > 0) out.ports.set(id, ports);
  }
  return out;
}

function connect(net: Network, a: Point, b: Point, packets: boolean): void {
  const [ka, kb] = [keyOf(a), keyOf(b)];
  if (ka === kb) return;
  net.nodes.set(ka, a);
  net.nodes.set(kb, b);
  const length = Math.hypot(a[0] - b[0], a[1] - b[1]);
  for (const [from, to] of [
    [ka, kb],
    [kb, ka],
  ] as const) {
    const list = net.edges.get(from) ?? [];
    net.edges.set(from, list);
    if (!list.some((e) => e.to === to && e.packets === packets)) list.push({ to, length, packets });
  }
}

/** The shortest way over lines of one colour; over all lines when there is none. Empty: no line leads there. */
export function way(net: Network, from: string, to: string, packets: boolean): Point[] {
  return shortest(net, from, to, packets) ?? shortest(net, from, to, null) ?? [];
}

function shortest(net: Network, from: string, to: string, packets: boolean | null): Point[] | undefined {
  const goals = new Set(net.ports.get(to));
  const starts = net.ports.get(from) ?? [];
  // Lines that end at other vertices do not lead through them: their ports are joined by nothing.
  const best = new Map<string, number>(starts.map((key) => [key, 0]));
  const before = new Map<string, string>();
  const open = new Set(starts);
  while (open.size > 0) {
    let at = '';
    for (const key of open) if (at === '' || (best.get(key) as number) < (best.get(at) as number)) at = key;
    open.delete(at);
    if (goals.has(at)) return trace(net, before, at);
    for (const edge of net.edges.get(at) ?? []) {
      if (packets !== null && edge.packets !== packets) continue;
      const length = (best.get(at) as number) + edge.length;
      if (length >= (best.get(edge.to) ?? Number.POSITIVE_INFINITY)) continue;
      best.set(edge.to, length);
      before.set(edge.to, at);
      open.add(edge.to);
    }
  }
  return undefined;
}

function trace(net: Network, before: Map<string, string>, last: string): Point[] {
  const out: Point[] = [];
  for (let key: string | undefined = last; key !== undefined; key = before.get(key)) out.push(net.nodes.get(key) as Point);
  out.reverse();
  return out.length === 1 ? [] : straightened(out);
}

/** Without points in the middle of straight parts. */
function straightened(points: Point[]): Point[] {
  return points.filter((p, i) => {
    const a = points[i - 1];
    const b = points[i + 1];
    return !a || !b || !((a[0] === p[0] && p[0] === b[0]) || (a[1] === p[1] && p[1] === b[1]));
  });
}
