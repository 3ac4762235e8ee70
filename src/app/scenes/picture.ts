/** The opened components' places and lines, from design/map.json, and the ways of messages between their parts. */
import type { MessageRecord } from '../../core/index.ts';
import layout from '../design/map.json';
import { type Leg, legOf } from '../dots/flight.ts';
import { network, way } from '../dots/route.ts';
import type { Router } from '../dots/router.ts';
import type { Channel, Point, Rect } from '../map/scene.ts';

export type PictureName = 'kubelet' | 'runtime' | 'kernel';
export interface Picture {
  width: number;
  height: number;
  frame: Rect;
  parts: Readonly<Record<string, Rect>>;
  channels: readonly Channel[];
  stations: readonly { at: Point; packets: boolean; port: boolean }[];
  /** Where lines leave the frame. */
  ports: Readonly<Record<string, Rect>>;
}

const rect = ([x = 0, y = 0, width = 0, height = 0]: readonly number[]): Rect => ({ x, y, width, height });
const made = new Map<PictureName, Picture>();

export function pictureOf(name: PictureName): Picture {
  const known = made.get(name);
  if (known) return known;
  const raw = layout[name];
  const parts = Object.fromEntries(Object.entries(raw.vertices).map(([id, r]) => [id, rect(r)]));
  const channels: Channel[] = Object.entries(raw.channels).map(([id, points]) => ({
    id: id.replace(/ \(.*\)$/, ''),
    points: points as unknown as Point[],
    packets: name === 'kernel' ? id !== 'conntrack/prerouting' : id.includes('packets'),
    bus: id === 'bus' || id === 'deviceBus',
  }));
  if (name === 'kubelet') channels.push(...kubeletTaps(parts, channels));
  const ports: Record<string, Rect> = {};
  const stations: Picture['stations'][number][] = [];
  for (const channel of channels) {
    const up = channel.points.find((p) => p[1] < 20);
    if (up) {
      ports[`port:${channel.id}`] = { x: up[0] - 1, y: up[1] - 1, width: 2, height: 2 };
      stations.push({ at: [up[0], 37.5], packets: channel.packets, port: true });
    }
    const bus = channels.find((c) => c.bus && c !== channel && channel.points.length === 2 && channel.points.some((p) => p[1] === (c.points[0] as Point)[1]));
    const at = bus && channel.points.find((p) => p[1] === (bus.points[0] as Point)[1]);
    if (at) stations.push({ at, packets: channel.packets, port: false });
  }
  const picture = { width: raw.size[0] as number, height: raw.size[1] as number, frame: rect(raw.frame), parts, channels, stations, ports };
  made.set(name, picture);
  return picture;
}

/** Every manager hangs on the bus by the middle of its edge. The eviction manager is reached beside the image manager, which covers it. */
function kubeletTaps(parts: Record<string, Rect>, channels: readonly Channel[]): Channel[] {
  const y = channels.find((c) => c.bus)?.points[0]?.[1] ?? 0;
  const out: Channel[] = [];
  for (const [id, r] of Object.entries(parts)) {
    if (id === 'evictionManager') continue;
    const x = r.x + r.width / 2;
    const edge = r.y < y ? r.y + r.height : r.y;
    out.push({
      id: `bus/${id}`,
      points:
        edge < y
          ? [
              [x, edge],
              [x, y],
            ]
          : [
              [x, y],
              [x, edge],
            ],
      packets: false,
      bus: false,
    });
  }
  return out;
}

/** The parts that a message passes in an opened component; empty: it does not show there. `node`: whose component it is. */
export function passes(name: PictureName, node: string, m: MessageRecord): string[] {
  if (name === 'kubelet') return inKubelet(`${node}/kubelet`, m);
  if (name === 'runtime') return inRuntime(`${node}/runtime`, m);
  return [];
}

function inKubelet(self: string, m: MessageRecord): string[] {
  if (m.kind === 'api' && m.to === self)
    return m.reply && /^\d{3}\b/.test(m.text) && !/Pod /.test(m.text) ? ['port:in', 'inputs'] : ['port:in', 'inputs', 'podWorkers'];
  if (m.kind === 'api' && m.from === self) return /^status of pods/.test(m.text) ? ['statusManager', 'inputs', 'port:in'] : ['inputs', 'port:in'];
  if (m.kind === 'cri' && m.from === self) return /^PullImage/.test(m.text) ? ['imageManager', 'syncPod', 'port:cri'] : ['syncPod', 'port:cri'];
  if (m.kind === 'cri' && m.to === self) return /^PullImage/.test(m.text) ? ['port:cri', 'syncPod', 'imageManager'] : ['port:cri', 'syncPod'];
  if (m.from !== self) return [];
  if (m.kind === 'probe') return ['prober', 'inputs'];
  if (m.kind === 'mount') return ['volumeManager', 'syncPod'];
  if (m.kind === 'internal' && m.text.startsWith('computePodActions')) return ['podWorkers', 'syncPod'];
  if (m.kind === 'internal' && m.text.startsWith('status manager')) return ['syncPod', 'statusManager'];
  return [];
}

function inRuntime(self: string, m: MessageRecord): string[] {
  if (m.kind === 'cri' && m.to === self) return ['port:cri', 'conversation'];
  if (m.kind === 'cri' && m.from === self) return ['conversation', 'port:cri'];
  if (m.from === 'registry' || m.to === 'registry') return m.from === 'registry' ? ['port:registry', 'images'] : ['images', 'port:registry'];
  if (m.from !== self || m.kind !== 'internal') return [];
  if (/^(runc|crun):/.test(m.text)) return ['conversation', 'runc'];
  if (/^(shim|conmon):/.test(m.text)) return ['conversation', 'shims'];
  if (/: (snapshot|unpack)/.test(m.text)) return ['images', 'conversation'];
  return [];
}

/** Messages come with their parts as path already. */
export function routerIn(picture: Picture): Router {
  const vertices = { ...picture.parts, ...picture.ports };
  const net = network(picture.channels, vertices);
  const known = new Map<string, { legs: Leg[]; vertices: string[] }>();
  return {
    rect: (vertex) => vertices[vertex],
    legs({ path }) {
      const key = path.join();
      const before = known.get(key);
      if (before) return before;
      const legs: Leg[] = [];
      for (let i = 1; i < path.length; i += 1) {
        const points = way(net, path[i - 1] as string, path[i] as string, false);
        if (points.length > 1) legs.push(legOf(points));
      }
      const found = { legs, vertices: [...path] };
      known.set(key, found);
      return found;
    },
  };
}
