/** When what led to a change of endpoints happened. Models staging/src/k8s.io/endpointslice/util/trigger_time_tracker.go, v1.36.2. */
import { condition } from '../../api/pods.ts';
import type { Pod, Service } from '../../api/types.ts';
import { keyFor } from './owners.ts';

/** Times are RFC 3339 in UTC: they compare as text. */
export interface TriggerTimes {
  service: string;
  pods: Record<string, string>;
}

// Pods are frozen: the time read from one stays true. Not state.
const memo = new WeakMap<Pod, string>();

/** The earliest new time, or '' when nothing is newer than at the previous sync; and what to remember. */
export function computeTriggerTime(before: TriggerTimes | undefined, service: Service, pods: readonly Pod[]): { time: string; after: TriggerTimes } {
  const after: TriggerTimes = { service: service.metadata.creationTimestamp, pods: {} };
  let time = '';
  const consider = (candidate: string, known: string | undefined): void => {
    if (candidate !== '' && (known === undefined || candidate > known) && (time === '' || candidate < time)) time = candidate;
  };
  for (const pod of pods) {
    let changed = memo.get(pod);
    if (changed === undefined) {
      changed = condition(pod, 'Ready')?.lastTransitionTime ?? '';
      memo.set(pod, changed);
    }
    if (changed === '') continue;
    const key = keyFor(pod);
    after.pods[key] = changed;
    consider(changed, before?.pods[key]);
  }
  consider(after.service, before?.service);
  return { time, after };
}
