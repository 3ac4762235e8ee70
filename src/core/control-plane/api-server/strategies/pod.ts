/** Models pkg/registry/core/pod/strategy.go and pkg/apis/core/helper/qos, v1.36.2. */
import { quantityMilli } from '../../../api/quantity.ts';
import type { Container, KubeObject, Pod, PodSpec } from '../../../api/types.ts';
import type { Strategy } from './strategy.ts';

export const podStrategy: Strategy = {
  prepareForCreate(object) {
    const pod = object as Pod;
    pod.status = { phase: 'Pending', qosClass: qosClass(pod.spec) };
    if (!isMirror(pod)) gateCondition(pod);
  },
};

export const isMirror = (object: KubeObject): boolean => object.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

function gateCondition(pod: Pod): void {
  const gates = (pod.spec as { schedulingGates?: unknown[] } | undefined)?.schedulingGates;
  if (!Array.isArray(gates) || gates.length === 0) return;
  pod.status.conditions = [
    { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' },
  ];
}

/** cpu and memory alone decide; containers and init containers count, ephemeral ones do not. Pod-level resources win when set. */
export function qosClass(spec: PodSpec | undefined): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const podLevel = (spec as { resources?: Container['resources'] } | undefined)?.resources;
  const all = podLevel ? [podLevel] : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((c) => c.resources);
  let guaranteed = all.length > 0;
  let any = false;
  for (const resources of all) {
    for (const name of ['cpu', 'memory']) {
      const request = quantityMilli(resources?.requests?.[name]);
      const limit = quantityMilli(resources?.limits?.[name]);
      if (request > 0 || limit > 0) any = true;
      if (limit === 0 || (request !== 0 && request !== limit)) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
