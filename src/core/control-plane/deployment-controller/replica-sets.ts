/** A Deployment's ReplicaSets: new and old, their revisions and annotations. Models pkg/controller/deployment/util/deployment_util.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { KubeObject } from '../../api/types.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const hashLabel = 'pod-template-hash';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);
const maxRevisionHistoryChars = 2000;

export interface ReplicaSets {
  newRS?: KubeObject;
  oldRSs: KubeObject[];
  all: KubeObject[];
}

export const byCreation = (a: KubeObject, b: KubeObject): number => {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return x < y ? -1 : x > y ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
};

/** Sorts out which ReplicaSet has the Deployment's present template: the oldest that has. */
export function sortOut(deployment: KubeObject, owned: KubeObject[]): ReplicaSets {
  const all = owned.slice().sort(byCreation);
  const newRS = all.find((rs) => equalIgnoreHash(rs.spec.template, deployment.spec.template));
  return { ...(newRS ? { newRS } : {}), oldRSs: all.filter((rs) => rs !== newRS), all };
}

function equalIgnoreHash(a: KubeObject['spec'], b: KubeObject['spec']): boolean {
  return equal(withoutHash(a), withoutHash(b));
}
function withoutHash(template: KubeObject['spec']): unknown {
  const labels = template?.metadata?.labels;
  if (!labels || !Object.hasOwn(labels, hashLabel)) return template;
  const { [hashLabel]: _, ...rest } = labels;
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}

export const revisionOf = (rs: KubeObject): number => {
  const text = rs.metadata.annotations?.[revisionAnnotation];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
};
export const maxRevision = (all: readonly KubeObject[]): number => all.reduce((max, rs) => Math.max(max, revisionOf(rs)), 0);

export const replicasOf = (rs: KubeObject): number => rs.spec.replicas ?? 1;
export const availableOf = (rs: KubeObject): number => rs.status?.availableReplicas ?? 0;
export const sum = (all: readonly KubeObject[], count: (rs: KubeObject) => number): number => all.reduce((total, rs) => total + count(rs), 0);

/** The annotations that the new ReplicaSet shall have, from those it has. */
export function newReplicaSetAnnotations(deployment: KubeObject, has: Record<string, string>, revision: number, exists: boolean): Record<string, string> {
  const annotations = { ...has };
  const from = deployment.metadata.annotations ?? {};
  for (const key of Object.keys(from)) if (!notCopied.has(key)) annotations[key] = from[key] as string;
  const old = annotations[revisionAnnotation];
  if (old === undefined || Number(old) < revision) {
    annotations[revisionAnnotation] = String(revision);
    if (exists && old) {
      const history = annotations[revisionHistoryAnnotation];
      const entries = history ? history.split(',') : [];
      while (entries.length > 0 && [...entries, old].join(',').length > maxRevisionHistoryChars) entries.shift();
      annotations[revisionHistoryAnnotation] = [...entries, old].join(',');
    }
  }
  return annotations;
}
