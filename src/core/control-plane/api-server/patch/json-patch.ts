/** JSON patch, RFC 6902. Anything that cannot be done ends the request with upstream's 422. */
import { equal } from '../../../api/equal.ts';
import { badRequest, Refusal, unprocessable } from '../errors.ts';
import { isUnsafeKey } from './merge-patch.ts';

interface Operation {
  op?: unknown;
  path?: unknown;
  from?: unknown;
  value?: unknown;
}

/** Upstream's bound on the operations of one patch. */
const maxOperations = 10_000;

export function jsonPatch(target: unknown, operations: unknown[]): unknown {
  if (operations.length > maxOperations)
    throw new Refusal(badRequest(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`));
  let out = target;
  for (const operation of operations) out = apply(out, operation as Operation | null);
  return out;
}

function apply(target: unknown, operation: Operation | null): unknown {
  if (typeof operation !== 'object' || operation === null) throw new Refusal(unprocessable());
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return change(target, path, 'add', givenValue(operation));
    case 'replace':
      return change(target, path, 'replace', givenValue(operation));
    case 'remove':
      return change(target, path, 'remove', undefined);
    case 'move': {
      const from = pointer(operation.from);
      const value = find(target, from);
      return change(change(target, from, 'remove', undefined), path, 'add', value);
    }
    case 'copy':
      return change(target, path, 'add', find(target, pointer(operation.from)));
    case 'test':
      // A test of null also passes where nothing is.
      if (!equal(operation.value === null ? findOrNull(target, path) : find(target, path), operation.value)) throw new Refusal(unprocessable());
      return target;
    default:
      throw new Refusal(unprocessable());
  }
}

function givenValue(operation: Operation): unknown {
  if (operation.value === undefined) throw new Refusal(unprocessable());
  return operation.value;
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw new Refusal(unprocessable());
  const parts =
    path === ''
      ? []
      : path
          .slice(1)
          .split('/')
          .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (parts.some(isUnsafeKey)) throw new Refusal(unprocessable());
  return parts;
}

function child(target: unknown, part: string): unknown {
  if (Array.isArray(target)) return target[index(part, target.length - 1)];
  if (typeof target === 'object' && target !== null && Object.hasOwn(target, part)) return (target as Record<string, unknown>)[part];
  throw new Refusal(unprocessable());
}

const find = (target: unknown, path: string[]): unknown => path.reduce(child, target);

function findOrNull(target: unknown, path: string[]): unknown {
  try {
    return find(target, path);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Negative indexes count from the end, as the library upstream uses allows. */
function index(part: string, max: number): number {
  if (!/^-?\d{1,9}$/.test(part)) throw new Refusal(unprocessable());
  const n = Number(part) < 0 ? Number(part) + max + 1 : Number(part);
  if (n < 0 || n > max) throw new Refusal(unprocessable());
  return n;
}

function change(target: unknown, path: string[], op: 'add' | 'replace' | 'remove', value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) {
    if (op === 'remove') throw new Refusal(unprocessable());
    return value;
  }
  if (Array.isArray(target)) return changeList(target, part, rest, op, value);
  if (typeof target !== 'object' || target === null) throw new Refusal(unprocessable());
  const out = { ...target } as Record<string, unknown>;
  if (rest.length > 0) out[part] = change(child(target, part), rest, op, value);
  else if (op === 'add') out[part] = value;
  else {
    if (!Object.hasOwn(out, part)) throw new Refusal(unprocessable());
    if (op === 'replace') out[part] = value;
    else delete out[part];
  }
  return out;
}

function changeList(target: unknown[], part: string, rest: string[], op: 'add' | 'replace' | 'remove', value: unknown): unknown {
  const out = target.slice();
  if (rest.length > 0) {
    const at = index(part, target.length - 1);
    out[at] = change(target[at], rest, op, value);
  } else if (op === 'add') out.splice(part === '-' ? target.length : index(part, target.length), 0, value);
  else if (op === 'replace') out[index(part, target.length - 1)] = value;
  else out.splice(index(part, target.length - 1), 1);
  return out;
}
