/** The hash that tells one pod template from another. Models pkg/controller/controller_utils.go ComputeHash, v1.36.2. */
import { safeEncode } from '../../api/names.ts';
import { fnv1a } from '../../engine/random.ts';

/**
 * Eight to ten characters from a pod template and the number of collisions so far.
 *
 * Simplified: upstream hashes a dump of the Go structure; here the sorted JSON is hashed, so that the text differs while its form is the same.
 */
export function computeHash(template: unknown, collisionCount?: number): string {
  return safeEncode(String(fnv1a(sortedJson(template) + (collisionCount === undefined ? '' : String(collisionCount)))));
}

export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(object[key])}`)
    .join(',')}}`;
}
