/** Which place each pod has: by density and by an order that no state changes, so that nothing jumps. */
import type { PodRecord } from '../../core/index.ts';
import type { Channel, Density, Point, Rect, Scene } from './scene.ts';

/** What orders a pod; kept for 2 s after the pod is gone. */
export interface PodKey {
  id: string;
  namespace: string;
  owner: string;
  name: string;
}
export interface PodPlace extends PodKey {
  rect: Rect;
  /** The pod is gone; its place stays empty for a moment. */
  vanished: boolean;
}
export interface PodLayout {
  density: Density;
  places: PodPlace[];
  /** Pods beyond the last place. */
  hidden: number;
}

export const podKey = (pod: PodRecord): PodKey => ({ id: pod.id, namespace: pod.namespace, owner: pod.owner?.name ?? '', name: pod.name });

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Namespace, owner, name. */
export const podOrder = (a: PodKey, b: PodKey): number =>
  compare(a.namespace, b.namespace) || compare(a.owner, b.owner) || compare(a.name, b.name) || compare(a.id, b.id);

/** The largest density that holds `count` pods, else the smallest there is. */
export function densityFor(count: number, densities: readonly Density[]): Density {
  return densities.find((d) => count <= d.max) ?? (densities.at(-1) as Density);
}

/** `kept`: a density to stay with as long as it holds all. `vanished` lose their places first when there are too few. */
export function placePods(pods: Scene['pods'], live: readonly PodKey[], vanished: readonly PodKey[], kept?: Density): PodLayout {
  const { area, densities } = pods as NonNullable<Scene['pods']>;
  const density = kept && densities.includes(kept) && live.length <= kept.max ? kept : densityFor(live.length, densities);
  const empty = live.length + vanished.length <= density.max ? vanished : [];
  const isGone = new Set(empty.map((pod) => pod.id));
  const ordered = [...live, ...empty].sort(podOrder);
  const places = ordered.slice(0, density.max).map((pod, i): PodPlace => {
    const x = area.x + (i % density.columns) * density.pitch[0];
    const y = area.y + Math.floor(i / density.columns) * density.pitch[1];
    return { ...pod, rect: { x, y, width: density.cell[0], height: density.cell[1] }, vanished: isGone.has(pod.id) };
  });
  return { density, places, hidden: Math.max(0, ordered.length - density.max) };
}

/** Taps of the pods: drawn for large cards, ways in the gutters for small ones. */
export function podChannels(scene: Scene, layout: PodLayout): Channel[] {
  if (!scene.pods) return [];
  const { nodeBusY, podBusY, area } = scene.pods;
  const ends = (id: string): [number, number] => {
    const xs = scene.channels.filter((c) => c.bus && c.id.startsWith(id)).flatMap((c) => c.points.map((p) => p[0]));
    return [Math.min(...xs), Math.max(...xs)];
  };
  const api = ends('nodeBus');
  const net = ends('podBus');
  const onBus = (x: number, [from, to]: [number, number]): number => Math.min(to, Math.max(from, x));
  const out: Channel[] = [];
  for (const { id, rect, vanished } of layout.places) {
    if (vanished) continue;
    const { name, pitch, cell } = layout.density;
    const bottom = rect.y + rect.height;
    const centre = rect.x + rect.width / 2;
    const first = rect.y === area.y;
    const last = layout.places.every((p) => p.rect.x !== rect.x || p.rect.y <= rect.y);
    const small = name === 'S' || name === 'XS';
    const straightUp = !small && first;
    const straightDown = !small && last && bottom >= area.y + area.height - 1;
    const gap = Math.max(4, (pitch[0] - cell[0]) / 2);
    const middle = rect.y + rect.height / 2;
    const left = rect.x - Math.min(gap, 6);
    const right = rect.x + rect.width + Math.min(gap, 6);
    const up: Point[] = straightUp
      ? [
          [centre, rect.y],
          [centre, nodeBusY],
          [onBus(centre, api), nodeBusY],
        ]
      : [
          [rect.x, middle],
          [left, middle],
          [left, nodeBusY],
          [onBus(left, api), nodeBusY],
        ];
    const down: Point[] = straightDown
      ? [
          [centre, bottom],
          [centre, podBusY],
          [onBus(centre, net), podBusY],
        ]
      : [
          [rect.x + rect.width, middle],
          [right, middle],
          [right, podBusY],
          [onBus(right, net), podBusY],
        ];
    // On the narrow page only straight taps are drawn.
    const drawn = (straight: boolean): boolean => !small && (straight || scene.name === 'wide');
    out.push({ id: `nodeBus/${id}`, points: distinct(up), packets: false, bus: false, hidden: !drawn(straightUp) });
    out.push({ id: `podBus/${id}`, points: distinct(down), packets: true, bus: false, hidden: !drawn(straightDown) });
  }
  return out;
}

const distinct = (points: Point[]): Point[] => points.filter((p, i) => i === 0 || p[0] !== points[i - 1]?.[0] || p[1] !== points[i - 1]?.[1]);
