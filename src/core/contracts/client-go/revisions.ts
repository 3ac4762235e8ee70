/** ControllerRevisions: the templates that a DaemonSet or StatefulSet had. Models pkg/controller/history/controller_history.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { KubeObject } from '../../api/types.ts';
import { computeHash, hashControllerRevision } from './hash.ts';
import { controllerRef } from './owners.ts';

export const revisionResource = 'controllerrevisions.apps';
export const revisionHashLabel = 'controller-revision-hash';

/** What of the object a revision keeps. */
const dataOf = (object: KubeObject): unknown => ({ spec: { template: { ...object.spec.template, $patch: 'replace' } } });

export const templateOf = (revision: KubeObject | undefined): KubeObject['spec'] | undefined => {
  const template = revision?.data?.spec?.template;
  if (!template) return undefined;
  const { $patch: _, ...rest } = template;
  return rest;
};

export const byRevision = (a: KubeObject, b: KubeObject): number => (a.revision ?? 0) - (b.revision ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1);

export const matchingRevision = (object: KubeObject, revisions: readonly KubeObject[]): KubeObject | undefined => {
  const wanted = dataOf(object);
  return revisions.find((revision) => equal(revision.data, wanted));
};

export const nextRevision = (revisions: readonly KubeObject[]): number => revisions.reduce((max, r) => Math.max(max, r.revision ?? 0), 0) + 1;

/** The revision to create for the object's present template. `hash` is the label that its pods get. */
export function newRevision(object: KubeObject, revisions: readonly KubeObject[]): { revision: KubeObject; hash: string } {
  const { collisionCount } = object.status ?? {};
  const hash = object.kind === 'DaemonSet' ? computeHash(object.spec.template, collisionCount) : hashControllerRevision(dataOf(object), collisionCount);
  return {
    hash,
    revision: {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${object.metadata.name}-${hash}`,
        namespace: object.metadata.namespace,
        labels: { ...(object.spec.template.metadata?.labels ?? {}), [revisionHashLabel]: hash },
        ownerReferences: [controllerRef(object)],
      } as unknown as KubeObject['metadata'],
      data: dataOf(object),
      revision: nextRevision(revisions),
    },
  };
}
