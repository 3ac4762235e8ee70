/** Messages on their way: each dot is one, or several equal ones. Begins them, joins them, ends them; what they carry is shown when they land. */
import type { MessageRecord } from '../../core/index.ts';
import type { Frame } from '../../session/protocol.ts';
import type { PodLayout } from '../map/pod-places.ts';
import type { Rect, Scene } from '../map/scene.ts';
import { reducedMotion } from '../state/motion.ts';
import { type RecordStore, records } from '../state/records.ts';
import { type Dot, dwellMs, flightMs, landed, positionOf } from './flight.ts';
import { type Router, routerFor } from './router.ts';

export const maxDots = 200;
/** A chain of messages within one moment is drawn one after the other, up to this delay. */
const maxChainMs = 1500;
/** Equal messages on a leg within this time join. */
const joinMs = 100;
const outlineMs = 600;

export type Regime = 'single' | 'joined' | 'streaks' | 'lines';
export const regimeOf = (speed: number): Regime => (speed < 5 ? 'single' : speed < 50 ? 'joined' : speed < 500 ? 'streaks' : 'lines');

/** How often a line is used, for speeds at which nothing can be followed. */
export interface Traffic {
  dot: Dot;
  /** Messages per second of real time. */
  rate: number;
}

export class Dots {
  live: Dot[] = [];
  /** By way and kind, at 100× and more. */
  readonly traffic = new Map<string, Traffic>();
  outlines: { vertex: string; packets: boolean; untilMs: number }[] = [];
  regime: Regime = 'single';
  hovered = 0;
  playing = false;
  private clock = 0;
  private lastReal = 0;
  private router: Router | null = null;
  private readonly store: RecordStore;
  private readonly holds = new Map<string, number>();
  private listeners = new Set<() => void>();

  constructor(store: RecordStore) {
    this.store = store;
  }

  /** The map changed: ways are looked for anew; what is under way keeps its own. */
  place(scene: Scene, layout: PodLayout | null, glass: string, nodeOfPod: (id: string) => string): void {
    this.router = routerFor(scene, layout, glass, nodeOfPod);
  }

  /** Ways of another picture than the map. */
  use(router: Router): void {
    this.router = router;
  }

  rect(vertex: string): Rect | undefined {
    return this.router?.rect(vertex);
  }

