/** Refused fields as the Refusal that ends the request. */
import { type FieldError, invalid as invalidField, invalidStatus } from '../../api/validation/field.ts';
import type { Call } from './call.ts';
import { Refusal } from './errors.ts';

/** `PATH: Invalid value: VALUE: text`. */
export const invalid = (call: Call, path: string, value: unknown, text: string): Refusal => refuse(call, [invalidField(path, value, text)]);

export const refuse = (call: Call, errors: FieldError[]): Refusal => {
  const { kind, group } = call.resource;
  return new Refusal(invalidStatus(kind, group, call.name, errors));
};
