/** The kubelet's Events: which object and field they are about. */
import type { Pod } from '../../api/types.ts';
import { recordEvent, referenceTo } from '../../contracts/client-go/recorder.ts';
import { log } from '../../contracts/journal.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import type { KubeletState } from './state.ts';

type EventType = 'Normal' | 'Warning';

const source = (state: KubeletState) => ({ component: 'kubelet', host: state.config.nodeName });

export function podEvent(state: KubeletState, pod: Pod, type: EventType, reason: string, message: string, ctx: Ctx, why?: FieldRef): void {
  if (reason === 'FailedMount') log(ctx, 'kubelet.service', ['kubelet.mount', podKey(pod), pod.metadata.uid, message]);
  recordEvent(state.recorder, ctx, source(state), referenceTo(pod), type, reason, message, why);
}

/** About one container: `involvedObject.fieldPath` is `spec.containers{NAME}` and the like. */
export function containerEvent(
  state: KubeletState,
  pod: Pod,
  container: string,
  type: EventType,
  reason: string,
  message: string,
  ctx: Ctx,
  why?: FieldRef,
): void {
  if (reason === 'Unhealthy') logProbe(pod, container, message, ctx);
  recordEvent(state.recorder, ctx, source(state), referenceTo(pod, fieldPathOf(pod, container)), type, reason, message, why);
}

const podKey = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;

/** `Readiness probe failed: OUTPUT`. */
function logProbe(pod: Pod, container: string, message: string, ctx: Ctx): void {
  const [probe = ''] = message.split(' ', 1);
  const output = message.slice(message.indexOf(': ') + 2);
  log(ctx, 'kubelet.service', ['kubelet.probe', probe, podKey(pod), pod.metadata.uid, container, output]);
}

/** About the Node: by name alone (recorded). */
export function nodeEvent(state: KubeletState, type: EventType, reason: string, message: string, ctx: Ctx): void {
  const name = state.config.nodeName;
  recordEvent(state.recorder, ctx, source(state), { apiVersion: 'v1', kind: 'Node', name }, type, reason, message);
}

export function fieldPathOf(pod: Pod, container: string): string {
  if (pod.spec.containers.some((c) => c.name === container)) return `spec.containers{${container}}`;
  if (pod.spec.initContainers?.some((c) => c.name === container)) return `spec.initContainers{${container}}`;
  return `spec.ephemeralContainers{${container}}`;
}

/** Where in the manifest: for "Why?". `path` is inside the container. */
export function containerField(pod: Pod, container: string, path: string): FieldRef {
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
    const index = pod.spec[list]?.findIndex((c) => c.name === container) ?? -1;
    if (index >= 0) return podField(pod, `spec.${list}[${index}].${path}`);
  }
  return podField(pod, path);
}

export const podField = (pod: Pod, path: string): FieldRef => ({
  kind: 'Pod',
  namespace: pod.metadata.namespace ?? 'default',
  name: pod.metadata.name,
  path,
});

/** `name_namespace(uid)`, as messages name a pod. Models pkg/kubelet/util/format/pod.go. */
export const podDesc = (pod: Pod): string => `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
