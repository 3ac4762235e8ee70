/** From JSON to an object of a known kind, with the API server's words for what does not fit. */
import { type Field, fieldsOf, goStructName, type Shape, typeOfKind } from '../fields/fields.ts';
import { canonicalQuantity } from '../quantity.ts';
import type { KubeObject, Status } from '../types.ts';
import { decodeBase64, decodeTime, quantityProblem } from './scalars.ts';

export interface Decoded {
  object?: KubeObject;
  error?: Status;
  /** Paths of fields that the kind does not have, at most 100: `spec.containers[0].imagePulPolicy`. */
  unknownFields: string[];
}

const maxUnknownFields = 100;
const maxFreeDepth = 1000;

/**
 * Decodes a manifest (parsed JSON). Nulls and zero values that Go would omit are dropped, quantities and times become canonical.
 * Models sigs.k8s.io/json UnmarshalStrict under the API server's negotiated serializer, v1.36.2. Keys are visited in sorted order, as kubectl sends them.
 */
export function decodeStrict(raw: unknown): Decoded {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const value = Array.isArray(raw) ? 'array' : valueName(raw);
    return refuse(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const source = raw as Record<string, unknown>;
  const apiVersion = typeof source.apiVersion === 'string' ? source.apiVersion : '';
  const kind = typeof source.kind === 'string' ? source.kind : '';
  if (kind === '') return refuse(`Object 'Kind' is missing in '${shortJson(source)}'`);
  if (apiVersion === '') return refuse(`Object 'apiVersion' is missing in '${shortJson(source)}'`);
  const type = typeOfKind(apiVersion, kind);
  if (type === undefined) {
    return refuse(handledAs(apiVersion, kind, `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`));
  }
  const state: State = { saved: '', struct: '', fields: [], unknown: [], seen: new Set() };
  try {
    const object = decodeStruct(state, source, type, '') as unknown as KubeObject;
    if (state.saved !== '') return refuse(handledAs(apiVersion, kind, state.saved));
    object.metadata ??= {} as KubeObject['metadata'];
    return { object, unknownFields: state.unknown };
  } catch (error) {
    if (error instanceof DecodeAborted) return refuse(handledAs(apiVersion, kind, error.message));
    throw error;
  }
}

/** The refusal of strict field validation. */
export function strictDecodingError(apiVersion: string, kind: string, unknownFields: string[]): Status {
  return badRequest(handledAs(apiVersion, kind, `strict decoding error: ${unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`).join(', ')}`));
}

export function badRequest(message: string): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'BadRequest', code: 400 };
}

interface State {
  /** The first type error; decoding goes on after it. */
  saved: string;
  struct: string;
  fields: string[];
  unknown: string[];
  seen: Set<string>;
}

/** An error of a type that decodes itself (Quantity, Time, IntOrString) ends decoding at once. */
class DecodeAborted extends Error {}

const refuse = (message: string): Decoded => ({ error: badRequest(message), unknownFields: [] });

function handledAs(apiVersion: string, kind: string, why: string): string {
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`;
}

function valueName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

const typeError = (state: State, value: string, go: string): string =>
  state.struct === '' && state.fields.length === 0
    ? `json: cannot unmarshal ${value} into Go value of type ${go}`
    : `json: cannot unmarshal ${value} into Go struct field ${state.struct}.${state.fields.join('.')} of type ${go}`;

function save(state: State, message: string): undefined {
  if (state.saved === '') state.saved = message;
  return undefined;
}

/** undefined: nothing to keep. */
function decodeValue(state: State, value: unknown, shape: Shape, path: string): unknown {
  if (value === null || value === undefined) return undefined;
  switch (shape.form) {
    case 'list': {
      if (!Array.isArray(value)) return save(state, typeError(state, valueName(value), shape.go));
      const out: unknown[] = [];
      for (let i = 0; i < value.length; i += 1) out.push(decodeValue(state, value[i], shape.of, `${path}[${i}]`) ?? zeroOf(shape.of));
      return out;
    }
    case 'map': {
      if (typeof value !== 'object' || Array.isArray(value)) return save(state, typeError(state, valueName(value), shape.go));
      const out: Record<string, unknown> = {};
      for (const key of sortedKeys(value)) {
        put(out, key, decodeValue(state, (value as Record<string, unknown>)[key], shape.of, `${path}.${key}`) ?? zeroOf(shape.of));
      }
      return out;
    }
    case 'struct':
      if (typeof value !== 'object' || Array.isArray(value)) return save(state, typeError(state, valueName(value), shape.go));
      return decodeStruct(state, value as Record<string, unknown>, shape.type, path);
    case 'any':
      return copyFree(value, 0);
    default:
      return decodeScalar(state, value, shape);
  }
}

function decodeStruct(state: State, source: Record<string, unknown>, type: string, path: string): Record<string, unknown> {
  const fields = fieldsOf(type);
  const out: Record<string, unknown> = {};
  const outer = state.struct;
  for (const key of sortedKeys(source)) {
    const field = fields.get(key);
    if (!field) {
      const unknown = path === '' ? key : `${path}.${key}`;
      if (state.unknown.length < maxUnknownFields && !state.seen.has(unknown)) {
        state.seen.add(unknown);
        state.unknown.push(unknown);
      }
      continue;
    }
    state.struct = goStructName(type);
    state.fields.push(key);
    const value = decodeValue(state, source[key], field.shape, path === '' ? key : `${path}.${key}`);
    state.fields.pop();
    state.struct = outer;
    if (value !== undefined && !isOmitted(field, value)) out[key] = value;
  }
  return out;
}

function isOmitted(field: Field, value: unknown): boolean {
  if (field.presence !== 'drop') return false;
  if (value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return field.shape.form === 'map' && Object.keys(value as object).length === 0;
}

function decodeScalar(state: State, value: unknown, shape: Shape): unknown {
  switch (shape.form) {
    case 'string':
      return typeof value === 'string' ? value : save(state, typeError(state, valueName(value), shape.go));
    case 'bool':
      return typeof value === 'boolean' ? value : save(state, typeError(state, valueName(value), shape.go));
    case 'int32':
    case 'int64':
      if (typeof value !== 'number') return save(state, typeError(state, valueName(value), shape.go));
      return fitsInteger(value, shape.form) ? value + 0 : save(state, typeError(state, `number ${value}`, shape.go));
    case 'float':
      return typeof value === 'number' ? value : save(state, typeError(state, valueName(value), shape.go));
    case 'bytes': {
      if (typeof value !== 'string') return save(state, typeError(state, valueName(value), shape.go));
      const bytes = decodeBase64(value);
      return typeof bytes === 'number' ? save(state, `illegal base64 data at input byte ${bytes}`) : bytes.text;
    }
    case 'quantity': {
      const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
      const problem = quantityProblem(text);
      if (problem !== '') throw new DecodeAborted(problem);
      return canonicalQuantity(text);
    }
    case 'intOrString':
      if (typeof value === 'string') return value;
      if (typeof value !== 'number') throw new DecodeAborted(typeError(state, valueName(value), 'int32'));
      if (!fitsInteger(value, 'int32')) throw new DecodeAborted(typeError(state, `number ${value}`, 'int32'));
      return value + 0;
    case 'time':
    case 'microTime': {
      if (typeof value !== 'string') throw new DecodeAborted(typeError(state, valueName(value), 'string'));
      const time = decodeTime(value, shape.form === 'microTime');
      if (time.problem !== '') throw new DecodeAborted(time.problem);
      return time.text;
    }
    default:
      return undefined;
  }
}

const twoTo63 = 2 ** 63;
const fitsInteger = (value: number, form: 'int32' | 'int64'): boolean =>
  Number.isInteger(value) && (form === 'int32' ? value >= -2147483648 && value <= 2147483647 : value >= -twoTo63 && value < twoTo63);

/** What a null inside a list or map becomes. */
function zeroOf(shape: Shape): unknown {
  switch (shape.form) {
    case 'struct':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'string':
    case 'bytes':
      return '';
    default:
      return null;
  }
}

function sortedKeys(value: object): string[] {
  return Object.keys(value).sort();
}

/** `__proto__` stays a plain key. */
function put(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  else out[key] = value;
}

function copyFree(value: unknown, depth: number): unknown {
  if (depth > maxFreeDepth) throw new DecodeAborted('exceeded max depth');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => copyFree(inner, depth + 1));
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) put(out, key, copyFree((value as Record<string, unknown>)[key], depth + 1));
  return out;
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
}
