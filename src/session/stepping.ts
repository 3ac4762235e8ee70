/** Steps by message, second or event. */
import type { View, World } from '../core/index.ts';

/** Runs on to just after the next that counts, and returns null; or returns the time to jump to. */
export function stepTo(world: World, view: View, by: 'message' | 'second' | 'event', count: number, about?: string): number | null {
  if (by === 'second') {
    const target = count > 0 ? (Math.floor(world.nowMs / 1000) + 1) * 1000 : (Math.ceil(world.nowMs / 1000) - 1) * 1000;
    return Math.max(0, target);
  }
  const shown = (m: { path: string[]; about: string[] }): boolean => (by === 'message' ? m.path.length > 0 : about === undefined || m.about.includes(about));
  if (count < 0) {
    const [previous] = view.messagesBefore(null, 1, (m) => shown(m) && m.atMs < world.nowMs);
    return Math.max(0, previous ? previous.atMs : world.nowMs - 1);
  }
  const limitMs = world.nowMs + (by === 'message' ? 600_000 : 3_600_000);
  for (let steps = 0; steps < 200_000 && world.nowMs < limitMs; steps += 1) {
    const before = world.engine.state.told;
    const next = world.engine.state.queue[0]?.atMs ?? limitMs;
    world.advance(Math.max(next, world.nowMs));
    if (view.messagesBetween(before, world.engine.state.told, 50).messages.some(shown)) return null;
  }
  return null;
}
