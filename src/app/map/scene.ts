/** The scenes of design/map.json with one shape for all: places of vertices, channels, areas of pods. */
import layout from '../design/map.json';

export type Point = readonly [x: number, y: number];
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Channel {
  id: string;
  points: readonly Point[];
  /** Carries packets: blue. */
  packets: boolean;
  bus: boolean;
  /** Only a way for messages: gutters between small pods, ways behind a card. */
  hidden?: boolean;
}
export type SceneName = 'wide' | 'portrait' | 'short' | 'small' | 'cluster';
export interface Density {
  name: 'L' | 'M' | 'S' | 'XS';
  max: number;
  cell: Point;
  pitch: Point;
  columns: number;
}
export interface Scene {
  name: SceneName;
  width: number;
  height: number;
  vertices: Readonly<Record<string, Rect>>;
  channels: readonly Channel[];
  /** Stations: where a tap meets a bus. */
  stations: readonly { at: Point; packets: boolean }[];
  labels: Readonly<Record<string, Point>>;
  /** What is drawn, without the scene's margins. */
  content: Rect;
  /** Where pods are; none in the cluster scene, whose nodes hold their own. */
  pods: { area: Rect; densities: readonly Density[]; nodeBusY: number; podBusY: number } | null;
}

type Raw = number[];
const rect = ([x = 0, y = 0, width = 0, height = 0]: Raw): Rect => ({ x, y, width, height });
const centre = (r: Rect): Point => [r.x + r.width / 2, r.y + r.height / 2];

/** The scene that fits a map pane. `workers`: how many nodes there are. */
export function sceneFor(width: number, height: number, workers: number): SceneName {
  // A tall pane that is too narrow for the wide scene's text shows the portrait scene larger.
  if (width >= 640 && width < 900 && height > width && workers <= 2) return 'portrait';
  if (width >= 640 && height >= 400) return workers > 2 ? 'cluster' : 'wide';
  if (width < 640) return height >= 560 ? 'portrait' : 'small';
  return 'short';
}

const isBus = (id: string): boolean => /^(apiBus|nodeBus|podBus|wire)( |$)/.test(id);
const carriesPackets = (id: string): boolean => /^(podBus|wire|netfilter\/|client\/)/.test(id);

const channelsOf = (raw: Record<string, Raw[]>): Channel[] =>
  Object.entries(raw).map(([id, points]) => ({ id, points: points as unknown as Point[], packets: carriesPackets(id), bus: isBus(id) }));

const verticesOf = (raw: Record<string, Raw>): Record<string, Rect> => Object.fromEntries(Object.entries(raw).map(([id, r]) => [id, rect(r)]));

function densitiesOf(raw: Record<string, unknown>, columnsBesides = 1): Density[] {
  const out: Density[] = [];
  for (const name of ['L', 'M', 'S', 'XS'] as const) {
    const d = raw[name] as { max: number; cell: Raw; pitch: Raw; columns?: number } | undefined;
    if (d) out.push({ name, max: d.max, cell: d.cell as unknown as Point, pitch: d.pitch as unknown as Point, columns: d.columns ?? columnsBesides });
  }
  return out;
}

/** A tap begins or ends on a bus, another than itself. */
function stationsOf(channels: readonly Channel[]): Scene['stations'] {
  const out = new Map<string, { at: Point; packets: boolean }>();
  for (const tap of channels) {
    // A line that bends is the bus itself going on.
    if (tap.bus || tap.hidden || tap.points.length > 2) continue;
    for (const end of [tap.points[0], tap.points.at(-1)]) {
      if (end && channels.some((bus) => bus.bus && bus.packets === tap.packets && liesOn(end, bus.points)))
        out.set(end.join(), { at: end, packets: tap.packets });
    }
  }
  return [...out.values()];
}

/** Without a vertex and its taps; buses end at the outermost tap that is left. */
export function withoutVertex(scene: Scene, id: string): Scene {
  const { [id]: gone, ...vertices } = scene.vertices;
  if (!gone) return scene;
  const left = scene.channels.filter((c) => c.bus || !c.id.endsWith(`/${id}`));
  const lost = scene.channels.filter((c) => !c.bus && c.id.endsWith(`/${id}`)).flatMap((c) => [c.points[0], c.points.at(-1)]) as Point[];
  const at = (a: Point, b: Point | undefined): boolean => b !== undefined && a[0] === b[0] && a[1] === b[1];
  const channels = left.map((bus) => {
    const [first, last] = [bus.points[0], bus.points.at(-1)] as [Point, Point];
    if (!bus.bus || bus.points.length !== 2) return bus;
    const ends = left.filter((c) => !c.bus && c.packets === bus.packets).flatMap((c) => [c.points[0], c.points.at(-1)] as Point[]);
    const taps = ends.filter((p) => liesOn(p, bus.points));
    const nearest = (to: Point): Point => taps.reduce((best, p) => (distance(p, to) < distance(best, to) ? p : best), to === first ? last : first);
    return { ...bus, points: [lost.some((p) => at(p, first)) ? nearest(first) : first, lost.some((p) => at(p, last)) ? nearest(last) : last] };
  });
  return { ...scene, vertices, channels, stations: stationsOf(channels) };
}

