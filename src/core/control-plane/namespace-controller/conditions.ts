/** What a namespace says while it is being deleted. Models pkg/controller/namespace/deletion/status_condition_utils.go, v1.36.2. */
import type { Condition, KubeObject } from '../../api/types.ts';
import { rfc3339 } from '../../engine/time.ts';

export interface Remaining {
  /** resource → how many are left. */
  resources: Record<string, number>;
  /** finalizer → on how many objects. */
  finalizers: Record<string, number>;
}

const counted = (counts: Record<string, number>, text: (name: string, count: number) => string): string =>
  Object.keys(counts)
    .sort()
    .map((name) => text(name, counts[name] as number))
    .join(', ');

/** The new status, or undefined when it says that already. */
export function withConditions(namespace: KubeObject, left: Remaining, epochMs: number): KubeObject['status'] | undefined {
  const remain = Object.keys(left.resources).length > 0;
  const held = Object.keys(left.finalizers).length > 0;
  const wanted: [string, string, string, string][] = [
    ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    remain
      ? [
          'NamespaceContentRemaining',
          'True',
          'SomeResourcesRemain',
          `Some resources are remaining: ${counted(left.resources, (name, n) => `${withDot(name)} has ${n} resource instances`)}`,
        ]
      : ['NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed'],
    held
      ? [
          'NamespaceFinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${counted(left.finalizers, (name, n) => `${name} in ${n} resource instances`)}`,
        ]
      : ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ];
  const conditions: Condition[] = (namespace.status?.conditions ?? []).slice();
  let changed = false;
  for (const [type, status, reason, message] of wanted) {
    const at = conditions.findIndex((c) => c.type === type);
    const known = conditions[at];
    if (known && known.status === status && known.reason === reason && known.message === message) continue;
    changed = true;
    const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? null) : rfc3339(epochMs);
    const next: Condition = { type, status, lastTransitionTime, reason, message };
    if (known) conditions[at] = next;
    else conditions.push(next);
  }
  return changed ? { ...namespace.status, conditions } : undefined;
}

/** Group resources print as `deployments.apps`, core ones as `pods.`. */
const withDot = (resource: string): string => (resource.includes('.') ? resource : `${resource}.`);
