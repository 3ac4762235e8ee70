import { type FieldError, notSupported, required } from './field.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

/** Models validatePullPolicy of pkg/apis/core/validation, v1.36.2. */
export function validatePullPolicy(policy: string | undefined, path: string): FieldError[] {
  if (!policy) return [required(path)];
  return pullPolicies.includes(policy) ? [] : [notSupported(path, policy, pullPolicies)];
}
