/** Which parts of the devices' line a packet took: in at its left end, out at its right. */
import type { Point } from '../map/scene.ts';

/** `tap`: where on the line a device hangs. */
export function busParts(way: readonly string[], bus: readonly Point[], tap: (device: string) => number | undefined): Point[][] {
  const [left, right] = [bus[0], bus.at(-1)];
  if (!left || !right) return [];
  const out: Point[][] = [];
  const turn = way.indexOf('deviceBus/prerouting');
  for (const [i, id] of way.entries()) {
    if (!id.startsWith('deviceBus/') || id === 'deviceBus/prerouting') continue;
    const x = tap(id.slice('deviceBus/'.length));
    if (x === undefined) continue;
    out.push(i < turn ? [left, [x, left[1]]] : [[x, right[1]], right]);
  }
  return out;
}
