/** Where the map is looked at: pan and zoom, limited and animated. Outside of React, so that nothing but one transform changes while it moves. */
export interface Look {
  x: number;
  y: number;
  zoom: number;
}
interface Size {
  width: number;
  height: number;
}
interface Place extends Size {
  x: number;
  y: number;
}

export const zoomLimits = { least: 0.5, most: 3 } as const;
/** How far one may look past the scene's edge, CSS px at zoom 1. */
const margin = 120;
/** Below this, cards show titles only: before that the scene's margins give way. */
export const fullFrom = 0.917;
/** What is left of them. */
const leastMargin = 8;
/** Larger scenes are not blown up beyond this when they are fitted. */
const mostFitted = 1.5;

export class Camera {
  look: Look = { x: 0, y: 0, zoom: 1 };
  /** A person moved it: then a change of the window does not fit it anew. */
  moved = false;
  private pane: Size = { width: 1, height: 1 };
  private scene: Size & { content: Place } = { width: 1, height: 1, content: { x: 0, y: 0, width: 1, height: 1 } };
  private readonly listeners = new Set<(look: Look) => void>();
  private flight = 0;

  subscribe(listener: (look: Look) => void): () => void {
    this.listeners.add(listener);
    listener(this.look);
    return () => this.listeners.delete(listener);
  }

  resize(pane: Size, scene: Size & { content: Place }): void {
    this.pane = pane;
    this.scene = scene;
    if (this.moved) this.set(this.look);
    else this.fit(0);
  }

  fit(durationMs: number): void {
    this.moved = false;
    const { content } = this.scene;
    const zoom = Math.min(this.pane.width / this.scene.width, this.pane.height / this.scene.height, mostFitted);
    const close = Math.min(this.pane.width / (content.width + 2 * leastMargin), this.pane.height / (content.height + 2 * leastMargin), fullFrom);
    if (close > zoom) this.go(this.centred(content, close), durationMs);
    else this.go(this.centred({ x: 0, y: 0, ...this.size() }, zoom), durationMs);
  }

  pan(dx: number, dy: number): void {
    this.moved = true;
    this.stop();
    this.set({ ...this.look, x: this.look.x + dx, y: this.look.y + dy });
  }

  /** Zooms about a point of the pane. */
  zoomAt(factor: number, x = this.pane.width / 2, y = this.pane.height / 2, durationMs = 0): void {
    this.moved = true;
    const zoom = clamp(this.look.zoom * factor, zoomLimits.least, zoomLimits.most);
    const ratio = zoom / this.look.zoom;
    this.go({ x: x - (x - this.look.x) * ratio, y: y - (y - this.look.y) * ratio, zoom }, durationMs);
  }

  /** Brings a rectangle of the scene into the middle. */
  show(r: Place, durationMs: number): void {
    this.moved = true;
    const zoom = clamp(Math.min(this.pane.width / (r.width * 2), this.pane.height / (r.height * 2), 1.7), this.look.zoom, zoomLimits.most);
    this.go(this.centred(r, zoom), durationMs);
  }

  private centred(r: Place, zoom: number): Look {
    return { x: this.pane.width / 2 - (r.x + r.width / 2) * zoom, y: this.pane.height / 2 - (r.y + r.height / 2) * zoom, zoom };
  }

  private size(): Size {
    return { width: this.scene.width, height: this.scene.height };
  }

  private go(to: Look, durationMs: number): void {
    this.stop();
    const goal = this.limited(to);
    if (durationMs <= 0) {
      this.set(goal);
      return;
    }
    const from = this.look;
    const start = performance.now();
    const step = (): void => {
      const t = Math.min(1, (performance.now() - start) / durationMs);
      const s = 1 - (1 - t) ** 3;
      this.set({ x: from.x + (goal.x - from.x) * s, y: from.y + (goal.y - from.y) * s, zoom: from.zoom + (goal.zoom - from.zoom) * s });
      this.flight = t < 1 ? requestAnimationFrame(step) : 0;
    };
    step();
  }

  private stop(): void {
    if (this.flight !== 0) cancelAnimationFrame(this.flight);
    this.flight = 0;
  }

  private set(look: Look): void {
    this.look = this.limited(look);
    for (const listener of this.listeners) listener(this.look);
  }

  private limited({ x, y, zoom }: Look): Look {
    const axis = (at: number, pane: number, scene: number): number => {
      const most = margin * zoom;
      const least = pane - (scene + margin) * zoom;
      return least > most ? (least + most) / 2 : clamp(at, least, most);
    };
    return { x: axis(x, this.pane.width, this.scene.width), y: axis(y, this.pane.height, this.scene.height), zoom };
  }
}

const clamp = (n: number, from: number, to: number): number => Math.max(from, Math.min(to, n));

export const camera = new Camera();
