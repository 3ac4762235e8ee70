/** PersistentVolumes and StorageClasses. Models pkg/apis/core/validation and pkg/apis/storage/validation, v1.36.2. */
import { clone, equal } from '../equal.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required, tooLong } from './field.ts';
import { byteLength, dns1123Subdomain, qualifiedName } from './formats.ts';
import { type Loose, subdomainName, validateImmutable, validateLabelName, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import { noBacksteps } from './paths.ts';
import { validateAccessModes, volumeModes } from './persistent-volume-claims.ts';
import { validateBasicResource, validatePositiveQuantity } from './resources.ts';
import { validateNodeSelector } from './scheduling.ts';
import { specDiff } from './spec-diff.ts';
import { validateHostPath } from './volumes.ts';
import { persistentSourceRules } from './volumes-network.ts';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const tooManySources = 'may not specify more than 1 volume type';

export function validatePersistentVolume(volume: Loose): FieldError[] {
  const spec = volume.spec ?? {};
  const errors = validateObjectMeta(volume.metadata, false, subdomainName);
  if ((spec.accessModes ?? []).length === 0) errors.push(required('spec.accessModes'));
  errors.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (capacity.storage === undefined || names.length > 1) errors.push(notSupported('spec.capacity', names.length === 0 ? undefined : capacity, ['storage']));
  for (const name of names) {
    errors.push(...validateBasicResource(capacity[name], `spec.capacity[${name}]`), ...validatePositiveQuantity(capacity[name], `spec.capacity[${name}]`));
  }
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy)) errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, reclaimPolicies));
  if (spec.nodeAffinity) {
    errors.push(
      ...(spec.nodeAffinity.required
        ? validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required')
        : [required('spec.nodeAffinity.required', 'must specify required node constraints')]),
    );
  }
  validateSources(spec, volume.metadata.name ?? '', errors);
  if (spec.hostPath && /^[/.]*$/.test(spec.hostPath.path ?? 'x') && !(spec.hostPath.path ?? '').includes('..') && policy === 'Recycle') {
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  }
  if (spec.storageClassName) errors.push(...invalids('spec.storageClassName', spec.storageClassName, dns1123Subdomain(spec.storageClassName)));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) errors.push(notSupported('spec.volumeMode', spec.volumeMode, volumeModes));
  const attributes = spec.volumeAttributesClassName;
  if (attributes !== undefined) {
    if (attributes === '') errors.push(required('spec.volumeAttributesClassName', 'an empty string is disallowed'));
    else errors.push(...invalids('spec.volumeAttributesClassName', attributes, dns1123Subdomain(attributes)));
    if (!spec.csi) errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
  }
  return errors;
}

function validateSources(spec: Loose, name: string, errors: FieldError[]): void {
  let count = 0;
  if (spec.hostPath) {
    count += 1;
    errors.push(...validateHostPath(spec.hostPath, 'spec.hostPath'));
  }
  for (const [field, refusedAt, ownAt, rule] of persistentSourceRules) {
    const source = spec[field];
    if (!source) continue;
    if (count > 0 && field !== 'flexVolume') {
      errors.push(forbidden(`spec.${refusedAt}`, tooManySources));
      continue;
    }
    count += 1;
    if (field === 'iscsi' && source.initiatorName !== undefined && `${name}:${source.targetPortal}`.length > 64) {
      errors.push(
        invalid(
          'spec.iscsi.targetportal',
          source.targetPortal,
          'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
        ),
      );
    }
    errors.push(...rule(source, `spec.${ownAt}`));
    if (field === 'local') {
      errors.push(...(source.path ? noBacksteps(source.path, 'spec.local.path') : [required('spec.local.path')]));
      if (!spec.nodeAffinity) errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
    }
  }
  if (count === 0) errors.push(required('spec', 'must specify a volume type'));
}

const sourceFields = ['hostPath', ...persistentSourceRules.map(([field]) => field)];

