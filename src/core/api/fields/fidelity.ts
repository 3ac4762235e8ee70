/** How far the simulator acts on a manifest's fields. */
import type { KubeObject } from '../types.ts';

/** Present fields that nothing in the model acts on, with the reason. `kindsWithoutController`: kinds nobody reconciles. */
export function notSimulated(_object: KubeObject): { path: string; reason: string }[] {
  return [];
}
