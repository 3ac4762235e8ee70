/** What the API server remembers: etcd's content, the allocators' and the open watches. */
import type { FieldRequirement, Requirement } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';

/** `namespace/name`, `/name` for what has no namespace: never looks like an integer. */
export type Key = string;

export interface WatchState {
  /** Who gets the events. */
  client: string;
  watch: string;
  namespace?: string;
  labels?: Requirement[];
  fields?: FieldRequirement[];
}

export interface ApiServerState {
  /** The last resourceVersion given out. */
  resourceVersion: number;
  /** resource id → key → object (shared: frozen). */
  objects: Record<string, Record<Key, KubeObject>>;
  /** resource id → `client watch` → the watch. */
  watches: Record<string, Record<string, WatchState>>;
  serviceCIDR: string;
  nodePortRange: [number, number];
  /** Service IPs in use → the key of the Service. */
  serviceIPs: Record<string, Key>;
  /** `p30080` → the key of the Service that holds the node port. */
  nodePorts: Record<string, Key>;
  /** When old events are looked for next, ms since 1970. */
  nextEventSweepMs: number;
}

export const keyOf = (namespace: string | undefined, name: string): Key => `${namespace ?? ''}/${name}`;

export const keyOfObject = (object: KubeObject): Key => keyOf(object.metadata.namespace, object.metadata.name);

export function lookUp(state: ApiServerState, resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
  const table = state.objects[resource];
  const key = keyOf(namespace, name);
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The objects of a resource, sorted by key as etcd lists them; of one namespace, or of all. */
export function listObjects(state: ApiServerState, resource: string, namespace?: string): KubeObject[] {
  const table = state.objects[resource];
  if (!table) return [];
  const prefix = namespace ? `${namespace}/` : '';
  const keys = Object.keys(table).filter((key) => key.startsWith(prefix));
  return keys.sort().map((key) => table[key] as KubeObject);
}
