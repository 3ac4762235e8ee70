/** What a change of makes a container be replaced. Models pkg/kubelet/container/helpers.go HashContainer, v1.36.2 (name and image only). */
import type { Container } from '../../api/types.ts';
import { fnv1a } from '../../engine/random.ts';

export const containerHashAnnotation = 'io.kubernetes.container.hash';

/** Hexadecimal, as the annotation `io.kubernetes.container.hash` holds it. */
export const containerHash = (container: Pick<Container, 'name' | 'image'>): string =>
  fnv1a(JSON.stringify({ image: container.image, name: container.name })).toString(16);

/** Name or image differ from those with which the container was made. */
export const definitionChanged = (container: Container, annotations: Readonly<Record<string, string>>): boolean =>
  annotations[containerHashAnnotation] !== undefined && annotations[containerHashAnnotation] !== containerHash(container);
