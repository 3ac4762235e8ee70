/** The hashes that tell one pod template from another. Models pkg/controller/controller_utils.go ComputeHash and pkg/controller/history HashControllerRevision, v1.36.2. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { dumpForHash } from '../../api/go-dump.ts';
import { safeEncode } from '../../api/names.ts';

const offset = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a, 32 bits, of bytes. */
const fnv32a = (bytes: Iterable<number>, from = offset): number => {
  let hash = from;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
};

/** FNV-1: it multiplies first. */
const fnv32 = (bytes: Iterable<number>): number => {
  let hash = offset;
  for (const byte of bytes) hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
};

/** Eight to ten characters from a pod template and the number of collisions so far: `pod-template-hash`, and the hash of a DaemonSet's revisions. */
export function computeHash(template: unknown, collisionCount?: number): string {
  const hash = fnv32a(utf8ToBytes(dumpForHash('PodTemplateSpec', template)));
  return safeEncode(String(collisionCount === undefined ? hash : fnv32a(littleEndian(collisionCount), hash)));
}

const littleEndian = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24, 0, 0, 0, 0];

/** Of the data that a StatefulSet's revision keeps; collisions that have not happened count, too. */
export const hashControllerRevision = (data: unknown, collisionCount = 0): string =>
  safeEncode(String(fnv32(utf8ToBytes(goJson(data) + String(collisionCount)))));

/** As encoding/json writes maps: keys sorted, and what HTML minds escaped. */
const goJson = (value: unknown): string => sortedJson(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

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
