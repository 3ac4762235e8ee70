/** Documents of the text and the records that they made. */
import type { ObjectRecord, PodRecord, ServiceRecord } from '../../core/index.ts';
import type { CheckResult } from '../../session/protocol.ts';

export type Document = CheckResult['documents'][number];

export interface World {
  pods: readonly PodRecord[];
  services: readonly ServiceRecord[];
  objects: readonly ObjectRecord[];
}

export const documentAt = (documents: readonly Document[], line: number): Document | undefined => documents.find((d) => line >= d.line && line <= d.endLine);

/** The record of the document's own object; '' when there is none. */
export function recordOf(document: Document, world: World): string {
  const { kind, namespace, name } = document;
  if (kind === 'Pod') return world.pods.find((p) => p.name === name && p.namespace === namespace)?.id ?? '';
  if (kind === 'Service') return world.services.find((s) => s.name === name && s.namespace === namespace)?.id ?? '';
  return world.objects.find((o) => o.kind === kind && o.name === name && o.namespace === namespace)?.id ?? '';
}

/** Pods that the document made: itself, or by its name through a ReplicaSet or Job. */
export function podsOf(document: Document, world: World): PodRecord[] {
  const { kind, namespace, name } = document;
  return world.pods.filter((pod) => {
    if (pod.namespace !== namespace) return false;
    if (kind === 'Pod') return pod.name === name;
    if (!pod.owner) return false;
    if (pod.owner.kind === kind) return pod.owner.name === name;
    const made = kind === 'Deployment' ? 'ReplicaSet' : kind === 'CronJob' ? 'Job' : '';
    return made === pod.owner.kind && pod.owner.name.slice(0, pod.owner.name.lastIndexOf('-')) === name;
  });
}
