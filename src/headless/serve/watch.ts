/** One open watch: a line of JSON per event. Models k8s.io/apiserver pkg/endpoints/handlers/watch.go and storage/cacher, v1.36.2. */
import { type KubeObject, objectSelector } from '../../core/index.ts';
import type { LiveCluster, StoredEvent } from './live-cluster.ts';
import type { Route } from './route.ts';
import { metadataOf, type Shape, tableOf } from './table.ts';

export interface WatchOptions {
  shape: Shape;
  labelSelector: string | undefined;
  fieldSelector: string | undefined;
  resourceVersion: string;
  bookmarks: boolean;
  sendInitialEvents: boolean;
  include: string;
}

export interface Stream {
  write(line: unknown): void;
  end(): void;
}

const bookmarkEveryMs = 60_000;

/** Begins a watch; returns how to end it, or the words of a 400. */
export function beginWatch(cluster: LiveCluster, route: Route, options: WatchOptions, stream: Stream): (() => void) | string {
  const fields = [options.fieldSelector, route.name && `metadata.name=${route.name}`].filter(Boolean).join(',');
  const chosen = objectSelector(route.resource, options.labelSelector, fields || undefined);
  if (typeof chosen === 'string') return chosen;
  const selects = (o: KubeObject): boolean => (route.namespace === '' || o.metadata.namespace === route.namespace) && chosen(o);
  /** What the client has: an object that leaves the selector is DELETED to it. */
  const known = new Set<string>();
  let columns = true;

  const shaped = (object: KubeObject): unknown => {
    if (options.shape === 'metadata') return metadataOf(object);
    if (options.shape !== 'table') return object;
    const resourceVersion = object.metadata.resourceVersion ?? '';
    const table = tableOf(route.resource, [object], { epochMs: cluster.epochMs, include: options.include, resourceVersion, columns });
    columns = false;
    return table;
  };
  const tell = ({ event, object }: StoredEvent): void => {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const now = event !== 'DELETED' && selects(object);
    if (!now && !known.has(key)) return;
    const type = !now ? 'DELETED' : known.has(key) ? 'MODIFIED' : 'ADDED';
    if (now) known.add(key);
    else known.delete(key);
    stream.write({ type, object: shaped(object) });
  };
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = { resourceVersion: String(latest()), ...(annotations ? { annotations } : {}) };
    stream.write({ type: 'BOOKMARK', object: { kind: route.resource.kind, apiVersion: route.resource.apiVersion, metadata } });
  };
  const list = (): { items: KubeObject[]; resourceVersion: number } => {
    const got = cluster.request({ verb: 'list', resource: route.resource.id }).list;
    return { items: got?.items ?? [], resourceVersion: Number(got?.metadata.resourceVersion ?? 0) };
  };
  const latest = (): number => list().resourceVersion;

  const from = options.resourceVersion;
  if (from === '' || from === '0' || options.sendInitialEvents) {
    for (const object of list().items) if (selects(object)) tell({ event: 'ADDED', object, resourceVersion: 0 });
    if (options.sendInitialEvents) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = /^\d+$/.test(from) ? cluster.since(route.resource.id, Number(from)) : null;
    if (missed === null) {
      stream.write({
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `too old resource version: ${from} (${latest()})`,
          reason: 'Expired',
          code: 410,
        },
      });
      stream.end();
      return () => {};
    }
    const later = new Set(missed.filter((e) => e.event === 'ADDED').map((e) => e.object.metadata.uid));
    // What exists and was not made since is what the client has already.
    for (const { object, event } of missed) if (event === 'DELETED' && !later.has(object.metadata.uid)) known.add(keyOf(object));
    for (const object of list().items) if (!later.has(object.metadata.uid) && selects(object)) known.add(keyOf(object));
    for (const stored of missed) tell(stored);
  }
  const forget = cluster.listen((resource, stored) => {
    if (resource === route.resource.id) tell(stored);
  });
  const timer = options.bookmarks ? setInterval(() => bookmark(), bookmarkEveryMs) : undefined;
  return () => {
    forget();
    clearInterval(timer);
  };
}

const keyOf = (o: KubeObject): string => `${o.metadata.namespace ?? ''}/${o.metadata.name}`;
