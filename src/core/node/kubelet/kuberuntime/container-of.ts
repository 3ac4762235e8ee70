/** Containers of a pod by name, and the keys under which the kubelet remembers them. */
import type { Container, Pod } from '../../../api/types.ts';

export const containerOf = (pod: Pod, name: string): Container | undefined =>
  pod.spec.containers.find((c) => c.name === name) ??
  pod.spec.initContainers?.find((c) => c.name === name) ??
  pod.spec.ephemeralContainers?.find((c) => c.name === name);

export const reasonKey = (uid: string, container: string): string => `${uid}_${container}`;
