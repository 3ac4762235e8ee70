/** Which pods a workload or a Service means, newest candidates as kubectl chooses. Models k8s.io/kubectl/pkg/polymorphichelpers/helpers.go, v1.36.2. */
import { isPodActive, isPodReady } from '../../api/pods.ts';
import type { Resource } from '../../api/resources.ts';
import { matchesMap, matchesSelector } from '../../api/selector.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import type { Run } from '../run.ts';

/** null: that kind chooses no pods. Sorted so that the first is the one to use. */
export function podsOf(run: Run, resource: Resource, object: KubeObject): Pod[] | null {
  const selector = object.spec?.selector;
  const plain = resource.id === 'services' || resource.id === 'replicationcontrollers';
  if (resource.id === 'services' && !selector) return null;
  if (!plain && !['deployments.apps', 'replicasets.apps', 'daemonsets.apps', 'statefulsets.apps', 'jobs.batch'].includes(resource.id)) return null;
  const namespace = object.metadata.namespace ?? '';
  const all = (run.api({ verb: 'list', resource: 'pods', namespace }).list?.items ?? []) as Pod[];
  return all.filter((pod) => (plain ? matchesMap(selector, pod.metadata.labels) : matchesSelector(selector, pod.metadata.labels))).sort(byActivity);
}

/** podutils.ByLogging, ActivePods reversed: bound, running, ready, longest ready, fewest restarts, oldest first. */
function byActivity(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName ? 0 : 1,
    pod.status?.phase === 'Running' ? 0 : pod.status?.phase === 'Unknown' ? 1 : pod.status?.phase === 'Pending' ? 2 : 3,
    isPodReady(pod) ? 0 : 1,
    isPodActive(pod) ? 0 : 1,
  ];
  const [x, y] = [rank(a), rank(b)];
  for (let i = 0; i < x.length; i += 1) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number);
  const restarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((c) => c.restartCount));
  if (restarts(a) !== restarts(b)) return restarts(a) - restarts(b);
  const created = parseTime(a.metadata.creationTimestamp) - parseTime(b.metadata.creationTimestamp);
  return created || (a.metadata.name < b.metadata.name ? -1 : 1);
}
