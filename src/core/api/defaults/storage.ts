/** Defaults of storage kinds, nodes, secrets and limit ranges. Models pkg/apis/core/v1 and storage/v1 defaults.go, v1.36.2. */
import { encodeBase64 } from '../decode/scalars.ts';
import type { Loose } from './defaults.ts';
import { legacyVolumeDefaults, roundUpQuantities } from './pod.ts';

export function persistentVolumeDefaults(volume: Loose): void {
  volume.status ??= {};
  volume.status.phase ??= 'Pending';
  const spec = volume.spec;
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath) spec.hostPath.type ??= '';
  roundUpQuantities(spec.capacity);
  legacyVolumeDefaults(spec);
}

export function storageClassDefaults(storageClass: Loose): void {
  storageClass.reclaimPolicy ??= 'Delete';
  storageClass.volumeBindingMode ??= 'Immediate';
}

/** stringData is written into data and forgotten. Models Convert_v1_Secret_To_core_Secret and SetDefaults_Secret. */
export function secretDefaults(secret: Loose): void {
  secret.type ??= 'Opaque';
  if (!secret.stringData) return;
  const data: Record<string, string> = {};
  const put = (key: string, value: string): void => {
    if (key === '__proto__') Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true });
    else data[key] = value;
  };
  for (const key of Object.keys(secret.data ?? {})) put(key, secret.data[key]);
  for (const key of Object.keys(secret.stringData)) put(key, encodeBase64(secret.stringData[key]));
  secret.data = data;
  delete secret.stringData;
}

export function nodeDefaults(node: Loose): void {
  node.status ??= {};
  if (node.status.allocatable === undefined && node.status.capacity !== undefined) node.status.allocatable = { ...node.status.capacity };
  roundUpQuantities(node.status.capacity);
  roundUpQuantities(node.status.allocatable);
}

export function limitRangeItemDefaults(item: Loose): void {
  for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) roundUpQuantities(list);
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}
