/** PersistentVolumeClaims. Models ValidatePersistentVolumeClaim* of pkg/apis/core/validation, v1.36.2. */
import { clone, equal } from '../equal.ts';
import { compareQuantity } from '../quantity.ts';
import { type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { dns1123Subdomain } from './formats.ts';
import { type Loose, labelName, subdomainName, validateImmutable, validateLabelSelector, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import { validatePositiveQuantity, validateResourceQuantity } from './resources.ts';
import { specDiff } from './spec-diff.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export function validateAccessModes(modes: string[], path: string): FieldError[] {
  const errors = modes.filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(path, mode, accessModes));
  const once = modes.includes('ReadWriteOncePod');
  if (once && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

export function validateClaim(claim: Loose): FieldError[] {
  return [...validateObjectMeta(claim.metadata, true, subdomainName), ...validateClaimSpec(claim.spec ?? {}, 'spec')];
}

export function validateClaimSpec(spec: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const modes: string[] = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec.selector, `${path}.selector`));
  errors.push(...validateAccessModes(modes, `${path}.accessModes`));
  const storage = spec.resources?.requests?.storage;
  const storagePath = `${path}.resources[storage]`;
  if (storage === undefined) errors.push(required(storagePath));
  else {
    const positive = validatePositiveQuantity(storage, storagePath);
    errors.push(...(positive.length > 0 ? positive : validateResourceQuantity('storage', storage, storagePath)));
  }
  if (spec.storageClassName) errors.push(...invalids(`${path}.storageClassName`, spec.storageClassName, dns1123Subdomain(spec.storageClassName)));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) errors.push(notSupported(`${path}.volumeMode`, spec.volumeMode, volumeModes));
  if (spec.dataSource) errors.push(...validateDataSource(spec.dataSource, `${path}.dataSource`));
  if (spec.dataSourceRef) {
    errors.push(...validateDataSource(spec.dataSourceRef, `${path}.dataSourceRef`));
    if (spec.dataSourceRef.namespace) {
      errors.push(...invalids(`${path}.dataSourceRef.namespace`, spec.dataSourceRef.namespace, labelName(spec.dataSourceRef.namespace)));
    }
  }
  if (spec.dataSource && spec.dataSourceRef) {
    if (spec.dataSourceRef.namespace) errors.push(invalid(path, `${path}.dataSource`, 'may not be specified when dataSourceRef.namespace is specified'));
    else if (['apiGroup', 'kind', 'name'].some((field) => spec.dataSource[field] !== spec.dataSourceRef[field])) {
      errors.push(invalid(path, `${path}.dataSource`, 'must match dataSourceRef'));
    }
  }
  if (spec.volumeAttributesClassName) {
    errors.push(...invalids(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, dns1123Subdomain(spec.volumeAttributesClassName)));
  }
  return errors;
}

function validateDataSource(source: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.name) errors.push(required(`${path}.name`));
  if (!source.kind) errors.push(required(`${path}.kind`));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, source.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (source.apiGroup) errors.push(...invalids(`${path}.apiGroup`, source.apiGroup, dns1123Subdomain(source.apiGroup)));
  return errors;
}

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

export function validateClaimUpdate(claim: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(claim.metadata, old.metadata), ...validateClaim(claim)];
  const next = clone(claim.spec);
  const before = clone(old.spec);
  if (!before.volumeName) before.volumeName = next.volumeName;
  const [annotation, oldAnnotation] = [claim.metadata.annotations?.[classAnnotation], old.metadata.annotations?.[classAnnotation]];
  const upgrade =
    oldAnnotation !== undefined &&
    before.storageClassName === undefined &&
    next.storageClassName === oldAnnotation &&
    (annotation === undefined || annotation === oldAnnotation);
  if (upgrade) delete next.storageClassName;
  else {
    if ((annotation ?? '') !== (oldAnnotation ?? '')) errors.push(invalid(`metadata.annotations.${classAnnotation}`, annotation ?? '', 'field is immutable'));
    if (
      next.storageClassName !== undefined &&
      before.storageClassName === undefined &&
      (oldAnnotation === undefined || next.storageClassName === oldAnnotation)
    ) {
      delete next.storageClassName;
    }
  }
  if (claim.status?.phase === 'Bound') {
    if (next.resources?.requests) next.resources.requests.storage = before.resources?.requests?.storage;
    if (next.volumeAttributesClassName !== undefined) next.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (!equal(next, before)) {
    errors.push(
      forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${specDiff('PersistentVolumeClaimSpec', before, next)}`,
      ),
    );
  }
  const [size, oldSize] = [claim.spec.resources?.requests?.storage ?? '0', old.spec.resources?.requests?.storage ?? '0'];
  if (compareQuantity(size, oldSize) < 0 && compareQuantity(size, old.status?.capacity?.storage ?? '0') <= 0) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  errors.push(...validateImmutable(claim.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  const [attributes, oldAttributes] = [claim.spec.volumeAttributesClassName, old.spec.volumeAttributesClassName];
  if (oldAttributes !== undefined && attributes === undefined) {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  } else if (oldAttributes !== undefined && attributes === '' && oldAttributes !== '') {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to an empty string is forbidden'));
  }
  return errors;
}
