/** The dots of the map: their ways over its lines, their canvas, and what of them a pointer meets. */
import { type RefObject, useEffect } from 'react';
import type { PodLayout } from '../map/pod-places.ts';
import type { Scene } from '../map/scene.ts';
import { useRecords } from '../state/records.ts';
import { DotsLayer } from './dots-layer.tsx';
import type { View } from './draw.ts';
import { dots } from './engine.ts';

/** What the map asks of the dots; null until they are loaded. */
export interface Hits {
  /** Sequence number of the message under a point of the pane, in px of the screen; 0: none. */
  at(x: number, y: number): number;
  hover(seq: number): void;
}
export interface DotsProps {
  width: number;
  height: number;
  view: { readonly drawn: View; subscribe(listener: () => void): () => void };
  scene: Scene;
  layout: PodLayout | null;
  glass: string;
  hits: RefObject<Hits | null>;
}

export function DotsOverMap({ width, height, view, scene, layout, glass, hits }: DotsProps) {
  const pods = useRecords('pod');
  useEffect(() => {
    const nodeOf = new Map(pods.map((pod) => [pod.id, pod.node]));
    dots.place(scene, layout, glass, (id) => nodeOf.get(id) ?? '');
  }, [scene, layout, glass, pods]);
  useEffect(() => {
    hits.current = { at: (x, y) => dots.hit(x, y, view.drawn), hover: (seq) => dots.hover(seq) };
    return () => {
      hits.current = null;
      dots.clear();
    };
  }, [hits, view]);
  return <DotsLayer width={width} height={height} dots={dots} view={view} />;
}
