/** What a watch has told so far. Models client-go tools/cache: a store by key; the room reacts to the returned change. */
import { podKey } from '../../api/pods.ts';
import type { KubeObject } from '../../api/types.ts';
import type { WatchEvent } from '../watch.ts';

/** `namespace/name`, or the name alone. */
export const keyOf = podKey;

/** Part of a room's state: objects by key (prefixed `@`, as keys must not look like integers), and whether the first list is complete. */
export interface Informer<T extends KubeObject = KubeObject> {
  objects: Record<string, T>;
  synced: boolean;
}
export const informer = <T extends KubeObject = KubeObject>(): Informer<T> => ({ objects: {}, synced: false });

export const storeKey = (namespace: string | undefined, name: string): string => (namespace ? `@${namespace}/${name}` : `@${name}`);

export const lookUp = <T extends KubeObject>(store: Informer<T>, namespace: string | undefined, name: string): T | undefined =>
  store.objects[storeKey(namespace, name)];

export interface InformerChange<T extends KubeObject = KubeObject> {
  type: 'added' | 'updated' | 'deleted' | 'synced';
  object?: T;
  old?: T;
}

/** Takes one watch event into the store and says what changed. A DELETED of something unknown changes nothing (`undefined`). */
export function observe<T extends KubeObject>(store: Informer<T>, event: WatchEvent): InformerChange<T> | undefined {
  if (event.event === 'SYNCED') {
    store.synced = true;
    return { type: 'synced' };
  }
  const object = event.object as T;
  const key = storeKey(object.metadata.namespace, object.metadata.name);
  const old = store.objects[key];
  if (event.event === 'DELETED') {
    if (!old) return undefined;
    delete store.objects[key];
    return { type: 'deleted', object, old };
  }
  store.objects[key] = object;
  return old ? { type: 'updated', object, old } : { type: 'added', object };
}
