/** LimitRanges and ResourceQuotas. Models pkg/apis/core/validation, v1.36.2. */
import { compareQuantity, quantityMilli } from '../quantity.ts';
import type { Quantity } from '../types.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, required } from './field.ts';
import { immutable, qualifiedName } from './formats.ts';
import { type Loose, subdomainName, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import {
  isOvercommitAllowed,
  isStandardQuotaResource,
  validateContainerResourceName,
  validateQuotaResourceName,
  validateResourceName,
  validateResourceQuantity,
} from './resources.ts';

const limitTypes = ['Pod', 'Container', 'PersistentVolumeClaim'];
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

export function validateLimitRange(range: Loose): FieldError[] {
  const errors = validateObjectMeta(range.metadata, true, subdomainName);
  const types = new Set<string>();
  (range.spec?.limits ?? []).forEach((limit: Loose, i: number) => {
    const at = `spec.limits[${i}]`;
    const type: string = limit.type ?? '';
    const names = invalids(`${at}.type`, type, qualifiedName(type));
    errors.push(...names);
    if (names.length === 0 && !type.includes('/') && !limitTypes.includes(type))
      errors.push(invalid(`${at}.type`, type, 'must be a standard limit type or fully qualified'));
    if (types.has(type)) errors.push(duplicate(`${at}.type`, type));
    types.add(type);
    errors.push(...validateLimitItem(limit, type, at));
  });
  return errors;
}

function validateLimitItem(limit: Loose, type: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const nameRule = type === 'Pod' || type === 'Container' ? validateContainerResourceName : validateResourceName;
  const names = new Set<string>();
  for (const list of lists) {
    const amounts = limit[list] ?? {};
    if (type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      if (Object.keys(amounts).length > 0) errors.push(forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    if (list === 'maxLimitRequestRatio' && type === 'PersistentVolumeClaim' && limit.min?.storage === undefined && limit.max?.storage === undefined) {
      errors.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
    }
    for (const name of Object.keys(amounts)) {
      errors.push(...nameRule(name, `${path}.${list}[${name}]`));
      names.add(name);
    }
  }
  for (const name of names) compareAmounts(limit, name, path, errors);
  return errors;
}

function compareAmounts(limit: Loose, name: string, path: string, errors: FieldError[]): void {
  const [max, min, own, request, ratio] = lists.map((list) => limit[list]?.[name] as Quantity | undefined);
  const above = (a: Quantity | undefined, b: Quantity | undefined): boolean => a !== undefined && b !== undefined && compareQuantity(a, b) > 0;
  const add = (list: string, value: Quantity | undefined, message: string): void => void errors.push(invalid(`${path}.${list}[${name}]`, value, message));
  if (above(min, max)) add('min', min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) add('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  if (above(request, max)) add('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  if (above(request, own)) add('defaultRequest', request, `default request value ${request} is greater than default limit value ${own}`);
  if (above(min, own)) add('default', min, `min value ${min} is greater than default value ${own}`);
  if (above(own, max)) add('default', max, `default value ${own} is greater than max value ${max}`);
  if (ratio !== undefined && compareQuantity(ratio, '1') < 0) add('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const highest = quantityMilli(max) / quantityMilli(min);
    if (quantityMilli(ratio) / 1000 > highest) add('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${highest.toFixed(6)}`);
  }
  if (!isOvercommitAllowed(name) && own !== undefined && request !== undefined && compareQuantity(own, request) !== 0) {
    add('defaultRequest', request, `default value ${own} must equal to defaultRequest value ${request} in ${name}`);
  }
}

const scopes = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass'];
const podNames = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);
const isPodResource = (name: string): boolean => podNames.has(name.replace(/^(?:requests|limits)\./, '')) && name !== 'requests.pods';

/** Models IsResourceQuotaScopeValidForResource. */
function scopeFits(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods';
  if (scope === 'VolumeAttributesClass') return name === 'persistentvolumeclaims' || name === 'requests.storage';
  return scopes.includes(scope) ? isPodResource(name) : true;
}

export function validateResourceQuota(quota: Loose): FieldError[] {
  return [...validateObjectMeta(quota.metadata, true, subdomainName), ...validateQuotaSpec(quota.spec ?? {})];
}

function validateQuotaSpec(spec: Loose): FieldError[] {
  const errors: FieldError[] = [];
  const hard = spec.hard ?? {};
  for (const name of Object.keys(hard)) {
    const at = `spec.hard[${name}]`;
    errors.push(...validateQuotaResourceName(name, at), ...validateResourceQuantity(name, hard[name], at));
  }
  const names = Object.keys(hard).sort();
  const conflicts = (used: readonly string[]): boolean =>
    (used.includes('BestEffort') && used.includes('NotBestEffort')) || (used.includes('Terminating') && used.includes('NotTerminating'));
  const used: string[] = spec.scopes ?? [];
  for (const scope of used) {
    if (!scopes.includes(scope)) errors.push(invalid('spec.scopes', used, 'unsupported scope'));
    for (const name of names) {
      if (isStandardQuotaResource(name) && !scopeFits(scope, name)) errors.push(invalid('spec.scopes', used, 'unsupported scope applied to resource'));
    }
  }
  if (conflicts(used)) errors.push(invalid('spec.scopes', used, 'conflicting scopes'));
  if (spec.scopeSelector) errors.push(...validateScopeSelector(spec, names, conflicts));
  return errors;
}

function validateScopeSelector(spec: Loose, names: string[], conflicts: (used: readonly string[]) => boolean): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions: Loose[] = spec.scopeSelector.matchExpressions ?? [];
  for (const { scopeName, operator, values } of expressions) {
    if (!scopes.includes(scopeName)) errors.push(invalid(`${path}.scopeName`, scopeName ?? '', 'unsupported scope'));
    for (const name of names) {
      if (isStandardQuotaResource(name) && !scopeFits(scopeName, name)) errors.push(invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'));
    }
    if (['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'].includes(scopeName) && operator !== 'Exists') {
      errors.push(
        invalid(
          `${path}.operator`,
          operator ?? '',
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    }
    if (operator === 'In' || operator === 'NotIn') {
      if ((values ?? []).length === 0)
        errors.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if ((values ?? []).length > 0)
        errors.push(invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
    } else errors.push(invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  if (conflicts(expressions.map((expression) => expression.scopeName))) errors.push(invalid(path, spec.scopes, 'conflicting scopes'));
  return errors;
}

export function validateResourceQuotaUpdate(quota: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(quota.metadata, old.metadata), ...validateQuotaSpec(quota.spec ?? {})];
  const sorted = (list: string[] | undefined): string => JSON.stringify([...new Set(list ?? [])].sort());
  if (sorted(quota.spec?.scopes) !== sorted(old.spec?.scopes)) errors.push(invalid('spec.scopes', quota.spec?.scopes, immutable));
  return errors;
}
