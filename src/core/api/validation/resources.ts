/** Resource names, quantities, requests and limits. Models pkg/apis/core/validation and core/helper, v1.36.2. */
import { compareQuantity, parseQuantity, quantityValue } from '../quantity.ts';
import type { Quantity, ResourceList } from '../types.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notFound, notSupported, required } from './field.ts';
import { dns1123Label, negative, qualifiedName } from './formats.ts';
import type { Loose } from './meta.ts';

const standardContainer = new Set(['cpu', 'memory', 'ephemeral-storage']);
const standard = new Set([
  ...standardContainer,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
]);
const integerNames = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const standardQuota = new Set([...standard].filter((name) => name !== 'storage'));

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
export const isStandardResource = (name: string): boolean => standard.has(name) || isHugePages(name);
export const isStandardContainerResource = (name: string): boolean => standardContainer.has(name) || isHugePages(name);
export const isStandardQuotaResource = (name: string): boolean => standardQuota.has(name) || isQuotaHugePages(name);
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');
export const isExtendedResource = (name: string): boolean => !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;
/** Only native, non-hugepages resources may be promised twice. */
export const isOvercommitAllowed = (name: string): boolean => isNative(name) && !isHugePages(name);
const isIntegerResource = (name: string): boolean => integerNames.has(name) || isExtendedResource(name);

export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = invalids(path, name, qualifiedName(name));
  if (errors.length > 0) return errors;
  return !name.includes('/') && !isStandardResource(name) ? [invalid(path, name, 'must be a standard resource type or fully qualified')] : [];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (!isStandardContainerResource(name)) errors.push(invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtendedResource(name)) errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  return errors;
}

export function validatePodResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0) return errors;
  return name === 'cpu' || name === 'memory' || isHugePages(name) ? [] : [notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/') && !isStandardQuotaResource(name)) errors.push(invalid(path, name, 'must be a standard resource for quota'));
  return errors;
}

const amount = (quantity: Quantity): bigint => parseQuantity(quantity)?.nano ?? 0n;

export const validateNonnegativeQuantity = (quantity: Quantity, path: string): FieldError[] =>
  amount(quantity) < 0n ? [invalid(path, String(quantity), negative)] : [];
export const validatePositiveQuantity = (quantity: Quantity, path: string): FieldError[] =>
  amount(quantity) <= 0n ? [invalid(path, String(quantity), 'must be greater than zero')] : [];
export const validateBasicResource = (quantity: Quantity, path: string): FieldError[] =>
  quantityValue(quantity) < 0 ? [invalid(path, quantityValue(quantity), 'must be a valid resource quantity')] : [];

/** Models ValidateResourceQuantityValue. */
export function validateResourceQuantity(name: string, quantity: Quantity, path: string): FieldError[] {
  const errors = validateNonnegativeQuantity(quantity, path);
  if (isIntegerResource(name) && amount(quantity) % 1_000_000_000n !== 0n) errors.push(invalid(path, String(quantity), 'must be an integer'));
  return errors;
}

function hugePagesProblem(name: string, quantity: Quantity): string {
  const size = parseQuantity(name.slice('hugepages-'.length));
  const value = amount(quantity);
  const divisible = size !== null && size.nano > 0n && value > 0n && value % size.nano === 0n;
  return divisible || value === 0n ? '' : `${quantity} is not positive integer multiple of ${name}`;
}

/** Models validateResourceRequirements: names by `nameRule`, requests within limits. */
export function validateRequirements(
  resources: Loose,
  claimNames: ReadonlySet<string>,
  path: string,
  nameRule: (name: string, path: string) => FieldError[] = validateContainerResourceName,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!resources) return errors;
  const limits: ResourceList = resources.limits ?? {};
  const requests: ResourceList = resources.requests ?? {};
  let hasCompute = false;
  let hasHugePages = false;
  const checkOne = (name: string, quantity: Quantity, at: string): void => {
    errors.push(...nameRule(name, at), ...validateResourceQuantity(name, quantity, at));
    if (name === 'cpu' || name === 'memory') hasCompute = true;
  };
  const checkHugePages = (name: string, quantity: Quantity, at: string): void => {
    if (!isHugePages(name)) return;
    hasHugePages = true;
    const problem = hugePagesProblem(name, quantity);
    if (problem !== '') errors.push(invalid(at, String(quantity), problem));
  };
  for (const name of Object.keys(limits)) {
    checkOne(name, limits[name] as Quantity, `${path}.limits[${name}]`);
    checkHugePages(name, limits[name] as Quantity, `${path}.limits[${name}]`);
  }
  for (const name of Object.keys(requests)) {
    const quantity = requests[name] as Quantity;
    checkOne(name, quantity, `${path}.requests[${name}]`);
    if (Object.hasOwn(limits, name)) {
      const order = compareQuantity(quantity, limits[name] as Quantity);
      if (order !== 0 && !isOvercommitAllowed(name)) {
        errors.push(invalid(`${path}.requests`, String(quantity), `must be equal to ${name} limit of ${limits[name]}`));
      } else if (order > 0) errors.push(invalid(`${path}.requests`, String(quantity), `must be less than or equal to ${name} limit of ${limits[name]}`));
    } else if (!isOvercommitAllowed(name)) errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    checkHugePages(name, quantity, `${path}.requests[${name}]`);
  }
  if (!hasCompute && hasHugePages) errors.push(forbidden(path, 'HugePages require cpu or memory'));
  errors.push(...validateClaimNames(resources.claims, claimNames, `${path}.claims`));
  return errors;
}

function validateClaimNames(claims: Loose[] | undefined, claimNames: ReadonlySet<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const withRequest = new Set<string>();
  (claims ?? []).forEach((claim, i) => {
    const at = `${path}[${i}]`;
    const name: string = claim.name ?? '';
    if (name === '') {
      errors.push(required(at));
      return;
    }
    if (names.has(name)) errors.push(duplicate(at, name));
    else {
      let key = name;
      if (claim.request) {
        errors.push(...invalids(`${at}.request`, claim.request, dns1123Label(claim.request)));
        key = `${name}/${claim.request}`;
      }
      if (names.has(key)) errors.push(duplicate(at, key));
      else if (!claim.request && withRequest.has(name)) errors.push(duplicate(at, name));
      if (claim.request) withRequest.add(name);
      names.add(key);
    }
    if (!claimNames.has(name)) {
      const list = [...claimNames].sort();
      errors.push(notFound(at, name, `must be one of the names in pod.spec.resourceClaims${list.length === 0 ? ' which is empty' : `: ${list.join(', ')}`}`));
    }
  });
  return errors;
}
