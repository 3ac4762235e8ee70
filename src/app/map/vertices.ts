/** Names between the world and the scenes: which record a vertex shows, and at which vertex a message passes. */
import type { Rect, Scene } from './scene.ts';

/** Areas that lie around vertices: no line ends at them. */
const around: ReadonlySet<string> = new Set(['worker-1', 'worker-1/label', 'pods', 'kernel', 'legend', 'notReady']);

/** The vertices that lines serve. */
export const drawnVertices = (scene: Scene): Record<string, Rect> => Object.fromEntries(Object.entries(scene.vertices).filter(([id]) => !around.has(id)));

const parts: Record<string, string> = { kubeProxy: 'kube-proxy' };
const fixed: Record<string, string> = {
  apiServer: 'component/apiserver',
  scheduler: 'component/scheduler',
  controllerManager: 'component/controller-manager',
  registry: 'component/registry',
  loadBalancer: 'component/loadBalancer',
  client: 'component/client',
};
const kernelTables: ReadonlySet<string> = new Set(['cgroups', 'routes', 'conntrack', 'netfilter']);

/** The record that a vertex of a scene shows. `glass`: the node under the glass, `second`: the other worker. */
export function recordOf(vertex: string, glass: string, second: string): string {
  if (vertex.startsWith('node:')) return `node/${vertex.slice(5)}`;
  if (vertex === 'worker-1/label') return `node/${glass}`;
  if (vertex === 'worker-2') return `node/${second}`;
  if (fixed[vertex]) return fixed[vertex];
  if (kernelTables.has(vertex)) return `kernel/${glass}/${vertex}`;
  if (vertex === 'eth0') return `kernel/${glass}/routes`;
  return `component/${glass}/${parts[vertex] ?? vertex}`;
}

export interface Whereabouts {
  glass: string;
  /** Vertices of the scene, pods of the glassed node included. */
  has(vertex: string): boolean;
  nodeOfPod(id: string): string;
}

/** The vertex of the scene at which a message passes that names `place` (`worker-1/kubelet`, `pod/UID`, `client` …); undefined: nowhere on this map. */
export function vertexAt(place: string, at: Whereabouts): string | undefined {
  if (at.has(place)) return place;
  if (place.startsWith('pod/')) return nodeVertex(at.nodeOfPod(place), at);
  const slash = place.indexOf('/');
  const host = slash < 0 ? place : place.slice(0, slash);
  const part = slash < 0 ? '' : place.slice(slash + 1);
  if (host === at.glass && part !== '') {
    if (at.has(part)) return part;
    if (at.has(`node:${host}`)) return `node:${host}`;
    return undefined;
  }
  return nodeVertex(host, at);
}

function nodeVertex(node: string, at: Whereabouts): string | undefined {
  if (node === '') return undefined;
  if (at.has(`node:${node}`)) return `node:${node}`;
  return node !== at.glass && at.has('worker-2') ? 'worker-2' : undefined;
}
