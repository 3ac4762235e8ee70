/**
 * What changed since the last sync, and what the sync then works on. Models pkg/proxy/servicechangetracker.go and endpointschangetracker.go,
 * v1.36.2: changes are gathered per Service; one that ends where it began is none.
 */
import { equal } from '../../../api/equal.ts';
import type { EndpointSlice, Service } from '../../../api/types.ts';
import type { Family } from '../../../contracts/netfilter.ts';
import { share } from '../../../engine/share.ts';
import { type Endpoint, endpointsOfSlices, serviceNameLabel } from './endpoints.ts';
import { type Log, portKey, portNameText, type ServicePort, servicePorts } from './service-port.ts';

/** Services are named `namespace/name`, ports by `portKey`. */
export interface Tracker {
  family: Family;
  nodeName: string;
  /** Service → its port keys as of the last sync. */
  services: Record<string, readonly string[]>;
  pendingServices: Record<string, readonly ServicePort[]>;
  pendingCount: number;
  /** Service → its slices by name as of the last sync, and those that changed since (null: gone). */
  slices: Record<string, Record<string, EndpointSlice>>;
  pendingSlices: Record<string, Record<string, EndpointSlice | null>>;
  /** Service → port keys that have endpoints. */
  endpointKeys: Record<string, readonly string[]>;
  ports: Record<string, ServicePort>;
  endpoints: Record<string, readonly Endpoint[]>;
  /** The keys of `ports`, sorted. */
  order: readonly string[];
  /** Endpoints of all `ports`. */
  totalEndpoints: number;
}

export const tracker = (family: Family, nodeName: string): Tracker => ({
  family,
  nodeName,
  services: {},
  pendingServices: {},
  pendingCount: 0,
  slices: {},
  pendingSlices: {},
  endpointKeys: {},
  ports: {},
  endpoints: {},
  order: share<string[]>([]),
  totalEndpoints: 0,
});

const none: readonly never[] = Object.freeze([]);

/** A Service was added, changed or (null) deleted. True when a sync is needed. */
export function serviceUpdate(t: Tracker, name: string, service: Service | null, log: Log): boolean {
  const current = service ? servicePorts(service, t.family, log) : none;
  const previous = (t.services[name] ?? none).map((key) => t.ports[key] as ServicePort);
  const known = t.pendingServices[name] !== undefined;
  if (equal(previous, current)) {
    if (known) t.pendingCount -= 1;
    delete t.pendingServices[name];
  } else {
    if (!known) t.pendingCount += 1;
    t.pendingServices[name] = current.length === 0 ? none : share(current.map((port) => share(port)) as readonly ServicePort[]);
  }
  return t.pendingCount > 0;
}

/** The Service a slice is of, `namespace/name`; null when it does not say. */
export function serviceOfSlice(slice: EndpointSlice): string | null {
  const service = slice.metadata.labels?.[serviceNameLabel];
  return service ? `${slice.metadata.namespace ?? ''}/${service}` : null;
}

/** A slice was added, changed or deleted. True when a sync is needed. */
export function endpointSliceUpdate(t: Tracker, slice: EndpointSlice, removed: boolean, log: Log): boolean {
  if (slice.addressType !== t.family) return false;
  const service = serviceOfSlice(slice);
  if (service === null) {
    log(`EndpointSlice ${slice.metadata.namespace ?? ''}/${slice.metadata.name}: no ${serviceNameLabel} label set`);
    return false;
  }
  const key = `@${slice.metadata.name}`;
  const applied = t.slices[service]?.[key];
  const pending = t.pendingSlices[service];
  const known = pending && key in pending ? pending[key] : applied;
  if (removed ? !known : known && sameSlice(known, slice)) return false;
  if (pending) pending[key] = removed ? null : slice;
  else t.pendingSlices[service] = { [key]: removed ? null : slice };
  return true;
}

