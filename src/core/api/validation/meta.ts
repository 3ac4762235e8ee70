/** metadata. Models apimachinery pkg/api/validation/objectmeta.go and meta/v1/validation, v1.36.2. */
import { equal } from '../equal.ts';
import { type FieldError, forbidden, goQuote, invalid, invalids, required, tooLong } from './field.ts';
import { byteLength, dns1035LabelErrors, dns1123Label, dns1123Subdomain, immutable, labelValueErrors, negative, qualifiedName } from './formats.ts';

// biome-ignore lint/suspicious/noExplicitAny: validation reaches into objects of every kind
export type Loose = any;

/** Complaints about a name; `prefix`: the name will be continued (generateName). */
export type NameRule = (name: string, prefix?: boolean) => string[];

const masked = (name: string, prefix?: boolean): string => (prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);
export const subdomainName: NameRule = (name, prefix) => dns1123Subdomain(masked(name, prefix));
export const labelName: NameRule = (name, prefix) => dns1123Label(masked(name, prefix));
export const dns1035Name: NameRule = (name, prefix) => dns1035LabelErrors(masked(name, prefix));

/** RBAC names and the like: a path segment. */
export const pathSegmentName: NameRule = (name, prefix) => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  const errors = ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  return prefix ? errors : errors;
};

const annotationLimit = 262144;

export function validateLabels(labels: Record<string, string> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!labels) return errors;
  for (const key of Object.keys(labels)) {
    errors.push(...validateLabelName(key, path));
    const value = labels[key] as string;
    errors.push(...invalids(path, value, labelValueErrors(value)));
  }
  return errors;
}

export const validateLabelName = (name: string, path: string): FieldError[] => invalids(path, name, qualifiedName(name));
export const validateQualifiedName = validateLabelName;

export function validateAnnotations(annotations: Record<string, string> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!annotations) return errors;
  let size = 0;
  for (const key of Object.keys(annotations)) {
    errors.push(...invalids(path, key, qualifiedName(key.toLowerCase())));
    size += byteLength(key) + byteLength(annotations[key] as string);
  }
  if (size > annotationLimit) errors.push(tooLong(path, annotationLimit));
  return errors;
}

export function nonnegative(value: number | undefined, path: string): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(path, value, negative)] : [];
}

export function validateImmutable(value: unknown, old: unknown, path: string): FieldError[] {
  return equal(value ?? null, old ?? null) ? [] : [invalid(path, value, immutable)];
}

/** Models ValidateObjectMeta of pkg/apis/core/validation (finalizers of the cluster included). */
export function validateObjectMeta(meta: Loose, namespaced: boolean, nameRule: NameRule, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName) errors.push(...invalids(`${path}.generateName`, meta.generateName, nameRule(meta.generateName, true)));
  if (!meta.name) errors.push(required(`${path}.name`, 'name or generateName is required'));
  else errors.push(...invalids(`${path}.name`, meta.name, nameRule(meta.name, false)));
  if (namespaced) {
    if (meta.namespace) errors.push(...invalids(`${path}.namespace`, meta.namespace, labelName(meta.namespace)));
  } else if (meta.namespace) errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  errors.push(...nonnegative(meta.generation, `${path}.generation`));
  errors.push(...validateLabels(meta.labels, `${path}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${path}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`));
  errors.push(...validateFinalizers(meta.finalizers, `${path}.finalizers`));
  errors.push(...validateKubeFinalizers(meta.finalizers, `${path}.finalizers`));
  return errors;
}

/** Models ValidateObjectMetaUpdate of pkg/apis/core/validation. */
export function validateObjectMetaUpdate(meta: Loose, old: Loose, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const extra = ((meta.finalizers ?? []) as string[]).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
    if (extra.length > 0) {
      const list = [...new Set(extra)].sort().map(goQuote).join(', ');
      errors.push(forbidden(`${path}.finalizers`, `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`));
    }
  }
  if (!meta.resourceVersion) errors.push(invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']) {
    errors.push(...validateImmutable(meta[field], old[field], `${path}.${field}`));
  }
  errors.push(...validateLabels(meta.labels, `${path}.labels`));
  errors.push(...validateAnnotations(meta.annotations, `${path}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`));
  errors.push(...validateKubeFinalizers(meta.finalizers, `${path}.finalizers`));
  return errors;
}

function validateOwnerReferences(references: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const reference of references ?? []) {
    const apiVersion: string = reference.apiVersion ?? '';
    const version = apiVersion.includes('/') ? apiVersion.slice(apiVersion.indexOf('/') + 1) : apiVersion;
    if (version === '') errors.push(invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid']) if (!reference[field]) errors.push(invalid(`${path}.${field}`, reference[field] ?? '', 'must not be empty'));
    if (apiVersion === 'v1' && reference.kind === 'Event') errors.push(invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === '') controller = name;
    else {
      errors.push(invalid(path, references, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`));
    }
  }
  return errors;
}

function validateFinalizers(finalizers: string[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const finalizer of finalizers ?? []) errors.push(...invalids(path, finalizer, qualifiedName(finalizer)));
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function validateKubeFinalizers(finalizers: string[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (finalizers ?? []).forEach((finalizer, i) => {
    if (!finalizer.includes('/') && !standardFinalizers.includes(finalizer)) {
      errors.push(invalid(`${path}[${i}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  });
  return errors;
}

/** Models ValidateLabelSelector of meta/v1. */
export function validateLabelSelector(selector: Loose, path: string, allowInvalidValues = false): FieldError[] {
  const errors: FieldError[] = [];
  if (!selector) return errors;
  errors.push(...validateLabels(selector.matchLabels, `${path}.matchLabels`));
  (selector.matchExpressions ?? []).forEach((expression: Loose, i: number) => {
    const at = `${path}.matchExpressions[${i}]`;
    const values: string[] = expression.values ?? [];
    switch (expression.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        break;
      default:
        errors.push(invalid(`${at}.operator`, expression.operator ?? '', 'not a valid selector operator'));
    }
    errors.push(...validateLabelName(expression.key ?? '', `${at}.key`));
    if (!allowInvalidValues)
      values.forEach((value, k) => {
        errors.push(...invalids(`${at}.values[${k}]`, value, labelValueErrors(value)));
      });
  });
  return errors;
}

/** The first reason why LabelSelectorAsSelector fails, or ''. */
export function selectorProblem(selector: Loose): string {
  for (const expression of selector?.matchExpressions ?? []) {
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(expression.operator))
      return `${goQuote(expression.operator ?? '')} is not a valid label selector operator`;
  }
  return validateLabelSelector(selector, 'selector').length > 0 ? 'invalid' : '';
}
