/** What a change of makes a container be replaced. Models pkg/kubelet/container/helpers.go HashContainer, v1.36.2 (name and image only). */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Container } from '../../api/types.ts';
import { fnv1a } from '../../engine/random.ts';

export const containerHashAnnotation = 'io.kubernetes.container.hash';

/** Hexadecimal, as the annotation `io.kubernetes.container.hash` holds it. */
export const containerHash = (container: Pick<Container, 'name' | 'image'>): string => {
  const json = JSON.stringify({ image: container.image, name: container.name });
  // A dump of bytes is what is hashed: `([]uint8)[123 34 …]`.
  return fnv1a(`([]uint8)[${utf8ToBytes(json).join(' ')}]`).toString(16);
};

/** Name or image differ from those with which the container was made. */
export const definitionChanged = (container: Container, annotations: Readonly<Record<string, string>>): boolean =>
  annotations[containerHashAnnotation] !== undefined && annotations[containerHashAnnotation] !== containerHash(container);
