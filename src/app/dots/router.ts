/** From the path of a message to legs on the map as it is shown. */
import type { MessageRecord } from '../../core/index.ts';
import { isPacket } from '../map/glyphs.tsx';
import { type PodLayout, podChannels } from '../map/pod-places.ts';
import type { Rect, Scene } from '../map/scene.ts';
import { drawnVertices, vertexAt, type Whereabouts } from '../map/vertices.ts';
import { type Leg, legOf } from './flight.ts';
import { network, way } from './route.ts';

export interface Router {
  /** Empty: the message passes nothing that this map shows. */
  legs(message: MessageRecord): { legs: Leg[]; vertices: string[] };
  rect(vertex: string): Rect | undefined;
}

export function routerFor(scene: Scene, layout: PodLayout | null, glass: string, nodeOfPod: (id: string) => string): Router {
  const pods = Object.fromEntries((layout?.places ?? []).filter((p) => !p.vanished).map((p) => [p.id, p.rect]));
  const vertices: Record<string, Rect> = { ...drawnVertices(scene), ...pods };
  const net = network([...scene.channels, ...(layout ? podChannels(scene, layout) : [])], vertices);
  const at: Whereabouts = { glass, nodeOfPod, has: (vertex) => vertices[vertex] !== undefined };
  const known = new Map<string, { legs: Leg[]; vertices: string[] }>();
  const find = (path: readonly string[], packets: boolean): { legs: Leg[]; vertices: string[] } => {
    const passed: string[] = [];
    for (const place of path) {
      // The bridge is the line itself.
      const vertex = place.endsWith('/cni0') ? undefined : vertexAt(place, at);
      if (vertex !== undefined && passed.at(-1) !== vertex) passed.push(vertex);
    }
    // Pulls leave through the node's port.
    if (passed[0] === 'runtime' && passed[1] === 'registry' && vertices.eth0) passed[0] = 'eth0';
    if (passed[0] === 'registry' && passed[1] === 'runtime' && vertices.eth0) passed[1] = 'eth0';
    const legs: Leg[] = [];
    for (let i = 1; i < passed.length; i += 1) {
      const points = way(net, passed[i - 1] as string, passed[i] as string, packets);
      if (points.length > 1) legs.push(legOf(points));
    }
    return { legs, vertices: passed };
  };
  return {
    legs(message) {
      const packets = isPacket(message.kind);
      const key = `${packets ? 'p' : 'l'} ${message.path.join(' ')}`;
      const before = known.get(key);
      if (before) return before;
      const found = find(message.path, packets || message.path.includes('registry'));
      known.set(key, found);
      return found;
    },
    rect: (vertex) => vertices[vertex],
  };
}
