/** Stands in until validation is there. */
import type { KubeObject } from '../../api/types.ts';
import type { FieldError } from '../../api/validation/field.ts';

export const validateCreate = (_object: KubeObject): FieldError[] => [];
export const validateUpdate = (_object: KubeObject, _old: KubeObject, _subresource?: string): FieldError[] => [];
