/** Which lists a strategic merge patch merges, and by what. Models the patchStrategy and patchMergeKey tags of k8s.io/api, v1.36.2. */

/** A key to merge a list of maps by; '' for a list of plain values; undefined: the list is replaced. */
export type MergeKey = string | undefined;

const anywhere: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  schedulingGates: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ownerReferences: 'uid',
  hostIPs: 'ip',
  podIPs: 'ip',
  resourceClaimStatuses: 'name',
};

/** `parent` is the field that holds the list's map (for items of a list, the list's own field). */
export function mergeKeyOf(kind: string, parent: string, field: string): MergeKey {
  switch (field) {
    case 'ports':
      if (parent === 'containers' || parent === 'initContainers' || parent === 'ephemeralContainers') return 'containerPort';
      return kind === 'Service' && parent === 'spec' ? 'port' : undefined;
    case 'conditions':
      return parent === 'status' ? 'type' : undefined;
    case 'finalizers':
      return parent === 'metadata' ? '' : undefined;
    case 'resourceClaims':
      return parent === 'spec' ? 'name' : undefined;
    case 'addresses':
      return kind === 'Node' && parent === 'status' ? 'type' : undefined;
    case 'podCIDRs':
      return kind === 'Node' ? '' : undefined;
    case 'drivers':
      return kind === 'CSINode' ? 'name' : undefined;
    case 'secrets':
      return kind === 'ServiceAccount' ? 'name' : undefined;
    case 'imagePullSecrets':
      return kind === 'ServiceAccount' ? undefined : 'name';
    default:
      return Object.hasOwn(anywhere, field) ? anywhere[field] : undefined;
  }
}