export function validatePersistentVolumeUpdate(volume: Loose, old: Loose): FieldError[] {
  const errors = validatePersistentVolume(volume);
  const sourceOf = (spec: Loose): Loose =>
    Object.fromEntries(sourceFields.filter((field) => spec[field] !== undefined).map((field) => [field, clone(spec[field])]));
  const [source, before] = [sourceOf(volume.spec), sourceOf(old.spec)];
  if (before.csi && source.csi && before.csi.controllerExpandSecretRef === undefined) delete source.csi.controllerExpandSecretRef;
  if (!equal(source, before)) {
    errors.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${specDiff('PersistentVolumeSource', before, source)}`,
      ),
    );
  }
  errors.push(...validateImmutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  if (old.spec.nodeAffinity !== undefined && !equal(volume.spec.nodeAffinity, old.spec.nodeAffinity)) {
    errors.push(invalid('nodeAffinity', volume.spec.nodeAffinity, 'field is immutable, except for updating from beta label to GA'));
  }
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined) {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}

const maxParameters = 512;
const maxParametersSize = 262144;

export function validateStorageClass(storageClass: Loose): FieldError[] {
  const errors = validateObjectMeta(storageClass.metadata, false, subdomainName);
  const provisioner: string = storageClass.provisioner ?? '';
  if (provisioner === '') errors.push(required('provisioner'));
  else errors.push(...invalids('provisioner', provisioner, qualifiedName(provisioner.toLowerCase())));
  const parameters: Record<string, string> = storageClass.parameters ?? {};
  const keys = Object.keys(parameters);
  if (keys.length > maxParameters)
    errors.push({ type: 'FieldValueTooLong', path: 'Provisioner Parameters exceeded max allowed', message: `may not be more than ${maxParameters} bytes` });
  let size = 0;
  for (const key of keys) {
    if (key === '') errors.push(invalid('parameters', key, 'field can not be empty.'));
    size += byteLength(key) + byteLength(parameters[key] as string);
  }
  if (size > maxParametersSize) errors.push(tooLong('parameters', maxParametersSize));
  const policy = storageClass.reclaimPolicy;
  if (policy && policy !== 'Delete' && policy !== 'Retain') errors.push(notSupported('reclaimPolicy', policy, ['Delete', 'Retain']));
  const mode = storageClass.volumeBindingMode;
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  if (mode === undefined) errors.push(required('volumeBindingMode'));
  else if (!modes.includes(mode)) errors.push(notSupported('volumeBindingMode', mode, modes));
  errors.push(...validateTopologies(storageClass.allowedTopologies));
  return errors;
}

function validateTopologies(terms: Loose[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (terms ?? []).forEach((term, i) => {
    const at = `allowedTopologies[${i}]`;
    const keys = new Set<string>();
    (term.matchLabelExpressions ?? []).forEach((expression: Loose, k: number) => {
      const where = `${at}.matchLabelExpressions[${k}]`;
      const values: string[] = expression.values ?? [];
      if (values.length === 0) errors.push(required(`${where}.values`));
      const own = new Set<string>();
      values.forEach((value, v) => {
        if (own.has(value)) errors.push(duplicate(`${where}.values[${v}]`, value));
        own.add(value);
      });
      errors.push(...validateLabelName(expression.key ?? '', `${where}.key`));
      if (keys.has(expression.key)) errors.push(duplicate(`${where}.key`, expression.key));
      keys.add(expression.key);
    });
    const id = JSON.stringify((term.matchLabelExpressions ?? []).map((e: Loose) => [e.key, [...(e.values ?? [])].sort()]).sort());
    if (seen.has(id)) errors.push(duplicate(`${at}.matchLabelExpressions`, ''));
    seen.add(id);
  });
  return errors;
}

export function validateStorageClassUpdate(storageClass: Loose, old: Loose): FieldError[] {
  const errors = validateObjectMetaUpdate(storageClass.metadata, old.metadata);
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy']) {
    if (!equal(storageClass[field] ?? {}, old[field] ?? {})) errors.push(forbidden(field, `updates to ${field} are forbidden.`));
  }
  errors.push(
    ...validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
    ...validateTopologies(storageClass.allowedTopologies),
  );
  return errors;
}
