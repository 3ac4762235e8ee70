/** For tests: the texts of the errors that a manifest draws on creation. */
import { decodeStrict } from '../../decode/decode.ts';
import { applyDefaults } from '../../defaults/defaults.ts';
import type { KubeObject } from '../../types.ts';
import { errorText } from '../field.ts';
import { validateCreate, validateUpdate } from '../validate.ts';

export function prepared(manifest: unknown): KubeObject {
  const { object, error, unknownFields } = decodeStrict(manifest);
  if (!object || unknownFields.length > 0) throw new Error(error?.message ?? `unknown: ${unknownFields.join()}`);
  applyDefaults(object);
  return object;
}

export const refusals = (manifest: unknown): string[] => validateCreate(prepared(manifest)).map(errorText);

/** Errors of replacing `old` by `next`, both as they would be stored. */
export function updateRefusals(next: unknown, old: unknown, subresource?: string): string[] {
  const stored = (manifest: unknown): KubeObject => {
    const object = prepared(manifest);
    object.metadata = { ...object.metadata, namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
    return object;
  };
  return validateUpdate(stored(next), stored(old), subresource).map(errorText);
}
