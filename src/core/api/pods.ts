/** Questions about pods that many components ask. Models pkg/api/v1/pod/util.go, v1.36.2. */
import { parseTime } from '../engine/time.ts';
import type { Condition, KubeObject, Pod } from './types.ts';

/** `namespace/name`, or the name alone for what has no namespace. */
export const podKey = (object: KubeObject): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name;

export const condition = (object: { status?: { conditions?: Condition[] } }, type: string): Condition | undefined =>
  object.status?.conditions?.find((c) => c.type === type);

export const isPodReady = (pod: Pod): boolean => condition(pod, 'Ready')?.status === 'True';

/** Succeeded or Failed. */
export const isPodTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** controller.IsPodActive: neither ended nor being deleted. */
export const isPodActive = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;

/** Ready for at least `minReadySeconds`; `epochMs` is the time now, ms since 1970. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, epochMs: number): boolean {
  const ready = condition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  return typeof ready.lastTransitionTime === 'string' && parseTime(ready.lastTransitionTime) + minReadySeconds * 1000 <= epochMs;
}
