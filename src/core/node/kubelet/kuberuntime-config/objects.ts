/** What the kubelet's caches of ConfigMaps and Secrets answer. */
import type { ConfigMap, Secret } from '../../../api/types.ts';

/** `notFound`: the API server says that it does not exist (`optional` forgives that, and nothing else). */
export type Lookup<T> = { object: T } | { error: string; notFound: boolean };

export interface PodObjects {
  configMap(namespace: string, name: string): Lookup<ConfigMap>;
  secret(namespace: string, name: string): Lookup<Secret>;
}
