/** What pods/resize and pods/ephemeralcontainers may change. Models pkg/registry/core/pod/strategy.go and plugin/pkg/admission/podresize, v1.36.2. */

import { quantityMilli } from '../../../api/quantity.ts';
import { type Resource, resourceById } from '../../../api/resources.ts';
import type { Container, KubeObject, Pod } from '../../../api/types.ts';
import { podTotal } from '../admission/pod-totals.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { lookUp } from '../state.ts';

/** Containers' resources and resizePolicy (and the pod's own resources) from the request, the rest as stored. */
export function resizeOnly(call: Call, object: KubeObject, old: KubeObject): void {
  const [pod, before] = [object as Pod, old as Pod];
  const take = (now: Container[] | undefined, was: Container[] | undefined): Container[] | undefined =>
    was?.map((container) => {
      const asked = now?.find((c) => c.name === container.name);
      if (!asked) return container;
      const { resources, resizePolicy } = asked;
      return { ...container, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) };
    });
  const spec = { ...before.spec, containers: take(pod.spec?.containers, before.spec.containers) ?? [] };
  const init = take(pod.spec?.initContainers, before.spec.initContainers);
  if (init) spec.initContainers = init;
  const podLevel = (pod.spec as { resources?: unknown } | undefined)?.resources;
  if (podLevel !== undefined) (spec as { resources?: unknown }).resources = podLevel;
  restore(object, old);
  object.spec = spec;
  fits(call, object as Pod, before);
}

export function ephemeralContainersOnly(object: KubeObject, old: KubeObject): void {
  const containers = object.spec?.ephemeralContainers;
  restore(object, old);
  object.spec = { ...old.spec };
  if (containers) object.spec.ephemeralContainers = containers;
}

function restore(object: KubeObject, old: KubeObject): void {
  for (const key of Object.keys(object)) if (key !== 'metadata') delete object[key];
  for (const key of Object.keys(old)) if (key !== 'metadata') object[key] = old[key];
}

/** A resize beyond what the node could ever allocate is refused. */
function fits(call: Call, pod: Pod, old: Pod): void {
  const node = pod.spec.nodeName ? lookUp(call.state, (resourceById('nodes') as Resource).id, '', pod.spec.nodeName) : undefined;
  if (!node) return;
  for (const name of ['cpu', 'memory']) {
    const [requested, before] = [quantityMilli(podTotal(pod.spec, name, 'requests')), quantityMilli(podTotal(old.spec, name, 'requests'))];
    const allocatable = quantityMilli(node.status?.allocatable?.[name]);
    if (requested <= before || requested <= allocatable) continue;
    const unit = (milli: number): number => (name === 'cpu' ? milli : Math.ceil(milli / 1000));
    const text = `node didn't have enough allocatable resources: ${name}, requested: ${unit(requested)}, allocatable: ${unit(allocatable)}`;
    throw new Refusal(forbidden(call.resource, pod.metadata.name, text));
  }
}
