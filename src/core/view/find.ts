/** What questions on the model look at: objects, records and connections of the present, found by name and label. Nothing is changed. */
import { parseQuantity } from '../api/quantity.ts';
import { resourceNamed } from '../api/resources.ts';
import { matchesRequirements, parseLabelSelector } from '../api/selector.ts';
import type { EndpointSlice, KubeEvent, KubeObject, Node, Pod, Service } from '../api/types.ts';
import type { PacketNote } from '../contracts/socket.ts';
import { nodeRecord } from './components.ts';
import { eventRecord, serviceRecord } from './objects.ts';
import type { EventRecord, NodeRecord, PodRecord, ServiceRecord } from './records.ts';
import { apiServerState, objectsOf } from './rooms.ts';
import type { View } from './view.ts';

/** `*` in `name` stands for any characters. */
export interface Wanted {
  namespace: string;
  name: string;
  labels?: string | undefined;
  pick?: 'newest' | 'oldest' | undefined;
}

/** `*` stands for any characters; everything else for itself. Linear in the text for each star. */
export function globMatch(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** -1, 0, 1, or null when one of them is no number and no quantity. */
export function compareAmounts(a: string, b: string): -1 | 0 | 1 | null {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  if (!x || !y) return null;
  return x.nano < y.nano ? -1 : x.nano > y.nano ? 1 : 0;
}

/** Grows with every write to the API server. */
export const storedVersion = (view: View): number => apiServerState(view.world.engine.state).resourceVersion;

/** By kind as manifests write it; undefined when there is no such kind. Oldest first. */
export function objectsNow(view: View, kind: string, wanted: Wanted): KubeObject[] | undefined {
  const resource = resourceNamed(kind);
  if (!resource) return undefined;
  const found = objectsOf<KubeObject>(view.world.engine.state, resource.id);
  return chosen(found, resource.namespaced ? wanted : { ...wanted, namespace: '' });
}

export function podRecordsNow(view: View, wanted: Wanted): PodRecord[] {
  const pods = new Set(chosen(objectsOf<Pod>(view.world.engine.state, 'pods'), wanted).map((p) => p.metadata.uid));
  return view.podsNow((pod) => pods.has(pod.metadata.uid));
}

export function serviceRecordsNow(view: View, wanted: Wanted): ServiceRecord[] {
  const s = view.world.engine.state;
  const slices = objectsOf<EndpointSlice>(s, 'endpointslices.discovery.k8s.io');
  return chosen(objectsOf<Service>(s, 'services'), wanted).map((service) =>
    serviceRecord(
      service,
      slices.filter(
        (slice) => slice.metadata.namespace === service.metadata.namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
      ),
    ),
  );
}

export function nodeRecordsNow(view: View, name: string): NodeRecord[] {
  const s = view.world.engine.state;
  return chosen(objectsOf<Node>(s, 'nodes'), { namespace: '', name }).map((node) => nodeRecord(s, node, false));
}

export function eventRecordsNow(view: View): EventRecord[] {
  const s = view.world.engine.state;
  return objectsOf<KubeEvent>(s, 'events').map((e) => eventRecord(e, s.startEpochMs));
}

function chosen<T extends KubeObject>(objects: readonly T[], { namespace, name, labels, pick }: Wanted): T[] {
  const requirements = labels === undefined ? [] : (parseLabelSelector(labels).requirements ?? null);
  if (requirements === null) return [];
  const found = objects
    .filter(
      (o) =>
        (o.metadata.namespace ?? '') === namespace &&
        globMatch(name, o.metadata.name) &&
        matchesRequirements(requirements, o.metadata.labels as Record<string, string> | undefined),
    )
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (pick === undefined || found.length === 0) return found;
  return [pick === 'oldest' ? (found[0] as T) : (found[found.length - 1] as T)];
}

/** RFC 3339 sorts as text; names decide within a second. */
const key = (o: KubeObject): string => `${String(o.metadata.creationTimestamp ?? '')} ${o.metadata.name}`;

export interface Dialled {
  atMs: number;
  /** Pod's name, `outside client` or the host. */
  from: string;
  /** Service's or pod's name, or the address dialled. */
  to: string;
  /** The pod reached, '' while none is. */
  pod: string;
  /** `open`: the first packet is still on its way. */
  outcome: 'ok' | 'refused' | 'lost' | 'open';
}

/** Beyond this many connections the earlier ones are not looked at. */
export const maxDialled = 2000;

/** TCP connections opened after place `fromPlace` of the run (`told` of the engine), oldest first. Each host that the first packet passes tells of it. */
export function connectionsSince(view: View, fromPlace: number): Dialled[] {
  const { log, names, world } = view;
  const end = log.indexAfter(world.engine.state.told);
  const open = new Map<string, Dialled>();
  const out: Dialled[] = [];
  for (let i = log.indexAfter(fromPlace); i < end; i += 1) {
    const entry = log.at(i);
    if (entry?.body.type !== 'PacketPath') continue;
    const { packet: p, verdict, hops, translated } = entry.body as PacketNote;
    if (p.protocol !== 'tcp' || p.flags !== 'SYN') continue;
    const host = entry.from.slice(0, entry.from.indexOf('/'));
    // Behind a masquerade the source's address is another, its port mostly the same: the first packet of a connection is found by both.
    const known = open.get(`${p.src}:${p.sport}`) ?? open.get(`:${p.sport}`);
    const fresh = !known || known.atMs + 1000 < entry.atMs || hops[0]?.startsWith('pod:') || hops[0] === 'client';
    const one: Dialled = fresh
      ? {
          atMs: entry.atMs,
          from: names.podAt(p.src)?.name ?? (host === 'client' ? 'outside client' : host),
          to: names.serviceAt(p.dst) ?? names.podAt(p.dst)?.name ?? p.dst,
          pod: '',
          outcome: 'open',
        }
      : known;
    if (fresh) {
      out.push(one);
      open.set(`${p.src}:${p.sport}`, one);
      open.set(`:${p.sport}`, one);
    }
    if (verdict === 'DELIVERED') {
      one.pod = names.podAt(translated?.dst ?? p.dst)?.name ?? one.pod;
      one.outcome = 'ok';
    } else if (verdict !== 'FORWARDED') one.outcome = verdict === 'DROP' || verdict === 'NO_ROUTE' ? 'lost' : 'refused';
  }
  return out.slice(-maxDialled);
}
