/** What a message about an object says beyond its name: enough to tell two runs apart. */
import { isPodReady } from '../api/pods.ts';
import { podColumns } from '../api/print/pod-columns.ts';
import type { EndpointSlice, KubeObject, Pod } from '../api/types.ts';
import type { ApiRequest, ApiResponse, WatchEvent } from '../contracts/watch.ts';
import type { TraceEntry } from '../engine/types.ts';

/** '' when there is nothing more to say. */
export function detailOf(entry: TraceEntry): string {
  const { body } = entry;
  if (body.type === 'ApiRequest') {
    const r = body as ApiRequest;
    if (r.verb === 'delete') return '';
    return r.verb === 'patch' ? ofStatusPatch((r.patch as { status?: StatusPatch } | undefined)?.status) : ofObject(r.object as KubeObject | undefined);
  }
  if (body.type === 'ApiResponse') return ofObject((body as ApiResponse).object);
  if (body.type === 'WatchEvent') return ofObject((body as WatchEvent).object);
  return '';
}

function ofObject(object: KubeObject | undefined): string {
  if (!object) return '';
  if (object.kind === 'Pod') {
    const pod = object as Pod;
    if (!pod.status || !Array.isArray(pod.spec?.containers)) return '';
    return `${podColumns(pod).status}, ready: ${isPodReady(pod)}`;
  }
  if (object.kind === 'EndpointSlice')
    return ((object as EndpointSlice).endpoints ?? [])
      .slice(0, 8)
      .map((e) => `${e.addresses[0] ?? ''} ready: ${e.conditions?.ready !== false}`)
      .join(', ');
  const { replicas, readyReplicas } = ((object as { status?: unknown }).status ?? {}) as { replicas?: number; readyReplicas?: number };
  return replicas === undefined ? '' : `${readyReplicas ?? 0} of ${replicas} ready`;
}

type StatusPatch = { phase?: string; conditions?: { type: string; status: string }[] };

/** A patch holds only what it changes. */
function ofStatusPatch(status: StatusPatch | undefined): string {
  if (!status) return '';
  const out: string[] = [];
  if (typeof status.phase === 'string') out.push(status.phase);
  const ready = Array.isArray(status.conditions) ? status.conditions.find((c) => c?.type === 'Ready')?.status : undefined;
  if (ready) out.push(`ready: ${ready === 'True'}`);
  return out.join(', ');
}
