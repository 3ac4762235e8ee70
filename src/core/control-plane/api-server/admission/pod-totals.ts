/** What a pod asks for as a whole. Models component-helpers/resource/helpers.go PodRequests and PodLimits, v1.36.2. */
import { addQuantity, compareQuantity } from '../../../api/quantity.ts';
import type { Container, PodSpec, Quantity } from '../../../api/types.ts';

/** In canonical text. Sidecars count beside containers, init containers only where they need more, the pod's own resources before all of these. */
export function podTotal(spec: PodSpec, name: string, which: 'requests' | 'limits'): Quantity {
  const podLevel = (spec as { resources?: Container['resources'] }).resources?.[which]?.[name];
  const overhead = (spec as { overhead?: Record<string, Quantity> }).overhead?.[name];
  return plus(podLevel ?? containersTotal(spec, name, which), overhead);
}

function containersTotal(spec: PodSpec, name: string, which: 'requests' | 'limits'): Quantity {
  const of = (c: Container): Quantity | undefined => c.resources?.[which]?.[name];
  let sidecars: Quantity = '0';
  let init: Quantity = '0';
  for (const c of spec.initContainers ?? []) {
    const needs = plus(sidecars, of(c));
    if (c.restartPolicy === 'Always') sidecars = needs;
    if (compareQuantity(needs, init) > 0) init = needs;
  }
  let running = sidecars;
  for (const c of spec.containers ?? []) running = plus(running, of(c));
  return compareQuantity(init, running) > 0 ? init : running;
}

const plus = (a: Quantity, b: Quantity | undefined): Quantity => (b === undefined ? a : addQuantity(a, b));
