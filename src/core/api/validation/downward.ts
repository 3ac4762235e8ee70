/** fieldRef and resourceFieldRef, in environment variables and files. Models validateObjectFieldSelector and validateContainerResourceFieldSelector, v1.36.2. */
import { parseQuantity } from '../quantity.ts';
import { type FieldError, invalid, notSupported, required } from './field.ts';
import { type Loose, validateQualifiedName } from './meta.ts';
import { localNonReservedPath } from './paths.ts';

export const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const fileFieldPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const convertible = new Set([
  ...envFieldPaths,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  'spec.host',
]);

const resourcePaths = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];

export function validateFieldRef(ref: Loose, expressions: readonly string[], path: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${path}.fieldPath`)];
  const text: string = ref.fieldPath;
  const subscripted = /^(.+)\['(.*)'\]$/s.exec(text);
  if (ref.apiVersion !== 'v1') return [invalid(`${path}.fieldPath`, text, `error converting fieldPath: unsupported pod version: ${ref.apiVersion}`)];
  if (subscripted) {
    const [, base, key] = subscripted as unknown as [string, string, string];
    if (base === 'metadata.annotations') return validateQualifiedName(key.toLowerCase(), path);
    if (base === 'metadata.labels') return validateQualifiedName(key, path);
    return [invalid(`${path}.fieldPath`, text, `error converting fieldPath: field label does not support subscript: ${text}`)];
  }
  if (!convertible.has(text)) return [invalid(`${path}.fieldPath`, text, `error converting fieldPath: field label not supported: ${text}`)];
  const internal = text === 'spec.host' ? 'spec.nodeName' : text;
  return expressions.includes(internal) ? [] : [notSupported(`${path}.fieldPath`, internal, [...expressions].sort())];
}

export function validateResourceFieldRef(ref: Loose, path: string, inVolume: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const resource: string = ref.resource ?? '';
  const hugePages = resource.startsWith('limits.hugepages-') || resource.startsWith('requests.hugepages-');
  if (inVolume && !ref.containerName) errors.push(required(`${path}.containerName`));
  else if (resource === '') errors.push(required(`${path}.resource`));
  else if (!resourcePaths.includes(resource) && !hugePages) errors.push(notSupported(`${path}.resource`, resource, resourcePaths));
  const divisor = String(ref.divisor ?? '0');
  if ((parseQuantity(divisor)?.nano ?? 0n) === 0n) return errors;
  const sizes = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';
  const refuse = (values: string, what: string): FieldError =>
    invalid(`${path}.divisor`, resource, `only divisor's values ${values} are supported with the ${what}`);
  if (resource.endsWith('.cpu') && resourcePaths.includes(resource)) {
    if (divisor !== '1m' && divisor !== '1') errors.push(refuse('1m and 1', 'cpu resource'));
  } else if (!sizes.split(', ').includes(divisor)) {
    if (resource.endsWith('.memory')) errors.push(refuse(sizes, 'memory resource'));
    else if (resource.endsWith('.ephemeral-storage')) errors.push(refuse(sizes, 'local ephemeral storage resource'));
    else if (hugePages) errors.push(refuse(sizes, 'hugepages resource'));
  }
  return errors;
}

/** One file of a downwardAPI volume or projection. */
export function validateDownwardFile(file: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) errors.push(required(`${path}.path`));
  errors.push(...localNonReservedPath(file.path ?? '', `${path}.path`));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, fileFieldPaths, `${path}.fieldRef`));
    if (file.resourceFieldRef) errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef) errors.push(...validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true));
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  if (file.mode !== undefined && (file.mode > 0o777 || file.mode < 0)) {
    errors.push(invalid(`${path}.mode`, file.mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
  }
  return errors;
}
