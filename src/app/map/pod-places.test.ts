import { describe, expect, it } from 'vitest';
import { pod } from '../testing/fixture-frame.ts';
import { densityFor, placePods, podKey, podOrder } from './pod-places.ts';
import { type Scene, sceneNamed } from './scene.ts';

const wide = sceneNamed('wide').pods as NonNullable<Scene['pods']>;
const keys = (n: number) => Array.from({ length: n }, (_, i) => podKey(pod(`p${String(i).padStart(3, '0')}`)));

describe('places of pods', () => {
  it('take the largest density that holds all', () => {
    const name = (n: number): string => densityFor(n, wide.densities).name;
    expect([1, 4, 5, 8, 9, 33, 34, 110, 111].map(name)).toEqual(['L', 'L', 'M', 'M', 'S', 'S', 'XS', 'XS', 'XS']);
    expect(placePods(wide, keys(112), []).hidden).toBe(2);
  });

  it('are ordered by namespace, owner, name', () => {
    const pods = [
      pod('coredns-a', { namespace: 'kube-system', owner: { kind: 'ReplicaSet', name: 'coredns' } }),
      pod('web-b', { owner: { kind: 'ReplicaSet', name: 'web' } }),
      pod('web-a', { owner: { kind: 'ReplicaSet', name: 'web' } }),
      pod('zebra'),
    ];
    expect(
      pods
        .map(podKey)
        .sort(podOrder)
        .map((k) => k.name),
    ).toEqual(['zebra', 'web-a', 'web-b', 'coredns-a']);
  });

  it('do not depend on state', () => {
    const before = [pod('a'), pod('b'), pod('c')];
    const after = before.map((p, i) => ({ ...p, status: ['Error', 'Running', 'Pending'][i] as string, family: 'failed' as const }));
    expect(placePods(wide, after.map(podKey), [])).toEqual(placePods(wide, before.map(podKey), []));
  });

  it('stay empty where a pod vanished, so that the others do not move', () => {
    const all = keys(4);
    const before = placePods(wide, all, []);
    const after = placePods(
      wide,
      all.filter((k) => k.name !== 'p001'),
      [all[1] as (typeof all)[0]],
    );
    expect(after.places.map((p) => p.rect)).toEqual(before.places.map((p) => p.rect));
    expect(after.places.map((p) => p.vanished)).toEqual([false, true, false, false]);
  });

  it('give way when living pods need them', () => {
    const layout = placePods(wide, keys(4), [podKey(pod('gone'))]);
    expect(layout.density.name).toBe('L');
    expect(layout.places.some((p) => p.vanished)).toBe(false);
  });

  it('keep a density that still holds all when asked to', () => {
    const medium = densityFor(6, wide.densities);
    expect(placePods(wide, keys(3), [], medium).density.name).toBe('M');
    expect(placePods(wide, keys(9), [], medium).density.name).toBe('S');
  });
});
