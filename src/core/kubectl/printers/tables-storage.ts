import { ageOf } from '../../api/print/human-duration.ts';
import { canonicalQuantity } from '../../api/quantity.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Table } from './tables.ts';

const age = (o: KubeObject, epochMs: number): string => ageOf(o.metadata.creationTimestamp, epochMs);

const modes: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** GetAccessModesAsString: in a fixed order, once each. */
export const accessModes = (list: string[] | undefined): string =>
  Object.keys(modes)
    .filter((mode) => list?.includes(mode))
    .map((mode) => modes[mode])
    .join(',');

const betaClass = 'volume.beta.kubernetes.io/storage-class';
export const storageClassOf = (o: KubeObject): string => o.metadata.annotations?.[betaClass] ?? o.spec?.storageClassName ?? '';

const size = (capacity: Record<string, string> | undefined): string => (capacity?.storage === undefined ? '0' : canonicalQuantity(capacity.storage));

function pv(o: KubeObject, epochMs: number): string[] {
  const ref = o.spec?.claimRef;
  const phase = o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? '');
  return [
    o.metadata.name,
    size(o.spec?.capacity),
    accessModes(o.spec?.accessModes),
    o.spec?.persistentVolumeReclaimPolicy ?? '',
    phase,
    ref ? `${ref.namespace}/${ref.name}` : '',
    storageClassOf(o),
    o.spec?.volumeAttributesClassName || '<unset>',
    o.status?.reason ?? '',
    age(o, epochMs),
  ];
}

function pvc(o: KubeObject, epochMs: number): string[] {
  const phase = o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? '');
  const bound = Boolean(o.spec?.volumeName);
  return [
    o.metadata.name,
    phase,
    o.spec?.volumeName ?? '',
    bound ? size(o.status?.capacity) : '',
    bound ? accessModes(o.status?.accessModes) : '',
    storageClassOf(o),
    o.spec?.volumeAttributesClassName || '<unset>',
    age(o, epochMs),
  ];
}

const isDefault = (o: KubeObject): boolean =>
  o.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ||
  o.metadata.annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true';

export const storageTables: Record<string, Table> = {
  persistentvolumes: {
    columns: ['NAME', 'CAPACITY', 'ACCESS MODES', 'RECLAIM POLICY', 'STATUS', 'CLAIM', 'STORAGECLASS', 'VOLUMEATTRIBUTESCLASS', 'REASON', 'AGE'],
    wide: ['VOLUMEMODE'],
    row: pv,
    wideRow: (o, epochMs) => [...pv(o, epochMs), o.spec?.volumeMode ?? '<unset>'],
  },
  persistentvolumeclaims: {
    columns: ['NAME', 'STATUS', 'VOLUME', 'CAPACITY', 'ACCESS MODES', 'STORAGECLASS', 'VOLUMEATTRIBUTESCLASS', 'AGE'],
    wide: ['VOLUMEMODE'],
    row: pvc,
    wideRow: (o, epochMs) => [...pvc(o, epochMs), o.spec?.volumeMode ?? '<unset>'],
  },
  'storageclasses.storage.k8s.io': {
    columns: ['NAME', 'PROVISIONER', 'RECLAIMPOLICY', 'VOLUMEBINDINGMODE', 'ALLOWVOLUMEEXPANSION', 'AGE'],
    row: (o, epochMs) => [
      o.metadata.name + (isDefault(o) ? ' (default)' : ''),
      o.provisioner ?? '',
      o.reclaimPolicy ?? 'Delete',
      o.volumeBindingMode ?? 'Immediate',
      String(o.allowVolumeExpansion ?? false),
      age(o, epochMs),
    ],
  },
  'volumeattachments.storage.k8s.io': {
    columns: ['NAME', 'ATTACHER', 'PV', 'NODE', 'ATTACHED', 'AGE'],
    row: (o, epochMs) => [
      o.metadata.name,
      o.spec?.attacher ?? '',
      o.spec?.source?.persistentVolumeName ?? '',
      o.spec?.nodeName ?? '',
      String(o.status?.attached ?? false),
      age(o, epochMs),
    ],
  },
  'csidrivers.storage.k8s.io': {
    columns: ['NAME', 'ATTACHREQUIRED', 'PODINFOONMOUNT', 'STORAGECAPACITY', 'TOKENREQUESTS', 'REQUIRESREPUBLISH', 'MODES', 'AGE'],
    row: (o, epochMs) => [
      o.metadata.name,
      String(o.spec?.attachRequired ?? true),
      String(o.spec?.podInfoOnMount ?? false),
      String(o.spec?.storageCapacity ?? false),
      (o.spec?.tokenRequests ?? []).map((t: { audience: string }) => t.audience).join(',') || '<unset>',
      String(o.spec?.requiresRepublish ?? false),
      (o.spec?.volumeLifecycleModes ?? ['Persistent']).join(','),
      age(o, epochMs),
    ],
  },
  'csinodes.storage.k8s.io': {
    columns: ['NAME', 'DRIVERS', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, String((o.spec?.drivers ?? []).length), age(o, epochMs)],
  },
  'volumeattributesclasses.storage.k8s.io': {
    columns: ['NAME', 'DRIVERNAME', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, o.driverName ?? '', age(o, epochMs)],
  },
};
