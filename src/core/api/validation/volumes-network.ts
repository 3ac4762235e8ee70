/** In-tree volumes of clouds and storage systems: accepted and checked, never mounted. Models pkg/apis/core/validation/validation.go, v1.36.2. */
import { type FieldError, invalid, invalids, notSupported, required, tooLong } from './field.ts';
import { byteLength, dns1123Label, dns1123Subdomain, rangeError } from './formats.ts';
import { type Loose, labelName } from './meta.ts';

type Rule = (source: Loose, path: string) => FieldError[];

const need = (source: Loose, path: string, ...fields: string[]): FieldError[] =>
  fields.filter((field) => !source[field] || source[field].length === 0).map((field) => required(`${path}.${field}`));

const disk =
  (field: string): Rule =>
  (source, path) => [
    ...need(source, path, field),
    ...((source.partition ?? 0) < 0 || (source.partition ?? 0) > 255 ? [invalid(`${path}.partition`, source.partition, rangeError(1, 255))] : []),
  ];

const nfs: Rule = (source, path) => [
  ...need(source, path, 'server', 'path'),
  ...((source.path ?? '').startsWith('/') ? [] : [invalid(`${path}.path`, source.path ?? '', 'must be an absolute path')]),
];

const initiatorFormats: Record<string, RegExp> = {
  iqn: /iqn\.\d{4}-\d{2}\.([\w.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[0-9A-Za-z]{16}$/,
  naa: /^naa.[0-9A-Za-z]{32}$/,
};

function initiator(name: string, path: string, prefixMessage: string): FieldError[] {
  const format = initiatorFormats[name.slice(0, 3)];
  if (!format) return [invalid(path, name, prefixMessage)];
  return name.length <= 1024 && format.test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

const iscsi =
  (inPersistentVolume: boolean): Rule =>
  (source, path) => {
    const prefixMessage = inPersistentVolume ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa';
    return [
      ...need(source, path, 'targetPortal'),
      ...(source.iqn ? initiator(source.iqn, `${path}.iqn`, prefixMessage) : [required(`${path}.iqn`)]),
      ...((source.lun ?? 0) < 0 || (source.lun ?? 0) > 255 ? [invalid(`${path}.lun`, source.lun, rangeError(0, 255))] : []),
      ...((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef ? [required(`${path}.secretRef`)] : []),
      ...(source.initiatorName !== undefined ? initiator(source.initiatorName, `${path}.initiatorname`, prefixMessage) : []),
    ];
  };

const glusterfs: Rule = (source, path) => [
  ...need(source, path, 'endpoints', 'path'),
  ...(source.endpointsNamespace ? invalids(`${path}.endpointsNamespace`, source.endpointsNamespace, labelName(source.endpointsNamespace)) : []),
];

const flocker: Rule = (source, path) => [
  ...(!source.datasetName && !source.datasetUUID ? [required(path, 'one of datasetName and datasetUUID is required')] : []),
  ...(source.datasetName && source.datasetUUID ? [invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : []),
  ...((source.datasetName ?? '').includes('/') ? [invalid(`${path}.datasetName`, source.datasetName, "must not contain '/'")] : []),
];

const secretName =
  (withNamespace: boolean): Rule =>
  (source, path) =>
    source.secretRef ? need(source.secretRef, `${path}.secretRef`, 'name', ...(withNamespace ? ['namespace'] : [])) : [];

const cinder =
  (withNamespace: boolean): Rule =>
  (source, path) => [...need(source, path, 'volumeID'), ...secretName(withNamespace)(source, path)];

const quobyte: Rule = (source, path) => {
  const errors: FieldError[] = [];
  const message = 'must be a host:port pair or multiple pairs separated by commas';
  if (!source.registry) errors.push(required(`${path}.registry`, message));
  else if ((source.tenant ?? '').length >= 65) errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else {
    for (const pair of source.registry.split(','))
      if (!/^(?:[^:[\]]*|\[[^[\]]*\]):[^:]*$/.test(pair)) errors.push(invalid(`${path}.registry`, source.registry, message));
  }
  return [...errors, ...need(source, path, 'volume')];
};

const fc: Rule = (source, path) => {
  const errors: FieldError[] = [];
  const [names, ids] = [source.targetWWNs ?? [], source.wwids ?? []];
  if (names.length === 0 && ids.length === 0) errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (names.length > 0 && ids.length > 0) errors.push(invalid(`${path}.targetWWNs`, names, 'targetWWNs and wwids can not be specified simultaneously'));
  if (names.length > 0) {
    if (source.lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
    else if (source.lun < 0 || source.lun > 255) errors.push(invalid(`${path}.lun`, source.lun, rangeError(0, 255)));
  }
  return errors;
};

const flexVolume: Rule = (source, path) => [
  ...need(source, path, 'driver'),
  ...Object.keys(source.options ?? {}).flatMap((key) => {
    const space = `.${(key.includes('/') ? (key.split('/')[0] as string) : key).toLowerCase()}`;
    return space.endsWith('.kubernetes.io') || space.endsWith('.k8s.io')
      ? [invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')]
      : [];
  }),
];

const azureFile: Rule = (source, path) => [
  ...need(source, path, 'secretName', 'shareName'),
  ...(source.secretNamespace === '' ? [required(`${path}.secretNamespace`)] : []),
];

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];
const azureDisk: Rule = (source, path) => {
  const errors = need(source, path, 'diskName', 'diskURI');
  const uri: string = source.diskURI ?? '';
  if (source.cachingMode !== undefined && !cachingModes.includes(source.cachingMode))
    errors.push(notSupported(`${path}.cachingMode`, source.cachingMode, cachingModes));
  if (source.kind !== undefined && !diskKinds.includes(source.kind)) errors.push(notSupported(`${path}.kind`, source.kind, diskKinds));
  if (source.kind === 'Managed' && !uri.startsWith('/subscriptions/')) {
    errors.push(notSupported(`${path}.diskURI`, uri, ['/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}']));
  }
  if (source.kind !== undefined && source.kind !== 'Managed' && !uri.startsWith('https://')) {
    errors.push(notSupported(`${path}.diskURI`, uri, ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd']));
  }
  return errors;
};

const storageos =
  (withNamespace: boolean): Rule =>
  (source, path) => [
    ...(source.volumeName ? invalids(`${path}.volumeName`, source.volumeName, dns1123Label(source.volumeName)) : [required(`${path}.volumeName`)]),
    ...(source.volumeNamespace ? invalids(`${path}.volumeNamespace`, source.volumeNamespace, dns1123Label(source.volumeNamespace)) : []),
    ...secretName(withNamespace)(source, path),
  ];

export function validateDriverName(name: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(path));
  if (byteLength(name) > 63) errors.push(tooLong(path, 63));
  errors.push(...invalids(path, name, dns1123Subdomain(name.toLowerCase())));
  return errors;
}

const csi: Rule = (source, path) => {
  const errors = validateDriverName(source.driver ?? '', `${path}.driver`);
  if (source.nodePublishSecretRef) {
    const name = source.nodePublishSecretRef.name;
    if (!name) errors.push(required(`${path}.nodePublishSecretRef.name`));
    else errors.push(...invalids(`${path}.name`, name, dns1123Subdomain(name)));
  }
  return errors;
};

const persistentCsi: Rule = (source, path) => {
  const errors = validateDriverName(source.driver ?? '', `${path}.driver`);
  errors.push(...need(source, path, 'volumeHandle'));
  for (const field of ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef']) {
    const reference = source[field];
    if (!reference) continue;
    const at = `${path}.${field}`;
    errors.push(...(reference.name ? invalids(`${at}.name`, reference.name, dns1123Subdomain(reference.name)) : [required(`${at}.name`)]));
    errors.push(...(reference.namespace ? invalids(`${at}.namespace`, reference.namespace, dns1123Label(reference.namespace)) : [required(`${at}.namespace`)]));
  }
  return errors;
};

const needs =
  (...fields: string[]): Rule =>
  (source, path) =>
    need(source, path, ...fields);

/** field, path where a second source is refused, path of its own errors, rule; in upstream's order. */
export const networkVolumeRules: readonly [field: string, refusedAt: string, ownAt: string, rule: Rule][] = [
  ['gcePersistentDisk', 'gcePersistentDisk', 'persistentDisk', disk('pdName')],
  ['awsElasticBlockStore', 'awsElasticBlockStore', 'awsElasticBlockStore', disk('volumeID')],
  ['nfs', 'nfs', 'nfs', nfs],
  ['iscsi', 'iscsi', 'iscsi', iscsi(false)],
  ['glusterfs', 'glusterfs', 'glusterfs', glusterfs],
  ['flocker', 'flocker', 'flocker', flocker],
  ['rbd', 'rbd', 'rbd', needs('monitors', 'image')],
  ['cinder', 'cinder', 'cinder', cinder(false)],
  ['cephfs', 'cephFS', 'cephfs', needs('monitors')],
  ['quobyte', 'quobyte', 'quobyte', quobyte],
  ['fc', 'fc', 'fc', fc],
  ['flexVolume', 'flexVolume', 'flexVolume', flexVolume],
  ['azureFile', 'azureFile', 'azureFile', azureFile],
  ['vsphereVolume', 'vsphereVolume', 'vsphereVolume', needs('volumePath')],
  ['photonPersistentDisk', 'photonPersistentDisk', 'photonPersistentDisk', needs('pdID')],
  ['portworxVolume', 'portworxVolume', 'portworxVolume', needs('volumeID')],
  ['azureDisk', 'azureDisk', 'azureDisk', azureDisk],
  ['storageos', 'storageos', 'storageos', storageos(false)],
  ['scaleIO', 'scaleIO', 'scaleIO', needs('gateway', 'system', 'volumeName')],
  ['csi', 'csi', 'csi', csi],
];

const byField = new Map(networkVolumeRules.map((row) => [row[0], row]));
const row = (field: string, rule?: Rule): [string, string, string, Rule] => {
  const [name, refusedAt, ownAt, own] = byField.get(field) as [string, string, string, Rule];
  return [name, refusedAt, ownAt, rule ?? own];
};

/** The same of PersistentVolumes, without hostPath and local. */
export const persistentSourceRules: readonly [field: string, refusedAt: string, ownAt: string, rule: Rule][] = [
  row('gcePersistentDisk'),
  row('awsElasticBlockStore'),
  row('glusterfs'),
  row('flocker'),
  row('nfs'),
  row('rbd'),
  row('quobyte'),
  row('cephfs'),
  row('iscsi', iscsi(true)),
  row('cinder', cinder(true)),
  row('fc'),
  row('flexVolume'),
  row('azureFile'),
  row('vsphereVolume'),
  row('photonPersistentDisk'),
  row('portworxVolume'),
  row('azureDisk'),
  row('scaleIO'),
  ['local', 'local', 'local', () => []],
  row('storageos', storageos(true)),
  row('csi', persistentCsi),
];
