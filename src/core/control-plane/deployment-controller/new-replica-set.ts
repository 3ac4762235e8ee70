/** The ReplicaSet of a new template. Models pkg/controller/deployment/sync.go getNewReplicaSet, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { computeHash } from '../../contracts/client-go/hash.ts';
import { controllerRef } from '../../contracts/client-go/owners.ts';
import { desiredReplicasAnnotation, hashLabel, maxReplicasAnnotation, maxRevision, newReplicaSetAnnotations } from './replica-sets.ts';
import { maxSurge, newRSNewReplicas } from './rolling.ts';

/** The ReplicaSet to create for the Deployment's present template. */
export function newReplicaSet(deployment: KubeObject, oldRSs: readonly KubeObject[]): KubeObject {
  const hash = computeHash(deployment.spec.template, deployment.status?.collisionCount);
  const template = deployment.spec.template;
  const selector = deployment.spec.selector;
  const labels = { ...(template.metadata?.labels ?? {}), [hashLabel]: hash };
  const { minReadySeconds } = deployment.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { ...newReplicaSetAnnotations(deployment, {}, maxRevision(oldRSs) + 1, false), ...replicasAnnotations(deployment) },
      ownerReferences: [controllerRef(deployment)],
    } as unknown as KubeObject['metadata'],
    spec: {
      replicas: newRSNewReplicas(deployment, oldRSs, 0),
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...(selector?.matchLabels ?? {}), [hashLabel]: hash } },
      template: { ...template, metadata: { ...(template.metadata ?? {}), labels } },
    },
  };
}

/** What a scaled ReplicaSet remembers of the Deployment's size. */
export function replicasAnnotations(deployment: KubeObject): Record<string, string> {
  const replicas: number = deployment.spec.replicas ?? 1;
  return { [desiredReplicasAnnotation]: String(replicas), [maxReplicasAnnotation]: String(replicas + maxSurge(deployment)) };
}