  /** Told when there is something to draw. */
  onStir(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Before the frame's records are applied. `realMs`: now. */
  take(frame: Frame, realMs: number): void {
    this.tick(realMs);
    const wasPlaying = this.playing;
    this.playing = frame.playing;
    const regime = regimeOf(frame.speed);
    if (frame.reset || regime !== this.regime) this.clear();
    this.regime = regime;
    const stepped = !frame.playing && !wasPlaying;
    // Where the run rests, nothing lands any more: what it says is shown at once.
    if (!frame.playing) {
      this.holds.clear();
      this.store.releaseAll();
    }
    if (!frame.reset && frame.messages.length > 0) {
      if (stepped) this.clear();
      // After a step only what happened in this very moment stands on its way; a longer jump shows none.
      const drawn = frame.messages.filter((m) => m.path.length > 1 && (!stepped || m.atMs === frame.nowMs));
      if (reducedMotion()) this.outline(drawn, realMs);
      else if (regime === 'streaks' || regime === 'lines') this.count(drawn);
      else this.begin(drawn, frame, stepped);
    }
    this.stir();
  }

  /** Moves the clock of the dots; ends what has landed. True while there is something to draw. */
  tick(realMs: number): boolean {
    // However long ago the last paint was: dots keep up with the clock.
    const passed = Math.max(0, realMs - this.lastReal);
    this.lastReal = realMs;
    if (this.playing) this.clock += passed;
    for (const [id, untilMs] of this.holds)
      if (untilMs <= this.clock) {
        this.holds.delete(id);
        this.store.release(id);
      }
    if (this.live.some((dot) => landed(dot, this.clock))) this.live = this.live.filter((dot) => !landed(dot, this.clock));
    if (this.outlines.length > 0) this.outlines = this.outlines.filter((o) => o.untilMs > realMs);
    if (this.playing) {
      for (const [key, t] of this.traffic) {
        t.rate *= 0.5 ** (passed / 500);
        if (t.rate < 0.5) this.traffic.delete(key);
      }
    }
    return this.live.length > 0 || this.outlines.length > 0 || this.traffic.size > 0 || this.holds.size > 0;
  }

  get nowMs(): number {
    return this.clock;
  }

  /** Sequence number of the dot under a point of the pane; 0: none. */
  hit(x: number, y: number, view: { x: number; y: number; zoom: number }): number {
    let best = 0;
    let bestDistance = 11;
    for (const dot of this.live) {
      const p = positionOf(dot, this.clock);
      if (!p) continue;
      const d = Math.hypot(p.x * view.zoom + view.x - x, p.y * view.zoom + view.y - y);
      if (d >= bestDistance) continue;
      best = dot.seq;
      bestDistance = d;
    }
    return best;
  }

  hover(seq: number): void {
    if (this.hovered === seq) return;
    this.hovered = seq;
    this.stir();
  }

  clear(): void {
    this.live = [];
    this.outlines = [];
    this.traffic.clear();
    this.holds.clear();
    this.store.releaseAll();
  }

  private stir(): void {
    for (const listener of this.listeners) listener();
  }

  private begin(messages: readonly MessageRecord[], frame: Frame, stepped: boolean): void {
    if (!this.router) return;
    const changed = new Set([...frame.diff.changed.map((record) => record.id), ...frame.diff.removed]);
    const legMs = this.regime === 'single' ? 600 : 250;
    const ends = new Map<number, number>(this.live.map((dot) => [dot.seq, dot.startMs + flightMs(dot)]));
    for (const message of messages) {
      const { legs, vertices } = this.router.legs(message);
      if (legs.length === 0) continue;
      const wanted = this.regime === 'single' ? (ends.get(message.cause) ?? this.clock) : this.clock;
      const startMs = stepped ? this.clock - legMs * 0.45 : Math.min(Math.max(this.clock, wanted), this.clock + maxChainMs);
      const same = this.joinable(message, startMs);
      if (same) {
        same.count += 1;
        ends.set(message.seq, same.startMs + flightMs(same));
        continue;
      }
      const dot: Dot = { seq: message.seq, message, legs, startMs, legMs, count: 1, ends: [vertices[0] as string, vertices.at(-1) as string] };
      this.live.push(dot);
      ends.set(message.seq, startMs + flightMs(dot));
      // Its effect is shown when it lands.
      if (frame.playing && this.regime === 'single' && message.outcome !== 'lost')
        for (const id of message.about)
          if (changed.has(id) && !this.holds.has(id)) {
            this.store.hold(id);
            this.holds.set(id, startMs + flightMs(dot) - dwellMs / 2);
          }
    }
  }

  private joinable(message: MessageRecord, startMs: number): Dot | undefined {
    const full = this.live.length >= maxDots;
    const path = message.path.join();
    // The same words to many listeners at one place, all at once: drawn as one.
    if (this.regime === 'single' && !full) {
      for (let i = this.live.length - 1; i >= 0 && i > this.live.length - 40; i -= 1) {
        const dot = this.live[i] as Dot;
        if (
          Math.abs(dot.startMs - startMs) < 40 &&
          dot.message.text === message.text &&
          dot.message.path.join() === path &&
          dot.message.outcome === message.outcome
        )
          return dot;
      }
      return undefined;
    }
    const equal = (dot: Dot): boolean => dot.message.kind === message.kind && dot.message.reply === message.reply && dot.message.outcome === message.outcome;
    for (let i = this.live.length - 1; i >= 0; i -= 1) {
      const dot = this.live[i] as Dot;
      if (equal(dot) && dot.message.path.join() === path && (full || Math.abs(dot.startMs - startMs) <= joinMs)) return dot;
    }
    return full ? (this.live.findLast(equal) ?? this.live.at(-1)) : undefined;
  }

  private count(messages: readonly MessageRecord[]): void {
    for (const message of messages) {
      const found = this.router?.legs(message);
      if (!found) continue;
      found.legs.forEach((leg, i) => {
        const from = found.vertices[i] as string;
        const to = found.vertices[i + 1] ?? from;
        const key = `${from} ${to} ${message.kind}`;
        const known = this.traffic.get(key);
        // Half of it is forgotten in half a second: ln 2 / 0.5 s.
        if (known) known.rate += 1.386;
        else if (this.traffic.size < maxDots)
          this.traffic.set(key, { rate: 1.386, dot: { seq: message.seq, message, legs: [leg], startMs: this.clock, legMs: 250, count: 1, ends: [from, to] } });
      });
    }
  }

  private outline(messages: readonly MessageRecord[], realMs: number): void {
    for (const message of messages) {
      const { vertices } = this.router?.legs(message) ?? { vertices: [] };
      for (const vertex of [vertices[0], vertices.at(-1)])
        if (vertex) {
          this.outlines = this.outlines.filter((o) => o.vertex !== vertex);
          this.outlines.push({ vertex, packets: false, untilMs: realMs + outlineMs });
        }
    }
  }
}

export const dots = new Dots(records);
