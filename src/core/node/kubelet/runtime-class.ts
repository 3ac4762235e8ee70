/** RuntimeClasses, for the handler of a sandbox. Models pkg/kubelet/runtimeclass/runtimeclass_manager.go, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import { apiLatencyMs, apiserver, type WatchEvent, type WatchRequest } from '../../contracts/watch.ts';
import type { Ctx } from '../../engine/types.ts';
import type { KubeletState } from './state.ts';

export const runtimeClassWatch = 'runtimeclasses';

/** Simplified: they are watched from the first pod on that names one. */
export function needRuntimeClass(state: KubeletState, pod: Pod, ctx: Ctx): void {
  if (!pod.spec.runtimeClassName || state.runtimeClasses) return;
  state.runtimeClasses = {};
  const request: WatchRequest = { type: 'Watch', watch: runtimeClassWatch, resource: 'runtimeclasses.node.k8s.io' };
  ctx.send(apiserver, request, apiLatencyMs.request);
}

export function observeRuntimeClass(state: KubeletState, { event, object }: WatchEvent): void {
  if (!object || !state.runtimeClasses) return;
  if (event === 'DELETED') delete state.runtimeClasses[object.metadata.name];
  else state.runtimeClasses[object.metadata.name] = String((object as KubeObject).handler ?? '');
}

export function lookupRuntimeHandler(state: KubeletState, pod: Pod): { handler: string } | { error: string } {
  const name = pod.spec.runtimeClassName;
  if (!name) return { handler: '' };
  const known = state.runtimeClasses;
  if (!known || !Object.hasOwn(known, name)) return { error: `runtimeclass.node.k8s.io "${name}" not found` };
  return { handler: known[name] as string };
}
