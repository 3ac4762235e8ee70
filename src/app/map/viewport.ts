/** The map's viewport: React Flow's own, fitted to the scene until a person moves it, then only kept within its limits. */
import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useEffect, useMemo, useRef } from 'react';
import type { View } from '../dots/draw.ts';
import { fitted, type Look, type Looked, limited, shown, zoomed } from './look.ts';
import type { Rect } from './scene.ts';

export interface Pane {
  width: number;
  height: number;
  /** How much larger the page is drawn (Present). React Flow counts px of the screen, everything else those of the page. */
  scale: number;
}
export interface Viewport {
  readonly look: Look;
  /** What React Flow draws with, in px of the screen. */
  readonly drawn: View;
  /** Called at once, and whenever the map moved. */
  subscribe(listener: () => void): () => void;
  /** React Flow's `onMove`. */
  moved(event: unknown): void;
  fit(ms: number): void;
  zoomBy(factor: number, ms: number): void;
  show(rect: Rect, ms: number): void;
}

export const scaled = ({ x, y, zoom }: Look, by: number): Look => ({ x: x * by, y: y * by, zoom: zoom * by });
const ease = (t: number): number => 1 - (1 - t) ** 3;

export function useViewport(pane: Pane, scene: Looked): Viewport {
  const store = useStoreApi();
  const { setViewport } = useReactFlow();
  const now = useRef({ pane, scene, byHand: false });
  /** The frame that moves it on to where it goes; 0 or one long drawn when it rests. */
  const moving = useRef(0);
  const { width, height, scale } = pane;
  const viewport = useMemo((): Viewport => {
    const go = (to: Look, ms: number): void => {
      const end = scaled(to, now.current.pane.scale);
      const [x, y, zoom] = store.getState().transform;
      const since = performance.now();
      const step = (atMs: number): void => {
        const part = atMs - since >= ms ? 1 : ease(Math.max(0, atMs - since) / ms);
        setViewport({ x: x + (end.x - x) * part, y: y + (end.y - y) * part, zoom: zoom + (end.zoom - zoom) * part }).catch(() => {});
        if (part < 1) moving.current = requestAnimationFrame(step);
      };
      cancelAnimationFrame(moving.current);
      if (ms > 0) moving.current = requestAnimationFrame(step);
      else setViewport(end).catch(() => {});
    };
    return {
      get look() {
        return scaled(this.drawn, 1 / now.current.pane.scale);
      },
      get drawn() {
        const [x, y, zoom] = store.getState().transform;
        return { x, y, zoom };
      },
      subscribe(listener) {
        listener();
        return store.subscribe((state, before) => {
          if (state.transform !== before.transform) listener();
        });
      },
      moved(event) {
        if (!event) return;
        cancelAnimationFrame(moving.current);
        now.current.byHand = true;
      },
      fit(ms) {
        now.current.byHand = false;
        go(fitted(now.current.pane, now.current.scene), ms);
      },
      zoomBy(factor, ms) {
        now.current.byHand = true;
        go(zoomed(this.look, factor, now.current.pane, now.current.scene), ms);
      },
      show(rect, ms) {
        now.current.byHand = true;
        go(shown(rect, this.look, now.current.pane, now.current.scene), ms);
      },
    };
  }, [store, setViewport]);
  useEffect(() => {
    const was = now.current.pane.scale;
    const look = scaled(viewport.drawn, 1 / was);
    now.current.pane = { width, height, scale };
    now.current.scene = scene;
    if (!now.current.byHand) viewport.fit(0);
    else setViewport(scaled(limited(look, { width, height }, scene), scale)).catch(() => {});
  }, [width, height, scale, scene, viewport, setViewport]);
  useEffect(() => () => cancelAnimationFrame(moving.current), []);
  return viewport;
}
