/** ConfigMaps, Secrets, Namespaces, ServiceAccounts. Models pkg/apis/core/validation, v1.36.2. */
import { base64Size, base64Text } from '../decode/scalars.ts';
import { equal } from '../equal.ts';
import { type FieldError, forbidden, invalid, invalids, required, tooLong } from './field.ts';
import { byteLength, configMapKeyErrors, qualifiedName } from './formats.ts';
import { type Loose, labelName, subdomainName, validateImmutable, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';

const maxDataSize = 1048576;

export function validateConfigMap(map: Loose): FieldError[] {
  const errors = validateObjectMeta(map.metadata, true, subdomainName);
  let size = 0;
  for (const key of Object.keys(map.data ?? {})) {
    errors.push(...invalids(`data[${key}]`, key, configMapKeyErrors(key)));
    if (Object.hasOwn(map.binaryData ?? {}, key)) errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    size += byteLength(map.data[key]);
  }
  for (const key of Object.keys(map.binaryData ?? {})) {
    errors.push(...invalids(`binaryData[${key}]`, key, configMapKeyErrors(key)));
    size += base64Size(map.binaryData[key]);
  }
  if (size > maxDataSize) errors.push(tooLong('[]', maxDataSize));
  return errors;
}

export function validateConfigMapUpdate(map: Loose, old: Loose): FieldError[] {
  return [...validateObjectMetaUpdate(map.metadata, old.metadata), ...validateFrozen(map, old, ['data', 'binaryData']), ...validateConfigMap(map)];
}

function validateFrozen(object: Loose, old: Loose, fields: string[]): FieldError[] {
  if (old.immutable !== true) return [];
  const message = 'field is immutable when `immutable` is set';
  const errors: FieldError[] = [];
  if (object.immutable !== true) errors.push(forbidden('immutable', message));
  for (const field of fields) if (!equal(object[field] ?? {}, old[field] ?? {})) errors.push(forbidden(field, message));
  return errors;
}

export function validateSecret(secret: Loose): FieldError[] {
  const errors = validateObjectMeta(secret.metadata, true, subdomainName);
  const data: Record<string, string> = secret.data ?? {};
  let size = 0;
  for (const key of Object.keys(data)) {
    errors.push(...invalids(`data[${key}]`, key, configMapKeyErrors(key)));
    size += base64Size(data[key] as string);
  }
  if (size > maxDataSize) errors.push(tooLong('data', maxDataSize));
  const has = (key: string): boolean => Object.hasOwn(data, key);
  const needs = (key: string): void => void errors.push(required(`data[${key}]`));
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if (!secret.metadata.annotations?.['kubernetes.io/service-account.name'])
        errors.push(required('metadata.annotations[kubernetes.io/service-account.name]'));
      break;
    case 'kubernetes.io/dockercfg':
      errors.push(...validateJsonObject(data, '.dockercfg'));
      break;
    case 'kubernetes.io/dockerconfigjson':
      errors.push(...validateJsonObject(data, '.dockerconfigjson'));
      break;
    case 'kubernetes.io/basic-auth':
      if (!has('username') && !has('password')) {
        needs('username');
        needs('password');
      }
      break;
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) needs('ssh-privatekey');
      break;
    case 'kubernetes.io/tls':
      if (!has('tls.crt')) needs('tls.crt');
      if (!has('tls.key')) needs('tls.key');
      break;
    default:
  }
  return errors;
}

function validateJsonObject(data: Record<string, string>, key: string): FieldError[] {
  if (!Object.hasOwn(data, key)) return [required(`data[${key}]`)];
  const text = base64Text(data[key] as string);
  const problem = jsonProblem(text);
  return problem === '' ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** Go's words for text that is not a JSON object; the commonest ones exactly. */
function jsonProblem(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'unexpected end of JSON input';
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return '';
    const name = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `json: cannot unmarshal ${name} into Go value of type map[string]interface {}`;
  } catch {
    const first = trimmed[0] as string;
    if (!'{["-0123456789tfn'.includes(first)) return `invalid character '${first === "'" ? "\\'" : first}' looking for beginning of value`;
    return 'unexpected end of JSON input';
  }
}

export function validateSecretUpdate(secret: Loose, old: Loose): FieldError[] {
  return [
    ...validateObjectMetaUpdate(secret.metadata, old.metadata),
    ...validateImmutable(secret.type, old.type, 'type'),
    ...validateFrozen(secret, old, ['data']),
    ...validateSecret(secret),
  ];
}

export function validateNamespace(namespace: Loose): FieldError[] {
  const errors = validateObjectMeta(namespace.metadata, false, labelName);
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    errors.push(...invalids('spec.finalizers', finalizer, qualifiedName(finalizer)));
    if (!finalizer.includes('/') && !['kubernetes', 'orphan', 'foregroundDeletion'].includes(finalizer)) {
      errors.push(invalid('spec.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  }
  return errors;
}

export const validateServiceAccount = (account: Loose): FieldError[] => validateObjectMeta(account.metadata, true, subdomainName);
