/** Volume mounts and devices of a container. Models ValidateVolumeMounts and ValidateVolumeDevices of pkg/apis/core/validation, v1.36.2. */
import { type FieldError, forbidden, invalid, notFound, notSupported, required } from './field.ts';
import type { Loose } from './meta.ts';
import { localDescendingPath, noBacksteps } from './paths.ts';

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursiveModes = ['Disabled', 'Enabled', 'IfPossible'];

export function validateMounts(container: Loose, volumes: ReadonlyMap<string, Loose>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const devices: Loose[] = container.volumeDevices ?? [];
  const deviceNames = new Set(devices.map((device) => device.name));
  const devicePaths = new Set(devices.map((device) => device.devicePath));
  const seen = new Set<string>();
  (container.volumeMounts ?? []).forEach((mount: Loose, i: number) => {
    const at = `${path}[${i}]`;
    const [name, mountPath]: [string, string] = [mount.name ?? '', mount.mountPath ?? ''];
    if (name === '') errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (seen.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    seen.add(mountPath);
    if (deviceNames.has(name)) errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    // These three take the path of the list, as upstream does.
    if (mount.subPath) errors.push(...localDescendingPath(mount.subPath, `${path}.subPath`));
    if (mount.subPathExpr) {
      if (mount.subPath) errors.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      errors.push(...localDescendingPath(mount.subPathExpr, `${path}.subPathExpr`));
    }
    errors.push(...validatePropagation(mount, container, `${path}.mountPropagation`));
    errors.push(...validateRecursive(mount, `${path}.recursiveReadOnly`));
  });
  return errors;
}

function validatePropagation(mount: Loose, container: Loose, path: string): FieldError[] {
  const mode = mount.mountPropagation;
  if (mode === undefined) return [];
  const errors: FieldError[] = [];
  if (!propagations.includes(mode)) errors.push(notSupported(path, mode, propagations));
  if (mode === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(forbidden(path, 'Bidirectional mount propagation is available only to privileged containers'));
  }
  return errors;
}

function validateRecursive(mount: Loose, path: string): FieldError[] {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return [];
  if (!recursiveModes.includes(mode)) return [notSupported(path, mode, recursiveModes)];
  const errors: FieldError[] = [];
  if (!mount.readOnly) errors.push(forbidden(path, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
    errors.push(forbidden(path, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

export function validateDevices(container: Loose, volumes: ReadonlyMap<string, Loose>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const mounts: Loose[] = container.volumeMounts ?? [];
  const mountNames = new Set(mounts.map((mount) => mount.name));
  const mountPaths = new Set(mounts.map((mount) => mount.mountPath));
  const names = new Set<string>();
  const paths = new Set<string>();
  (container.volumeDevices ?? []).forEach((device: Loose, i: number) => {
    const at = `${path}[${i}]`;
    const [name, devicePath]: [string, string] = [device.name ?? '', device.devicePath ?? ''];
    const volume = volumes.get(name);
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.push(invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'));
    }
    if (!volume) errors.push(notFound(`${at}.name`, name));
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath !== '' && noBacksteps(devicePath, at).length > 0) errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mountNames.has(name)) errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name !== '') names.add(name);
  });
  return errors;
}
