/** Generated names. Models k8s.io/apimachinery/pkg/util/rand and apiserver/pkg/storage/names/generate.go, v1.36.2. */
import { draw } from '../engine/random.ts';

/** No vowels, no 0 1 3: names spell nothing. */
const alphanums = 'bcdfghjklmnpqrstvwxz2456789';
const maxNameLength = 63;
const randomLength = 5;

export const generateSuffix = (random: () => number, length = randomLength): string => draw(random, alphanums, length);

/** `generateName` + five characters; a long base is cut to 58. */
export const generateName = (base: string, random: () => number): string => base.slice(0, maxNameLength - randomLength) + generateSuffix(random);

/** rand.SafeEncodeString: hashes as they appear in names (`pod-template-hash`). */
export function safeEncode(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i += 1) out += alphanums[text.charCodeAt(i) % alphanums.length];
  return out;
}
