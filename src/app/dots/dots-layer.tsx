/** One canvas over the map. Draws while something moves, and once when it was told to. */
import { useEffect, useRef } from 'react';
import type { Frame } from '../../session/protocol.ts';
import { onFrame } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { draw, type Palette, type View } from './draw.ts';
import type { Dots } from './engine.ts';

interface Props {
  width: number;
  height: number;
  dots: Dots;
  /** What it lies over: how that is panned and zoomed now, and when that changes. */
  view: { readonly drawn: View; subscribe(listener: () => void): () => void };
  /** What of a frame moves here. */
  heard?: (frame: Frame) => Frame;
}

export function DotsLayer({ width, height, dots, view, heard }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext('2d');
    if (!element || !ctx) return;
    const ratio = Math.min(3, devicePixelRatio || 1);
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    let palette = readPalette();
    let request = 0;
    let lastLines = 0;
    const paint = (): void => {
      request = 0;
      const realMs = performance.now();
      const busy = dots.tick(realMs);
      const lines = dots.regime === 'lines';
      // Line widths change four times in a second.
      if (!lines || realMs - lastLines > 240) {
        lastLines = realMs;
        const port = dots.rect('eth0');
        const outlines = dots.outlines.flatMap((o) => dots.rect(o.vertex) ?? []);
        const focused = dots.hovered || useUi.getState().focusedSeq;
        draw(
          ctx,
          { width, height, ratio },
          view.drawn,
          { nowMs: dots.nowMs, realMs, dots: dots.live, traffic: dots.traffic.values(), lines, outlines, holes: port ? [port] : [], focused },
          palette,
        );
      }
      if (busy && (dots.playing || dots.outlines.length > 0)) stir();
    };
    const stir = (): void => {
      if (request === 0) request = requestAnimationFrame(paint);
    };
    const repaint = (): void => {
      palette = readPalette();
      stir();
    };
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map((query) => matchMedia(query));
    for (const query of queries) query.addEventListener('change', repaint);
    const leave = [
      onFrame((frame) => dots.take(heard ? heard(frame) : frame, performance.now())),
      dots.onStir(stir),
      view.subscribe(stir),
      useUi.subscribe(stir),
    ];
    stir();
    return () => {
      cancelAnimationFrame(request);
      theme.disconnect();
      for (const query of queries) query.removeEventListener('change', repaint);
      for (const stop of leave) stop();
    };
  }, [width, height, dots, view, heard]);
  return (
    <div className="dots" aria-hidden="true">
      <canvas ref={canvas} style={{ width, height }} />
    </div>
  );
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: value('--ink'), blue: value('--blue'), red: value('--red'), plate: value('--plate'), paper: value('--case'), sans: value('--sans') };
}