const sameSlice = (a: EndpointSlice, b: EndpointSlice): boolean => equal(a.endpoints ?? [], b.endpoints ?? []) && equal(a.ports ?? [], b.ports ?? []);

export interface Applied {
  /** Services of which something changed. */
  services: string[];
  /** Port keys whose rules must be made again, sorted. */
  changed: string[];
  /** Port keys that are gone, sorted. */
  removed: string[];
  /** A changed Service has, or had, a UDP port. */
  udp: boolean;
}

/** Takes what is pending into what is applied: the first step of a sync. */
export function applyChanges(t: Tracker, log: Log): Applied {
  const services = new Set([...Object.keys(t.pendingServices), ...Object.keys(t.pendingSlices)]);
  const changed: string[] = [];
  const removed: string[] = [];
  const added: string[] = [];
  let udp = false;
  for (const name of services) {
    const before = t.services[name] ?? none;
    for (const key of before) t.totalEndpoints -= t.endpoints[key]?.length ?? 0;
    const pending = t.pendingServices[name];
    if (pending) {
      const after: string[] = [];
      for (const port of pending) after.push(portKey(portNameText(port), port.protocol));
      for (const key of before) {
        if (after.includes(key)) continue;
        delete t.ports[key];
        removed.push(key);
        if (key.endsWith(' UDP')) udp = true;
      }
      for (let i = 0; i < after.length; i += 1) {
        const key = after[i] as string;
        if (t.ports[key] === undefined) added.push(key);
        t.ports[key] = pending[i] as ServicePort;
      }
      if (after.length === 0) delete t.services[name];
      else t.services[name] = share(after as readonly string[]);
    }
    if (t.pendingSlices[name]) applySlices(t, name, log);
    for (const key of t.services[name] ?? none) {
      changed.push(key);
      t.totalEndpoints += t.endpoints[key]?.length ?? 0;
      if (key.endsWith(' UDP')) udp = true;
    }
  }
  t.pendingServices = {};
  t.pendingCount = 0;
  t.pendingSlices = {};
  reorder(t, added, removed);
  return { services: [...services], changed: changed.sort(), removed: removed.sort(), udp };
}

function applySlices(t: Tracker, name: string, log: Log): void {
  const slices: Record<string, EndpointSlice> = {};
  for (const key in t.slices[name]) slices[key] = t.slices[name]?.[key] as EndpointSlice;
  const pending = t.pendingSlices[name] as Record<string, EndpointSlice | null>;
  for (const key in pending) {
    const slice = pending[key];
    if (slice) slices[key] = slice;
    else delete slices[key];
  }
  for (const key of t.endpointKeys[name] ?? none) delete t.endpoints[key];
  const slash = name.indexOf('/');
  const found = endpointsOfSlices(name.slice(0, slash), name.slice(slash + 1), slices, t.family, t.nodeName, log);
  for (const key in found) t.endpoints[key] = share(found[key] as readonly Endpoint[]);
  if (hasEntries(slices)) t.slices[name] = share(slices);
  else delete t.slices[name];
  const keys = Object.keys(found);
  if (keys.length > 0) t.endpointKeys[name] = share(keys as readonly string[]);
  else delete t.endpointKeys[name];
}

/** Few keys are put in their places, many are sorted anew. */
function reorder(t: Tracker, added: string[], removed: string[]): void {
  if (added.length === 0 && removed.length === 0) return;
  const order = [...t.order];
  if (added.length + removed.length > 16) {
    t.order = share(Object.keys(t.ports).sort() as readonly string[]);
    return;
  }
  for (const key of removed) order.splice(placeOf(order, key), 1);
  for (const key of added) order.splice(placeOf(order, key), 0, key);
  t.order = share(order as readonly string[]);
}

function placeOf(order: readonly string[], key: string): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hasEntries(record: Record<string, unknown>): boolean {
  for (const _ in record) return true;
  return false;
}
