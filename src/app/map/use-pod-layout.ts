/** The places of the glassed node's pods: stable, with an empty place for 2 s where a pod vanished. */
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { PodRecord } from '../../core/index.ts';
import { useRecords } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { type PodKey, type PodLayout, placePods, podKey } from './pod-places.ts';
import type { Density, Scene } from './scene.ts';

const vanishMs = 2000;

interface Memory {
  live: Map<string, PodKey>;
  vanished: Map<string, { pod: PodKey; untilMs: number }>;
  density: Density | undefined;
  resets: number;
}

/** `inside`: the pointer is over the pane; then the density only changes when it must. */
export function usePodLayout(scene: Scene, node: string, inside: RefObject<boolean>): PodLayout | null {
  const filter = useMemo(() => (pod: PodRecord) => pod.node === node && node !== '', [node]);
  const pods = useRecords('pod', filter);
  const resets = useRun((run) => run.resets);
  const memory = useRef<Memory>({ live: new Map(), vanished: new Map(), density: undefined, resets: 0 });
  const [turn, setTurn] = useState(0);
  const known = useRef<{ signature: string; layout: PodLayout } | null>(null);

  const keys = pods.map(podKey);
  const m = memory.current;
  const now = performance.now();
  const ids = new Set(keys.map((key) => key.id));
  if (m.resets !== resets) m.vanished.clear();
  else for (const [id, pod] of m.live) if (!ids.has(id)) m.vanished.set(id, { pod, untilMs: now + vanishMs });
  m.resets = resets;
  m.live = new Map(keys.map((key) => [key.id, key]));
  for (const [id, { untilMs }] of m.vanished) if (untilMs <= now || ids.has(id)) m.vanished.delete(id);

  const next = m.vanished.size > 0 ? Math.min(...[...m.vanished.values()].map((v) => v.untilMs)) : 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a timer that came early is set again.
  useEffect(() => {
    if (next === 0) return;
    const timer = setTimeout(() => setTurn((n) => n + 1), Math.max(16, next - performance.now() + 1));
    return () => clearTimeout(timer);
  }, [next, turn]);

  if (!scene.pods) return null;
  const layout = placePods(
    scene.pods,
    keys,
    [...m.vanished.values()].map((v) => v.pod),
    inside.current ? m.density : undefined,
  );
  m.density = layout.density;
  const signature = `${scene.name} ${layout.density.name} ${layout.hidden} ${layout.places.map((p) => p.id + (p.vanished ? '-' : '')).join()}`;
  if (known.current?.signature !== signature) known.current = { signature, layout };
  return known.current.layout;
}
