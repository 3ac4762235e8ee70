import { canonicalQuantity } from '../../api/quantity.ts';
import type { Volume } from '../../api/types.ts';
import type { Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: sources of every kind
type Any = any;

/** describeVolumes. `level` of the title. */
export function describeVolumes(w: Writer, volumes: readonly Volume[] | undefined, space: string): void {
  if (!volumes || volumes.length === 0) {
    w.write(0, `${space}Volumes:\t<none>\n`);
    return;
  }
  w.write(0, `${space}Volumes:\n`);
  for (const v of volumes) {
    w.write(1, `${space ? ' ' : ''}${v.name}:\n`);
    source(w, v as Any);
  }
}

const shownFlag = (value: unknown): string => (value === true ? 'true' : 'false');

function source(w: Writer, v: Any): void {
  if (v.hostPath) hostPath(w, v.hostPath);
  else if (v.emptyDir) {
    w.field(2, 'Type', "EmptyDir (a temporary directory that shares a pod's lifetime)");
    w.field(2, 'Medium', v.emptyDir.medium ?? '');
    w.field(2, 'SizeLimit', v.emptyDir.sizeLimit === undefined ? '<unset>' : canonicalQuantity(v.emptyDir.sizeLimit));
  } else if (v.configMap) {
    w.field(2, 'Type', 'ConfigMap (a volume populated by a ConfigMap)');
    w.field(2, 'Name', v.configMap.name ?? '');
    w.field(2, 'Optional', shownFlag(v.configMap.optional));
  } else if (v.secret) {
    w.field(2, 'Type', 'Secret (a volume populated by a Secret)');
    w.field(2, 'SecretName', v.secret.secretName ?? '');
    w.field(2, 'Optional', shownFlag(v.secret.optional));
  } else if (v.persistentVolumeClaim) {
    w.field(2, 'Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)');
    w.field(2, 'ClaimName', v.persistentVolumeClaim.claimName ?? '');
    w.field(2, 'ReadOnly', shownFlag(v.persistentVolumeClaim.readOnly));
  } else if (v.projected) projected(w, v.projected);
  else if (v.downwardAPI) {
    w.field(2, 'Type', 'DownwardAPI (a volume populated by information about the pod)');
    w.write(2, 'Items:\n');
    items(w, v.downwardAPI.items ?? []);
  } else if (v.ephemeral) {
    w.field(2, 'Type', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)');
    const spec = v.ephemeral.volumeClaimTemplate?.spec ?? {};
    w.field(2, 'StorageClass', spec.storageClassName ?? '');
    w.field(2, 'Volume', spec.volumeName ?? '');
  } else if (v.csi) csi(w, v.csi);
  else if (v.nfs) nfs(w, v.nfs);
  else w.write(2, '<unknown>\n');
}

function items(w: Writer, list: Any[]): void {
  for (const f of list) {
    if (f.fieldRef) w.write(3, `${f.fieldRef.fieldPath} -> ${f.path}\n`);
    if (f.resourceFieldRef) w.write(3, `${f.resourceFieldRef.resource} -> ${f.path}\n`);
  }
}

function projected(w: Writer, p: Any): void {
  w.field(2, 'Type', 'Projected (a volume that contains injected data from multiple sources)');
  for (const s of p.sources ?? []) {
    if (s.secret) {
      w.field(2, 'SecretName', s.secret.name ?? '');
      w.field(2, 'Optional', shownFlag(s.secret.optional));
    } else if (s.downwardAPI) w.field(2, 'DownwardAPI', 'true');
    else if (s.configMap) {
      w.field(2, 'ConfigMapName', s.configMap.name ?? '');
      w.field(2, 'Optional', shownFlag(s.configMap.optional));
    } else if (s.serviceAccountToken) w.field(2, 'TokenExpirationSeconds', s.serviceAccountToken.expirationSeconds ?? 3600);
    else if (s.clusterTrustBundle) {
      if (s.clusterTrustBundle.name !== undefined) w.field(2, 'Trust bundle', s.clusterTrustBundle.name);
    }
  }
}

function hostPath(w: Writer, h: Any): void {
  w.field(2, 'Type', 'HostPath (bare host directory volume)');
  w.field(2, 'Path', h.path ?? '');
  w.field(2, 'HostPathType', h.type ?? '');
}

function nfs(w: Writer, n: Any): void {
  w.field(2, 'Type', 'NFS (an NFS mount that lasts the lifetime of a pod)');
  w.field(2, 'Server', n.server ?? '');
  w.field(2, 'Path', n.path ?? '');
  w.field(2, 'ReadOnly', shownFlag(n.readOnly));
}

function csi(w: Writer, c: Any): void {
  w.field(2, 'Type', 'CSI (a Container Storage Interface (CSI) volume source)');
  w.field(2, 'Driver', c.driver ?? '');
  w.field(2, 'FSType', c.fsType ?? '');
  w.field(2, 'ReadOnly', shownFlag(c.readOnly));
  attributes(w, c.volumeAttributes);
}

function attributes(w: Writer, map: Record<string, string> | undefined): void {
  const keys = Object.keys(map ?? {}).sort();
  if (keys.length === 0) w.field(2, 'VolumeAttributes', '<none>');
  else for (const [i, key] of keys.entries()) w.write(2, `${i === 0 ? 'VolumeAttributes:' : ''}\t${`    ${key}=${(map as Record<string, string>)[key]}`}\n`);
}

/** The source of a PersistentVolume. */
export function persistentSource(w: Writer, spec: Any): void {
  if (spec.hostPath) hostPath(w, spec.hostPath);
  else if (spec.local) {
    w.field(2, 'Type', 'LocalVolume (a persistent volume backed by local storage on a node)');
    w.field(2, 'Path', spec.local.path ?? '');
  } else if (spec.nfs) nfs(w, spec.nfs);
  else if (spec.csi) {
    w.field(2, 'Type', 'CSI (a Container Storage Interface (CSI) volume source)');
    w.field(2, 'Driver', spec.csi.driver ?? '');
    w.field(2, 'FSType', spec.csi.fsType ?? '');
    w.field(2, 'VolumeHandle', spec.csi.volumeHandle ?? '');
    w.field(2, 'ReadOnly', shownFlag(spec.csi.readOnly));
    attributes(w, spec.csi.volumeAttributes);
  } else w.write(2, '<unknown>\n');
}