const distance = (a: Point, b: Point): number => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);

/** Whether a point is on a polyline of horizontal and vertical parts. */
export function liesOn([x, y]: Point, points: readonly Point[]): boolean {
  for (let i = 1; i < points.length; i += 1) {
    const [x0, y0] = points[i - 1] as Point;
    const [x1, y1] = points[i] as Point;
    const within = x >= Math.min(x0, x1) - 0.5 && x <= Math.max(x0, x1) + 0.5 && y >= Math.min(y0, y1) - 0.5 && y <= Math.max(y0, y1) + 0.5;
    if (within && (x0 === x1 || y0 === y1)) return true;
  }
  return false;
}

/** On the border, or in the middle of a small port that a line passes. */
export function touches([x, y]: Point, r: Rect): boolean {
  const inside = x >= r.x - 0.5 && x <= r.x + r.width + 0.5 && y >= r.y - 0.5 && y <= r.y + r.height + 0.5;
  if (!inside) return false;
  const onBorder = Math.min(Math.abs(x - r.x), Math.abs(x - r.x - r.width), Math.abs(y - r.y), Math.abs(y - r.y - r.height)) <= 0.5;
  return onBorder || (Math.abs(x - r.x - r.width / 2) < 0.5 && Math.abs(y - r.y - r.height / 2) < 0.5);
}

/** `M0 0L8 0`. */
export const pathOf = (points: readonly Point[]): string => `M${points.map((p) => p.join(' ')).join('L')}`;

function hull(vertices: Record<string, Rect>): Rect {
  const all = Object.values(vertices);
  const [x, y] = [Math.min(...all.map((r) => r.x)), Math.min(...all.map((r) => r.y))];
  return { x, y, width: Math.max(...all.map((r) => r.x + r.width)) - x, height: Math.max(...all.map((r) => r.y + r.height)) - y };
}

function build(name: SceneName, size: Raw, vertices: Record<string, Rect>, channels: Channel[], labels: Record<string, Raw>, pods: Scene['pods']): Scene {
  const labelPoints = Object.fromEntries(Object.entries(labels).map(([id, [x = 0, y = 0]]) => [id.split(' ')[0] as string, [x, y] as Point]));
  return {
    name,
    width: size[0] as number,
    height: size[1] as number,
    vertices,
    channels,
    stations: stationsOf(channels),
    labels: labelPoints,
    content: hull(vertices),
    pods,
  };
}

function wide(): Scene {
  const { size, vertices, channels, labels } = layout.wide;
  const places = verticesOf(vertices);
  const ways = channelsOf(channels);
  return build('wide', size, places, ways, labels, podsOf(places, ways, densitiesOf(layout.pods)));
}

function podsOf(places: Record<string, Rect>, ways: Channel[], densities: Density[]): Scene['pods'] {
  const busY = (id: string): number =>
    (ways.find((c) => c.id.startsWith(id))?.points.find((p, i, all) => p[1] === (all[i + 1] ?? all[i - 1])?.[1])?.[1] ?? 0) as number;
  const last = (id: string): number => ways.find((c) => c.id.startsWith(id))?.points.at(-1)?.[1] ?? 0;
  const area = places.pods as Rect;
  return { area, densities, nodeBusY: last('nodeBus'), podBusY: busY('podBus') };
}

/** The portrait scene names its lines only; taps go straight from the middle of a card. */
function portrait(): Scene {
  const { size, vertices, channels, pods } = layout.portrait;
  const places = verticesOf(vertices);
  const ways = channelsOf(channels);
  const at = (id: string): Rect => places[id] as Rect;
  const line = (id: string): readonly Point[] => (ways.find((c) => c.id === id) as Channel).points;
  const tap = (id: string, points: Point[], hidden = false): void => void ways.push({ id, points, packets: false, bus: false, hidden });
  const [apiStart, apiEnd] = line('apiBus') as [Point, Point];
  const down = (id: string): Point => [centre(at(id))[0], at(id).y + at(id).height];
  for (const id of ['apiServer', 'scheduler']) tap(`apiBus/${id}`, [down(id), [down(id)[0], apiStart[1]]]);
  const controllers = at('controllerManager');
  tap('apiBus/controllerManager', [[apiEnd[0], controllers.y + controllers.height], apiEnd]);
  for (const id of ['kubelet', 'kubeProxy'])
    tap(`apiBus/${id}`, [
      [centre(at(id))[0], apiStart[1]],
      [centre(at(id))[0], at(id).y],
    ]);
  const busY = (line('nodeBus')[0] as Point)[1];
  for (const [above, below] of [
    ['kubelet', 'storage'],
    ['runtime', 'cni'],
  ] as const) {
    const x = centre(at(above))[0];
    tap(`${above}/${below}`, [down(above), [x, at(below).y]]);
    tap(`nodeBus/${below}`, [down(below), [x, busY]]);
    // Behind the card between.
    tap(`nodeBus/${above}`, [down(above), [x, busY]], true);
  }
  const kubelet = at('kubelet');
  const y = kubelet.y + kubelet.height / 2;
  tap('kubelet/runtime (CRI)', [
    [kubelet.x + kubelet.width, y],
    [at('runtime').x, y],
  ]);
  const outside = line('netfilter/outside').at(-1) as Point;
  places.eth0 = { x: outside[0] - 1, y: at('worker-1').y + at('worker-1').height - 1, width: 2, height: 2 };
  // To the other worker between the case and the cards below it.
  const second = at('worker-2');
  const between = (at('worker-1').y + at('worker-1').height + second.y) / 2;
  const [x2] = centre(second);
  const wire: Point[] = [
    [outside[0], between],
    [x2, between],
    [x2, second.y],
  ];
  ways.push({ id: 'wire/worker-2', points: wire, packets: true, bus: false, hidden: true });
  return build('portrait', size, places, ways, {}, podsOf(places, ways, densitiesOf(pods)));
}

