/** Where the map is looked at, in CSS px of its pane: what fits, how far one may go. React Flow owns the viewport and moves it; these are the sums. */
import type { Rect, Scene } from './scene.ts';

export interface Look {
  x: number;
  y: number;
  zoom: number;
}
interface Size {
  width: number;
  height: number;
}
export type Looked = Pick<Scene, 'width' | 'height' | 'content'>;

export const zoomLimits = { least: 0.5, most: 3 } as const;
/** How far one may look past the scene's edge, CSS px at zoom 1. */
export const margin = 120;
/** Below this, cards show titles only: before that the scene's margins give way. */
export const fullFrom = 0.917;
/** What is left of them. */
const leastMargin = 8;
/** Larger scenes are not blown up beyond this when they are fitted. */
const mostFitted = 1.5;
/** A thing that is zoomed to takes about half the pane, at most this large. */
const mostShown = 1.7;

/** The whole scene; without its margins where cards would else lose their text. */
export function fitted(pane: Size, scene: Looked): Look {
  const { content } = scene;
  const zoom = Math.min(pane.width / scene.width, pane.height / scene.height, mostFitted);
  const close = Math.min(pane.width / (content.width + 2 * leastMargin), pane.height / (content.height + 2 * leastMargin), fullFrom);
  const look = close > zoom ? centred(content, close, pane) : centred({ x: 0, y: 0, width: scene.width, height: scene.height }, zoom, pane);
  return limited(look, pane, scene);
}

/** Zooms about the middle of the pane. */
export function zoomed(look: Look, factor: number, pane: Size, scene: Looked): Look {
  const zoom = clamp(look.zoom * factor, zoomLimits.least, zoomLimits.most);
  const ratio = zoom / look.zoom;
  const [x, y] = [pane.width / 2, pane.height / 2];
  return limited({ x: x - (x - look.x) * ratio, y: y - (y - look.y) * ratio, zoom }, pane, scene);
}

/** A rectangle of the scene in the middle, no smaller than it is seen now. */
export function shown(r: Rect, look: Look, pane: Size, scene: Looked): Look {
  const zoom = clamp(Math.min(pane.width / (r.width * 2), pane.height / (r.height * 2), mostShown), look.zoom, zoomLimits.most);
  return limited(centred(r, zoom, pane), pane, scene);
}

/** No further than the margin outside; in the middle when there is room for more. */
export function limited({ x, y, zoom }: Look, pane: Size, scene: Size): Look {
  const axis = (at: number, room: number, size: number): number => {
    const most = margin * zoom;
    const least = room - (size + margin) * zoom;
    return least > most ? (least + most) / 2 : clamp(at, least, most);
  };
  return { x: axis(x, pane.width, scene.width), y: axis(y, pane.height, scene.height), zoom };
}

const centred = (r: Rect, zoom: number, pane: Size): Look => ({
  x: pane.width / 2 - (r.x + r.width / 2) * zoom,
  y: pane.height / 2 - (r.y + r.height / 2) * zoom,
  zoom,
});

const clamp = (n: number, from: number, to: number): number => Math.max(from, Math.min(to, n));
