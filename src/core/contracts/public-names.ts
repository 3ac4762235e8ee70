/** Host names outside the cluster: which exist, and where. Made from the name alone. */
import { fnv1a } from '../engine/random.ts';

const absent = [
  'nonexist',
  'non-exist',
  'doesnotexist',
  'does-not-exist',
  'doesntexist',
  'notexist',
  'not-exist',
  'nosuch',
  'no-such',
  'notfound',
  'not-found',
  'invalid',
  'absent',
  'missing',
];

/** Manifests that want a failing pull say so in the name. */
export const announcesAbsence = (text: string): boolean => absent.some((word) => text.includes(word));

/** Names that are reserved (RFC 2606, 6761), or have no dot, stand for no host. */
export function resolvable(name: string): boolean {
  const labels = name.toLowerCase().split('.');
  const last = labels[labels.length - 1] ?? '';
  if (labels.length < 2 || ['invalid', 'example', 'test', 'localhost', 'local', 'internal', 'lan', 'svc'].includes(last)) return false;
  const second = labels[labels.length - 2];
  if (labels.length > 2 && second === 'example' && ['com', 'org', 'net'].includes(last)) return false;
  return !announcesAbsence(name);
}

/** Some address for a host that has one. */
export function addressOfName(name: string): string {
  const hash = fnv1a(name);
  return `34.${192 + (hash & 31)}.${(hash >>> 8) & 255}.${1 + ((hash >>> 16) % 254)}`;
}