function small(name: 'short' | 'small'): Scene {
  const { size, vertices, channels, pods } = layout[name];
  const places = verticesOf(vertices);
  const ways = channelsOf(channels as Record<string, Raw[]>);
  return build(name, size, places, ways, {}, podsOf(places, ways, densitiesOf(pods)));
}

/** Nodes in rows; `names` in order. API and packet lines take alternate gutters. */
export function clusterScene(names: readonly string[]): Scene {
  const { size, vertices, channels, labels, workers } = layout.cluster;
  const places = verticesOf(vertices);
  const ways = channelsOf(channels).map((c) => ({ ...c, bus: c.id === 'apiBus' || c.id === 'wire' }));
  const busY = (ways[0] as Channel).points[0]?.[1] ?? 0;
  for (const id of ['apiServer', 'scheduler', 'controllerManager']) {
    const [x] = centre(places[id] as Rect);
    ways.push({
      id: `apiBus/${id}`,
      points: [
        [x, (places[id] as Rect).y + (places[id] as Rect).height],
        [x, busY],
      ],
      packets: false,
      bus: false,
    });
  }
  const [ox = 0, oy = 0] = workers.origin;
  const [width = 0, height = 0] = workers.cell;
  const [px = 0, py = 0] = workers.pitch;
  const gutters = (packets: boolean): number[] => ways.filter((c) => c.packets === packets && /column/.test(c.id)).map((c) => c.points[0]?.[0] ?? 0);
  const tap = (id: string, r: Rect, y: number, packets: boolean): void => {
    const x = gutters(packets).reduce((best, g) => (Math.abs(g - centre(r)[0]) < Math.abs(best - centre(r)[0]) ? g : best), Number.POSITIVE_INFINITY);
    const edge = x < r.x ? r.x : r.x + r.width;
    ways.push({
      id,
      points: [
        [edge, y],
        [x, y],
      ],
      packets,
      bus: false,
    });
  };
  names.slice(0, workers.columns * workers.rows).forEach((name, i) => {
    const r = { x: ox + (i % workers.columns) * px, y: oy + Math.floor(i / workers.columns) * py, width, height };
    places[`node:${name}`] = r;
    tap(`api/${name}`, r, r.y + (workers.tapApi[0] ?? 0), false);
    tap(`net/${name}`, r, r.y + (workers.tapNet[0] ?? 0), true);
  });
  for (const id of ['loadBalancer', 'client']) {
    const r = places[id] as Rect;
    tap(`net/${id}`, r, r.y + r.height / 2, true);
  }
  const scene = build('cluster', size, places, ways, labels, null);
  return { ...scene, stations: clusterStations(ways) };
}

function clusterStations(ways: readonly Channel[]): Scene['stations'] {
  const out: { at: Point; packets: boolean }[] = [];
  for (const way of ways) {
    const end = way.points.at(-1);
    if (end && /^(apiBus\/(apiServer|scheduler|controllerManager)|api\/|net\/)/.test(way.id)) out.push({ at: end, packets: way.packets });
    const start = way.points[0];
    if (start && /^apiBus\/column/.test(way.id)) out.push({ at: start, packets: false });
  }
  return out;
}

export const clusterGrid = layout.cluster.workers.podGrid;
/** How many nodes the cluster scene has room for. */
export const clusterRoom = layout.cluster.workers.columns * layout.cluster.workers.rows;
export const headerSlots = layout.headerSlots;

const made = new Map<SceneName, Scene>();

export function sceneNamed(name: Exclude<SceneName, 'cluster'>): Scene {
  const known = made.get(name);
  if (known) return known;
  const scene = name === 'wide' ? wide() : name === 'portrait' ? portrait() : small(name);
  made.set(name, scene);
  return scene;
}
