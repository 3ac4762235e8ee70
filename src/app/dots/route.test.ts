import { describe, expect, it } from 'vitest';
import { placePods, podChannels } from '../map/pod-places.ts';
import { clusterScene, sceneNamed } from '../map/scene.ts';
import { drawnVertices } from '../map/vertices.ts';
import { network, way } from './route.ts';

const pods = ['a', 'b', 'c', 'd'].map((name) => ({ id: `pod/${name}`, namespace: 'default', owner: '', name }));

function netOf(scene: ReturnType<typeof sceneNamed>, count = 4) {
  const layout = placePods(scene.pods, pods.slice(0, count), []);
  return network([...scene.channels, ...podChannels(scene, layout)], {
    ...drawnVertices(scene),
    ...Object.fromEntries(layout.places.map((p) => [p.id, p.rect])),
  });
}

describe('ways along the channels', () => {
  const net = netOf(sceneNamed('wide'));

  it('go from the vertex over its tap and the bus to the tap of the other', () => {
    expect(way(net, 'apiServer', 'kubelet', false)).toEqual([
      [160, 76],
      [160, 100],
      [248, 100],
      [248, 164],
    ]);
  });

  it('use the direct line where there is one', () => {
    expect(way(net, 'kubelet', 'runtime', false)).toEqual([
      [336, 202],
      [360, 202],
    ]);
  });

  it('reach pods from above for probes and from below for packets', () => {
    expect(way(net, 'kubelet', 'pod/b', false).at(-1)).toEqual([301, 272]);
    expect(way(net, 'pod/a', 'netfilter', true)).toEqual([
      [120, 448],
      [120, 466],
      [704, 466],
      [704, 512],
    ]);
  });

  it('leave the node through eth0 to the wire', () => {
    expect(way(net, 'netfilter', 'eth0', true)).toEqual([
      [784, 560],
      [810, 560],
    ]);
    expect(way(net, 'eth0', 'worker-2', true).at(-1)).toEqual([856, 226]);
  });

  it('never lead through a vertex that is not asked for', () => {
    // kubelet and netfilter are joined by nothing but kube-proxy and pods.
    expect(way(net, 'kubelet', 'netfilter', false)).toEqual([]);
  });

  it('exist in every scene between what it shows', () => {
    for (const name of ['portrait', 'short', 'small'] as const) {
      const scene = netOf(sceneNamed(name), 2);
      for (const [from, to, packets] of [
        ['apiServer', 'kubelet', false],
        ['apiServer', 'kubeProxy', false],
        ['kubelet', 'pod/a', false],
        ['kubeProxy', 'netfilter', false],
        ['pod/a', 'netfilter', true],
      ] as const)
        expect(way(scene, from, to, packets).length, `${name}: ${from} to ${to}`).toBeGreaterThan(1);
    }
  });

  it('lead to the other worker on the narrow page too, beside the client', () => {
    const points = way(netOf(sceneNamed('portrait')), 'eth0', 'worker-2', true);
    expect(points.at(-1)).toEqual([102, 584]);
    expect(points.every(([, y]) => y <= 584)).toBe(true);
  });

  it('join nodes of the cluster scene by API line and wire', () => {
    const scene = clusterScene(['n1', 'n2', 'n3', 'n4', 'n5']);
    const cluster = network(scene.channels, drawnVertices(scene));
    for (const name of ['n1', 'n2', 'n3', 'n4', 'n5']) expect(way(cluster, 'apiServer', `node:${name}`, false).length, name).toBeGreaterThan(1);
    expect(way(cluster, 'node:n1', 'node:n5', true).length).toBeGreaterThan(1);
    expect(way(cluster, 'client', 'node:n4', true).length).toBeGreaterThan(1);
  });
});
