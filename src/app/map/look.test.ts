import { describe, expect, it } from 'vitest';
import { fitted, limited, margin, shown, zoomed, zoomLimits } from './look.ts';
import { sceneNamed } from './scene.ts';

const wide = sceneNamed('wide');

describe('the look at the map', () => {
  it('fits the pane of the design exactly', () => {
    expect(fitted({ width: 1040, height: 644 }, wide)).toEqual({ x: 0, y: 0, zoom: 1 });
  });

  it('gives up the scene’s margins before its text', () => {
    const pane = { width: 950, height: 594 };
    const { zoom, x } = fitted(pane, wide);
    expect(zoom).toBe(0.917);
    expect(zoom).toBeGreaterThan(pane.width / wide.width);
    expect(x + wide.content.x * zoom).toBeGreaterThanOrEqual(0);
  });

  it('does not blow up a scene beyond half as much again', () => {
    expect(fitted({ width: 4000, height: 3000 }, wide).zoom).toBe(1.5);
  });

  it('stops 120 px outside', () => {
    const pane = { width: 800, height: 600 };
    const at = limited({ x: 9999, y: 9999, zoom: 2 }, pane, wide);
    expect(at).toEqual({ x: margin * 2, y: margin * 2, zoom: 2 });
    const end = limited({ x: -9999, y: -9999, zoom: 2 }, pane, wide);
    expect(end.x + (wide.width + margin) * 2).toBe(pane.width);
    expect(end.y + (wide.height + margin) * 2).toBe(pane.height);
  });

  it('centres what is smaller than the pane with its margins', () => {
    const { x } = limited({ x: -500, y: 0, zoom: 0.5 }, { width: 1040, height: 644 }, wide);
    expect(x + (wide.width * 0.5) / 2).toBe(520);
  });

  it('zooms about the middle, within its limits', () => {
    const pane = { width: 1040, height: 644 };
    const once = zoomed({ x: 0, y: 0, zoom: 1 }, 1.25, pane, wide);
    expect((520 - once.x) / once.zoom).toBeCloseTo(520);
    expect(zoomed(once, 100, pane, wide).zoom).toBe(zoomLimits.most);
    expect(zoomed(once, 0.001, pane, wide).zoom).toBe(zoomLimits.least);
  });

  it('shows a thing in the middle, never smaller than it was', () => {
    const pane = { width: 1040, height: 644 };
    const r = { x: 400, y: 300, width: 100, height: 80 };
    const look = shown(r, { x: 0, y: 0, zoom: 1 }, pane, wide);
    expect(look.zoom).toBeGreaterThan(1);
    expect(look.x + (r.x + 50) * look.zoom).toBeCloseTo(520);
    expect(shown(r, { x: 0, y: 0, zoom: 2.5 }, pane, wide).zoom).toBe(2.5);
  });
});
