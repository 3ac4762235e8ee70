import { describe, expect, it } from 'vitest';
import { pod } from '../testing/fixture-frame.ts';
import { graphOf } from './flow.ts';
import { piecesOf } from './pieces.tsx';
import { placePods, podChannels, podKey } from './pod-places.ts';
import { clusterScene, type Scene, sceneNamed } from './scene.ts';

const keys = (n: number) => Array.from({ length: n }, (_, i) => podKey(pod(`p${String(i).padStart(3, '0')}`)));
const graphWith = (scene: Scene, pods: number) => {
  const layout = scene.pods ? placePods(scene.pods, keys(pods), []) : null;
  const taps = layout ? podChannels(scene, layout) : [];
  return { graph: graphOf(scene, piecesOf(scene, layout, 'worker-1', 'worker-2'), taps, null), taps };
};
const scenes: Scene[] = [...(['wide', 'portrait', 'short', 'small'] as const).map(sceneNamed), clusterScene(['worker-1', 'worker-2', 'worker-3'])];

describe('the graph of a scene', () => {
  it.each(scenes.map((scene) => [scene.name, scene] as const))(
    '%s: every line that is drawn is in it once, and every edge has both its ends',
    (_name, scene) => {
      const { graph, taps } = graphWith(scene, 4);
      const ids = graph.nodes.map((node) => node.id);
      expect(new Set(ids).size).toBe(ids.length);
      const lines = [...graph.edges.map((e) => e.data?.channel.id), ...graph.nodes.flatMap((node) => (node.type === 'line' ? node.data.channel.id : []))];
      const drawn = [...scene.channels, ...taps].filter((c) => !c.hidden).map((c) => c.id);
      expect(lines.sort()).toEqual(drawn.sort());
      for (const edge of graph.edges) {
        expect(ids).toContain(edge.source);
        expect(ids).toContain(edge.target);
        expect(edge.source).not.toBe(edge.target);
      }
    },
  );

  it.each(scenes.map((scene) => [scene.name, scene] as const))('%s: every station is drawn, at the end of a line', (_name, scene) => {
    const { graph } = graphWith(scene, 0);
    const stations = [
      ...graph.edges.flatMap((e) => e.data?.stations ?? []),
      ...graph.nodes.flatMap((node) => (node.type === 'line' ? node.data.stations : [])),
    ];
    expect(stations.map((at) => at.join()).sort()).toEqual(scene.stations.map(({ at }) => at.join()).sort());
  });

  it('joins what the design joins', () => {
    const { graph } = graphWith(sceneNamed('wide'), 1);
    const ends = Object.fromEntries(graph.edges.map((e) => [e.id, `${e.source} ${e.target}`]));
    expect(ends['kubelet/runtime (CRI)']).toBe('kubelet runtime');
    expect(ends['apiBus/kubelet']).toBe('line:apiBus kubelet');
    expect(ends['wire/client']).toBe('line:wire (node network) client');
    const id = graph.nodes.find((node) => node.type === 'pod')?.id;
    expect(ends[`podBus/${id}`]).toBe(`${id} line:podBus (cni0)`);
  });

  it('stands at the places of the design', () => {
    const scene = sceneNamed('wide');
    for (const node of graphWith(scene, 0).graph.nodes)
      if (node.type === 'vertex') expect({ ...node.position, width: node.width, height: node.height }).toEqual(scene.vertices[node.id]);
  });

  it('keeps what did not change, so that nothing else is drawn anew', () => {
    const scene = sceneNamed('wide');
    const make = (pods: number, before: ReturnType<typeof graphOf> | null) => {
      const layout = placePods(scene.pods, keys(pods), []);
      return graphOf(scene, piecesOf(scene, layout, 'worker-1', 'worker-2'), podChannels(scene, layout), before);
    };
    const first = make(2, null);
    const same = make(2, first);
    expect(same.nodes).toBe(first.nodes);
    expect(same.edges).toBe(first.edges);
    const third = make(3, first);
    expect(third.nodes).not.toBe(first.nodes);
    for (const node of first.nodes) expect(third.nodes.find((n) => n.id === node.id)).toBe(node);
  });
});
