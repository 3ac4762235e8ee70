/** Field errors and the Status made of them. Models k8s.io/apimachinery/pkg/util/validation/field/errors.go and api/errors NewInvalid, v1.36.2. */
import type { Status } from '../types.ts';

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'InternalError';

export interface FieldError {
  type: FieldErrorType;
  /** `spec.containers[0].name`; upstream's `<nil>` when empty. */
  path: string;
  message: string;
  badValue?: unknown;
}

export const invalid = (path: string, badValue: unknown, message: string): FieldError => ({ type: 'FieldValueInvalid', path, message, badValue });
export const required = (path: string, message = ''): FieldError => ({ type: 'FieldValueRequired', path, message });
export const forbidden = (path: string, message: string): FieldError => ({ type: 'FieldValueForbidden', path, message });
export const duplicate = (path: string, badValue: unknown, message = ''): FieldError => ({ type: 'FieldValueDuplicate', path, message, badValue });
export const notFound = (path: string, badValue: unknown, message = ''): FieldError => ({ type: 'FieldValueNotFound', path, message, badValue });
export const internalError = (path: string, message: string): FieldError => ({ type: 'InternalError', path, message });
export const tooLong = (path: string, maxBytes: number): FieldError => ({
  type: 'FieldValueTooLong',
  path,
  message: `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
});
export const tooMany = (path: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  path,
  message: `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  badValue: actual,
});
export const notSupported = (path: string, badValue: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  path,
  message: supported.length > 0 ? `supported values: ${supported.map(goQuote).join(', ')}` : '',
  badValue,
});

/** One `Invalid` for each message. */
export const invalids = (path: string, badValue: unknown, messages: readonly string[]): FieldError[] =>
  messages.map((message) => invalid(path, badValue, message));

const titles: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  InternalError: 'Internal error',
};
const withoutValue = new Set<FieldErrorType>(['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong', 'InternalError']);

/** `Invalid value: "x": must be …`. */
export function errorBody(error: FieldError): string {
  const value = withoutValue.has(error.type) ? '' : `: ${printValue(error.badValue)}`;
  return `${titles[error.type]}${value}${error.message === '' ? '' : `: ${error.message}`}`;
}

export const errorText = (error: FieldError): string => `${error.path || '<nil>'}: ${errorBody(error)}`;

/** 422 Invalid; one error is its own text, several are `[a, b]`, the same text is said once. */
export function invalidStatus(kind: string, group: string, name: string, errors: readonly FieldError[]): Status {
  const texts = [...new Set(errors.map(errorText))];
  const why = texts.length === 0 ? '' : `: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${group === '' ? kind : `${kind}.${group}`} ${goQuote(name)} is invalid${why}`,
    reason: 'Invalid',
    details: {
      name,
      ...(group === '' ? {} : { group }),
      kind,
      causes: errors.map((error) => ({ reason: error.type, message: errorBody(error), field: error.path || '<nil>' })),
    },
    code: 422,
  };
}

function printValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return goJson(value);
}

/** encoding/json of a map or struct: sorted keys for maps (plain objects), HTML characters escaped. */
export function goJson(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  const keys = Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
  // A struct written by hand begins with an upper-case Go name and keeps its order.
  if (!/^[A-Z]/.test(keys[0] ?? '')) keys.sort();
  return `{${keys.map((key) => `${goJson(key)}:${goJson((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

const escapes: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** strconv.Quote. */
export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    if (escapes[char] !== undefined) out += escapes[char];
    else if (point < 0x20 || point === 0x7f) out += `\\x${point.toString(16).padStart(2, '0')}`;
    else if (point >= 0xd800 && point <= 0xdfff) out += '\ufffd';
    else if (point >= 0x80 && !/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) {
      out += point > 0xffff ? `\\U${point.toString(16).padStart(8, '0')}` : `\\u${point.toString(16).padStart(4, '0')}`;
    } else out += char;
  }
  return `${out}"`;
}
