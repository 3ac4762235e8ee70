/** The table of resources: what discovery says. Models the API of kube-apiserver v1.36.2 as far as the model serves it. */

export interface Resource {
  /** As requests name it: `pods`, `deployments.apps`. */
  readonly id: string;
  readonly kind: string;
  /** `pods`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly namespaced: boolean;
  readonly categories: readonly string[];
  readonly status: boolean;
  readonly scale: boolean;
}

/** group/version → lines of `Kind plural shortNames flags`; flags: n namespaced, s status, c scale, a category all. `-` is none. */
const table: Record<string, string> = {
  v1: `
    Namespace namespaces ns s
    Node nodes no s
    Pod pods po nsa
    Service services svc nsa
    Endpoints endpoints ep n
    ConfigMap configmaps cm n
    Secret secrets - n
    ServiceAccount serviceaccounts sa n
    Event events ev n
    ReplicationController replicationcontrollers rc nsca
    PodTemplate podtemplates - n
    PersistentVolume persistentvolumes pv s
    PersistentVolumeClaim persistentvolumeclaims pvc ns
    ResourceQuota resourcequotas quota ns
    LimitRange limitranges limits n`,
  'apps/v1': `
    Deployment deployments deploy nsca
    ReplicaSet replicasets rs nsca
    DaemonSet daemonsets ds nsa
    StatefulSet statefulsets sts nsca
    ControllerRevision controllerrevisions - n`,
  'batch/v1': `
    Job jobs - nsa
    CronJob cronjobs cj nsa`,
  'discovery.k8s.io/v1': 'EndpointSlice endpointslices - n',
  'storage.k8s.io/v1': `
    StorageClass storageclasses sc -
    VolumeAttachment volumeattachments - s
    CSIDriver csidrivers - -
    CSINode csinodes - -
    CSIStorageCapacity csistoragecapacities - n
    VolumeAttributesClass volumeattributesclasses vac -`,
  'networking.k8s.io/v1': `
    NetworkPolicy networkpolicies netpol n
    Ingress ingresses ing ns
    IngressClass ingressclasses - -
    ServiceCIDR servicecidrs - s
    IPAddress ipaddresses ip -`,
  'policy/v1': 'PodDisruptionBudget poddisruptionbudgets pdb ns',
  'scheduling.k8s.io/v1': 'PriorityClass priorityclasses pc -',
  'autoscaling/v2': 'HorizontalPodAutoscaler horizontalpodautoscalers hpa nsa',
  'coordination.k8s.io/v1': 'Lease leases - n',
  'rbac.authorization.k8s.io/v1': `
    Role roles - n
    RoleBinding rolebindings - n
    ClusterRole clusterroles - -
    ClusterRoleBinding clusterrolebindings - -`,
  'node.k8s.io/v1': 'RuntimeClass runtimeclasses - -',
};

function parse(): Resource[] {
  const out: Resource[] = [];
  for (const [apiVersion, lines] of Object.entries(table)) {
    const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
    for (const line of lines.trim().split('\n')) {
      const [kind, plural, short, flags] = line.trim().split(' ') as [string, string, string, string];
      out.push(
        Object.freeze({
          id: group ? `${plural}.${group}` : plural,
          kind,
          plural,
          singular: kind.toLowerCase(),
          shortNames: short === '-' ? [] : short.split(','),
          group,
          version,
          apiVersion,
          namespaced: flags.includes('n'),
          categories: flags.includes('a') ? ['all'] : [],
          status: flags.includes('s'),
          scale: flags.includes('c'),
        }),
      );
    }
  }
  return out;
}

/** All resources, core group first. */
export const resources: readonly Resource[] = Object.freeze(parse());

const byId = new Map(resources.map((r) => [r.id, r]));
const byKind = new Map(resources.map((r) => [`${r.apiVersion} ${r.kind}`, r]));

/** By the name in requests: `pods`, `deployments.apps`. */
export const resourceById = (id: string): Resource | undefined => byId.get(id);

export const resourceOfKind = (apiVersion: string, kind: string): Resource | undefined => byKind.get(`${apiVersion} ${kind}`);

/**
 * By what people type: plural, singular, short name or kind (any case), each also with `.group` or `.version.group`: `po`, `deploy`, `deployments.v1.apps`.
 * Where several groups have the name, the first of the table wins, as the core group does upstream.
 */
export function resourceNamed(word: string): Resource | undefined {
  const lower = word.toLowerCase();
  const dot = lower.indexOf('.');
  const [name, rest] = dot < 0 ? [lower, ''] : [lower.slice(0, dot), lower.slice(dot + 1)];
  return resources.find(
    (r) =>
      (r.plural === name || r.singular === name || r.shortNames.includes(name)) &&
      (rest === '' || rest === r.group || rest === `${r.version}.${r.group}` || (r.group === '' && rest === `${r.version}.`)),
  );
}
