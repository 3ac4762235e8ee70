import type { Rect } from './scene.ts';

/** The nearest rectangle in the direction of an arrow key: what lies straight ahead before what lies aside. */
export function nearest(all: readonly (Rect & { id: string })[], from: (Rect & { id: string }) | undefined, key: string): string | undefined {
  if (!from) return all[0]?.id;
  const horizontal = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  const centre = (r: Rect): [number, number] => [r.x + r.width / 2, r.y + r.height / 2];
  const [fx, fy] = centre(from);
  let best: string | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const r of all) {
    if (r.id === from.id) continue;
    const [x, y] = centre(r);
    const ahead = (horizontal ? x - fx : y - fy) * sign;
    // What lies around it, like the node around its parts, is not ahead.
    const near = horizontal ? (sign > 0 ? r.x - fx : fx - r.x - r.width) : sign > 0 ? r.y - fy : fy - r.y - r.height;
    if (ahead < 4 || near < 0) continue;
    const aside = horizontal ? gap(from.y, from.height, r.y, r.height) : gap(from.x, from.width, r.x, r.width);
    const cost = ahead + aside * 3 + Math.abs(horizontal ? y - fy : x - fx) * 0.25;
    if (cost >= bestCost) continue;
    bestCost = cost;
    best = r.id;
  }
  return best;
}

const gap = (a: number, aSize: number, b: number, bSize: number): number => Math.max(0, b - (a + aSize), a - (b + bSize));
