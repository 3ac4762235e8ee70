/** Paths that must stay inside a volume. Models validateLocalDescendingPath and friends, v1.36.2. */
import { type FieldError, invalid } from './field.ts';

export const noBacksteps = (target: string, path: string): FieldError[] =>
  target.split('/').includes('..') ? [invalid(path, target, "must not contain '..'")] : [];

export const localDescendingPath = (target: string, path: string): FieldError[] => [
  ...(target.startsWith('/') ? [invalid(path, target, 'must be a relative path')] : []),
  ...noBacksteps(target, path),
];

export const localNonReservedPath = (target: string, path: string): FieldError[] => [
  ...localDescendingPath(target, path),
  ...(target.startsWith('..') && !target.startsWith('../') ? [invalid(path, target, "must not start with '..'")] : []),
];
