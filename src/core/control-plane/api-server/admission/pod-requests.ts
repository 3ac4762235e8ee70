/** What a pod asks for as a whole. Models component-helpers/resource/helpers.go PodRequests, v1.36.2. */
import { quantityMilli } from '../../../api/quantity.ts';
import type { Container, PodSpec } from '../../../api/types.ts';

/** Thousandths of the resource's unit. Sidecars count beside containers; init containers only where they need more. */
export const podRequestMilli = (spec: PodSpec, name: string): number => total(spec, name, 'requests');
export const podLimitMilli = (spec: PodSpec, name: string): number => total(spec, name, 'limits');

function total(spec: PodSpec, name: string, which: 'requests' | 'limits'): number {
  const podLevel = (spec as { resources?: Container['resources'] }).resources?.[which]?.[name];
  const overhead = quantityMilli((spec as { overhead?: Record<string, string> }).overhead?.[name]);
  if (podLevel !== undefined) return quantityMilli(podLevel) + overhead;
  const of = (c: Container): number => quantityMilli(c.resources?.[which]?.[name]);
  let running = 0;
  for (const c of spec.containers ?? []) running += of(c);
  let sidecars = 0;
  let init = 0;
  for (const c of spec.initContainers ?? []) {
    if (c.restartPolicy === 'Always') {
      sidecars += of(c);
      init = Math.max(init, sidecars);
    } else init = Math.max(init, sidecars + of(c));
  }
  return Math.max(running + sidecars, init) + overhead;
}
